package rgwadmin

// What flags of users have in common.
const (
	ofUser = "uid tenant "
	ofKey  = "access-key secret-key gen-access-key gen-secret key-type "
	rates  = "max-read-ops max-write-ops max-read-bytes max-write-bytes"
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

	{"bucket check", "", ofUser + "bucket check-objects fix", "compare counters with what is in a bucket", (*call).bucketCheck},
	{"bucket chown", "", ofUser + "bucket", "give a bucket with all objects to another user", (*call).bucketChown},
	{"bucket limit check", "", ofUser + "warnings-only", "show how full buckets are", (*call).bucketLimitCheck},
	{"bucket link", "", ofUser + "bucket bucket-id bucket-new-name", "give a bucket to another user, and a new name", (*call).bucketLink},
	{"bucket rm", "", ofUser + "bucket purge-objects", "remove a bucket", (*call).bucketRemove},
	{"bucket unlink", "", ofUser + "bucket", "take a bucket out of its owner's list", (*call).bucketUnlink},
	{"object rm", "", ofUser + "bucket object object-version", "remove an object for good", (*call).objectRemove},
	{"object stat", "", ofUser + "bucket object object-version", "show an object", (*call).objectStat},
	{"policy", "", ofUser + "bucket object", "show the access control list of a bucket or object", (*call).policy},

	{"quota set", "", ofUser + "bucket quota-scope max-objects max-size", "set bounds", (*call).quotaSet},
	{"quota enable", "", ofUser + "bucket quota-scope", "switch a quota on", (*call).quotaEnable},
	{"quota disable", "", ofUser + "bucket quota-scope", "switch a quota off", (*call).quotaDisable},
	{"global quota get", "", "quota-scope", "show the quotas of users and buckets that have none", (*call).globalQuotaGet},
	{"global quota set", "", "quota-scope max-objects max-size", "set their bounds", (*call).globalQuotaSet},
	{"global quota enable", "", "quota-scope", "switch one on", (*call).globalQuotaEnable},
	{"global quota disable", "", "quota-scope", "switch one off", (*call).globalQuotaDisable},

	{"ratelimit get", "", ofUser + "bucket ratelimit-scope", "show the rate limits of a user or bucket", (*call).rateGet},
	{"ratelimit set", "", ofUser + "bucket ratelimit-scope " + rates, "set rate limits", (*call).rateSet},
	{"ratelimit enable", "", ofUser + "bucket ratelimit-scope", "switch rate limits on", (*call).rateEnable},
	{"ratelimit disable", "", ofUser + "bucket ratelimit-scope", "switch rate limits off", (*call).rateDisable},
	{"global ratelimit get", "", "ratelimit-scope", "show the rate limits of those that have none", (*call).globalRateGet},
	{"global ratelimit set", "", "ratelimit-scope " + rates, "set them", (*call).globalRateSet},
	{"global ratelimit enable", "", "ratelimit-scope", "switch them on", (*call).globalRateEnable},
	{"global ratelimit disable", "", "ratelimit-scope", "switch them off", (*call).globalRateDisable},

	{"usage show", "", ofUser + "bucket start-date end-date categories show-log-entries show-log-sum", "show requests and bytes by user, bucket, hour and kind", (*call).usageShow},
	{"usage trim", "", ofUser + "bucket start-date end-date yes-i-really-mean-it", "remove records of usage", (*call).usageTrim},

	{"lc list", "", "", "list buckets with lifecycle rules", (*call).lcList},
	{"lc get", "", ofUser + "bucket", "show the lifecycle rules of a bucket", (*call).lcGet},
	{"lc process", "", "", "apply lifecycle rules now", (*call).lcProcess},
	{"gc list", "", "include-all max-entries", "list data that wait to be removed", (*call).gcList},
	{"gc process", "", "", "remove now what is due", (*call).gcProcess},

	{"mfa create", "", ofUser + "totp-serial totp-seed totp-seed-type totp-seconds totp-window", "give a user a device for one-time codes", (*call).mfaCreate},
	{"mfa list", "", ofUser, "list the devices of a user, with their seeds", (*call).mfaList},
	{"mfa get", "", ofUser + "totp-serial", "show a device", (*call).mfaGet},
	{"mfa check", "", ofUser + "totp-serial totp-pin", "try a code, which is used up", (*call).mfaCheck},
	{"mfa resync", "", ofUser + "totp-serial totp-pin", "find how far a device's clock is off, from two codes", (*call).mfaResync},
	{"mfa remove", "", ofUser + "totp-serial", "take a device from a user", (*call).mfaRemove},

	{"role create", "", "tenant role-name path assume-role-policy-doc max-session-duration", "create a role", (*call).roleCreate},
	{"role delete", "", "tenant role-name", "remove a role without policies", (*call).roleDelete},
	{"role get", "", "tenant role-name", "show a role", (*call).roleGet},
	{"role list", "", "tenant path-prefix", "list the roles of a tenant", (*call).roleList},
	{"role modify", "", "tenant role-name assume-role-policy-doc max-session-duration", "change who may assume a role, and for how long", (*call).roleModify},
	{"role-policy put", "", "tenant role-name policy-name policy-doc", "give a role a policy", (*call).rolePolicyPut},
	{"role-policy list", "", "tenant role-name", "list the policies of a role", (*call).rolePolicyList},
	{"role-policy get", "", "tenant role-name policy-name", "show a policy of a role", (*call).rolePolicyGet},
	{"role-policy delete", "", "tenant role-name policy-name", "take a policy from a role", (*call).rolePolicyDelete},

	{"topic list", "", "", "list topics", (*call).topicList},
	{"topic get", "", "topic", "show a topic", (*call).topicGet},
	{"topic rm", "", "topic", "remove a topic", (*call).topicRemove},

	{"zone get", "", "", "show the zone, of which there is one", (*call).zoneGet},
	{"zonegroup get", "", "", "show the zone group, of which there is one", (*call).zonegroupGet},

	{"metadata get", "SECTION:KEY", "", "show the record of a user, bucket or bucket.instance", (*call).metadataGet},
	{"metadata list", "[SECTION]", "max-entries marker", "list sections, or the records of one", (*call).metadataList},

	{"completion", "SHELL", "", "print the completion for bash, zsh or fish", nil},
}
