package rgwadmin

import (
	"slices"
	"strings"
)

// flag is an option of the tool.
type flag struct {
	name string
	arg  string // what its value is called in help; "" for a switch
	help string
}

// flags are all options; a command names those that it takes.
var flags = []flag{
	{"uid", "ID", "user, as \"uid\" or \"tenant$uid\""},
	{"tenant", "NAME", "tenant of the user"},
	{"subuser", "NAME", "subuser, as \"name\" or \"uid:name\""},
	{"display-name", "NAME", "name of the user for people"},
	{"new-uid", "ID", "new name of the user"},
	{"email", "ADDRESS", "e-mail address of the user"},
	{"access-key", "KEY", "access key for S3"},
	{"secret-key", "SECRET", "secret of the key"},
	{"gen-access-key", "", "make up an access key"},
	{"gen-secret", "", "make up a secret"},
	{"key-type", "TYPE", "s3 or swift"},
	{"access", "LEVEL", "what the subuser may do: read, write, readwrite or full"},
	{"caps", "CAPS", "capabilities, such as \"users=read,write;buckets=*\""},
	{"max-buckets", "N", "how many buckets the user may own; 0 for any number, -1 for none"},
	{"op-mask", "MASK", "what all keys of the user may do: read, write, delete, *"},
	{"system", "", "a user of the system itself; --system=false undoes it"},
	{"admin", "", "a user who may do everything; --admin=false undoes it"},
	{"placement-id", "ID", "default placement of the user's buckets"},
	{"tags", "LIST", "placement tags, with commas between them"},
	{"purge-data", "", "remove the user's buckets with all that is in them"},
	{"purge-keys", "", "remove the keys of the subuser (they always go with it)"},
	{"sync-stats", "", "bring the statistics up to date (they always are)"},
	{"bucket", "NAME", "bucket, as \"name\" or \"tenant/name\""},
	{"bucket-new-name", "NAME", "new name of the bucket"},
	{"bucket-id", "ID", "id that the bucket must have"},
	{"object", "KEY", "object"},
	{"object-version", "ID", "version of the object"},
	{"purge-objects", "", "remove what is in the bucket first"},
	{"check-objects", "", "look at each object"},
	{"fix", "", "set counters that are wrong to what was counted"},
	{"max-entries", "N", "how many entries at most"},
	{"marker", "MARKER", "entry after which to begin"},
	{"allow-unordered", "", "entries may come in any order"},
	{"warnings-only", "", "only buckets that near a limit"},
	{"quota-scope", "SCOPE", "user or bucket"},
	{"max-objects", "N", "how many objects; negative for any number"},
	{"max-size", "SIZE", "how many bytes, or K, M, G, T; negative for any number"},
	{"ratelimit-scope", "SCOPE", "user, bucket or anonymous"},
	{"max-read-ops", "N", "reading requests in a minute; 0 for any number"},
	{"max-write-ops", "N", "writing requests in a minute; 0 for any number"},
	{"max-read-bytes", "N", "bytes read in a minute; 0 for any number"},
	{"max-write-bytes", "N", "bytes written in a minute; 0 for any number"},
	{"start-date", "DATE", "beginning, as \"2006-01-02 15:04:05\" or \"2006-01-02\" (UTC)"},
	{"end-date", "DATE", "end, in the same form; not in the range itself"},
	{"categories", "LIST", "kinds of requests, with commas between them"},
	{"show-log-entries", "", "show each bucket and hour (default); --show-log-entries=false leaves them out"},
	{"show-log-sum", "", "show the sum (default); --show-log-sum=false leaves it out"},
	{"yes-i-really-mean-it", "", "go on although much is removed"},
	{"totp-serial", "SERIAL", "serial number of the device"},
	{"totp-seed", "SEED", "secret that the device shares"},
	{"totp-seed-type", "TYPE", "hex or base32"},
	{"totp-seconds", "N", "how long a code is shown"},
	{"totp-window", "N", "how many codes before and after the present one are taken"},
	{"totp-pin", "CODE", "code that the device shows"},
	{"role-name", "NAME", "role"},
	{"path", "PATH", "path of the role, such as /app/"},
	{"path-prefix", "PATH", "roles whose path begins so"},
	{"assume-role-policy-doc", "JSON", "policy that says who may assume the role"},
	{"max-session-duration", "SECONDS", "how long a session of the role may last, 3600 to 43200"},
	{"policy-name", "NAME", "name of the policy"},
	{"policy-doc", "JSON", "policy that says what the role may do"},
	{"include-all", "", "also what is not due yet"},
	{"topic", "NAME", "topic"},
	{"format", "FORMAT", "json or xml"},
	{"pretty-format", "", "spread the output over lines, as without --format"},
	{"help", "", "show help"},
	{"version", "", "show the version"},
}

// everywhere are the flags that all commands take.
const everywhere = "format pretty-format help"

// aliases are other spellings of flags.
var aliases = map[string]string{
	"secret": "secret-key", "h": "help", "v": "version", "gen-secret-key": "gen-secret", "o": "object", "i": "uid", "b": "bucket",
}

func findFlag(name string) *flag {
	name = strings.ReplaceAll(name, "_", "-")
	if full, ok := aliases[name]; ok {
		name = full
	}
	i := slices.IndexFunc(flags, func(f flag) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return &flags[i]
}

// cephFlags choose a cluster or a daemon, which do not exist here. Refusing them
// by name helps people who come with their scripts.
var cephFlags = []string{
	"cluster", "conf", "c", "id", "name", "n", "keyring", "k", "rgw-realm", "rgw-zonegroup", "rgw-zone", "realm-id", "zonegroup-id", "zone-id", "mon-host", "m",
}
