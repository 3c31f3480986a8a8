package rgwadmin

// What flags of users have in common.
const (
	ofUser = "uid tenant "
	ofKey  = "access-key secret-key gen-access-key gen-secret key-type "
)

// commands are all there are, in the order of the help.
var commands = []command{
	{"user create", "", ofUser + ofKey + "display-name email subuser access caps max-buckets op-mask system admin placement-id tags",
		"create a user, with a key unless there is one of a subuser", (*call).userCreate},
	{"user modify", "", ofUser + ofKey + "display-name email max-buckets op-mask system admin placement-id tags",
		"change a user, and add a key", (*call).userModify},
	{"user info", "", ofUser + "access-key email", "show a user, found by uid or key (not by e-mail)", (*call).userInfo},
	{"user rename", "", ofUser + "new-uid", "not implemented", (*call).userRename},
	{"user rm", "", ofUser + "purge-data", "remove a user", (*call).userRemove},
	{"user suspend", "", ofUser, "cut a user off", (*call).userSuspend},
	{"user enable", "", ofUser, "undo a suspension", (*call).userEnable},
	{"user check", "", ofUser, "check the records of a user", (*call).userCheck},
	{"user stats", "", ofUser + "sync-stats", "show what a user's buckets hold", (*call).userStats},
	{"user list", "", "max-entries marker", "list users", (*call).userList},

	{"subuser create", "", ofUser + ofKey + "subuser access", "create a subuser, with a new key", (*call).subuserCreate},
	{"subuser modify", "", ofUser + ofKey + "subuser access", "change a subuser", (*call).subuserModify},
	{"subuser rm", "", ofUser + "subuser purge-keys", "remove a subuser with its keys", (*call).subuserRemove},
	{"key create", "", ofUser + ofKey + "subuser", "create a key", (*call).keyCreate},
	{"key rm", "", ofUser + "subuser access-key key-type", "remove a key", (*call).keyRemove},
	{"caps add", "", ofUser + "caps", "give a user capabilities", (*call).capsAdd},
	{"caps rm", "", ofUser + "caps", "take capabilities from a user", (*call).capsRemove},

	{"bucket list", "", ofUser + "bucket max-entries marker allow-unordered", "list buckets, all or of a user, or the objects of a bucket", (*call).bucketList},
	{"bucket stats", "", ofUser + "bucket", "show a bucket, or all, or all of a user", (*call).bucketStats},

	{"metadata get", "SECTION:KEY", "", "show the record of a user or bucket", (*call).metadataGet},
	{"metadata list", "[SECTION]", "max-entries marker", "list sections, or the records of one", (*call).metadataList},

	{"completion", "SHELL", "", "print the completion for bash, zsh or fish", nil},
}
