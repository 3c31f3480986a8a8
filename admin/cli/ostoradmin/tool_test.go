package ostoradmin_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/admin/cli/ostoradmin"
	"github.com/cofferstore/coffer/admin/internal/admintest"
	"github.com/cofferstore/coffer/auth/iam"
)

// desk is a tool at work on a store.
type desk struct {
	*admintest.Lab
	t     testing.TB
	tool  cli.Tool
	admin *admin.Ostor
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	d := &desk{Lab: admintest.New(t, nil), t: t}
	d.admin = admin.NewOstor(d.Service, nil)
	d.tool = ostoradmin.S3Admin(d.admin)
	return d
}

// user makes a user with names that the expected output can tell.
func (d *desk) user(uid, email string) {
	d.t.Helper()
	d.AddUser(iam.User{UserID: iam.UserID{UID: uid}, Email: email, Ostor: true})
}

// add gives the accounts of a user keys "NAME=secret" in turn, each younger than
// the one before.
func (d *desk) add(uid, account string, keys ...string) {
	d.t.Helper()
	for _, k := range append([]string{""}, keys...) {
		_, err := d.Users.UpdateAccount(d.t.Context(), iam.UserID{UID: uid}, func(a *iam.Account) error {
			if account != "" && !a.HasKeySet(account) {
				a.KeySets = append(a.KeySets, account)
			}
			if k == "" {
				return nil
			}
			name, secret, _ := strings.Cut(k, "=")
			_, err := a.SetKey(iam.AccountKey{AccessKey: name, Secret: secret, Set: account})
			return err
		})
		require.NoError(d.t, err)
	}
}

// run runs a command line.
func run(t testing.TB, tool cli.Tool, line string) (exit int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	exit = tool(t.Context(), &cli.Invocation{Args: strings.Fields(line), Stdout: &out, Stderr: &errs})
	return exit, out.String(), errs.String()
}

// shows checks that a command succeeds with the output.
func (d *desk) shows(line, want string) {
	d.t.Helper()
	exit, stdout, stderr := run(d.t, d.tool, line)
	assert.Equal(d.t, 0, exit, "%s: %s", line, stderr)
	assert.Equal(d.t, want, stdout, line)
	assert.Empty(d.t, stderr, line)
}

// matches is shows for output with random names.
func (d *desk) matches(line, want string) string {
	d.t.Helper()
	exit, stdout, stderr := run(d.t, d.tool, line)
	assert.Equal(d.t, 0, exit, "%s: %s", line, stderr)
	assert.Regexp(d.t, "^"+want+"$", stdout, line)
	return stdout
}

func TestUsers(t *testing.T) {
	d := newDesk(t)
	d.matches("create-user -e user@email.com -V 0100000000000002",
		`UserEmail:user@email.com\nUserId:[0-9a-f]{16}\nKeyPair\[0\]:S3AccessKeyId:[0-9a-f]{16}[A-Z0-9]{4}\nKeyPair\[0\]:S3SecretAccessKey:[A-Za-z0-9]{40}\nFlags:none\n`)
	d.matches("create-user -S -e user@email.com", `(?s)UserEmail:user@email.com\n.*Flags:system\n`)
	d.matches("gen-access-key -e user@email.com",
		`Generate access key: user id=[0-9a-f]{16}, access key id=[0-9a-f]{16}[A-Z0-9]{4},\nsecret access key=[A-Za-z0-9]{40}\n`)
	d.shows("disable-user -e user@email.com", "")
	u, err := d.admin.Find(t.Context(), admin.OstorUser{Email: "user@email.com"})
	require.NoError(t, err)
	assert.True(t, u.Suspended)
	d.shows("enable-user -i "+u.UID, "")
	d.shows("delete-user -i "+u.UID, "Deleted user: user id="+u.UID+"\n")
	exit, _, _ := run(t, d.tool, "delete-user -i "+u.UID)
	assert.Equal(t, 1, exit)

	d.user("d866d9d114cc3d20", "user1@abc.com")
	d.add("d866d9d114cc3d20", "", "d866d9d114cc3d20G456=5EAne6PLL1jxprouRqq8hmfONMfgrJcOwbowCoTt", "d866d9d114cc3d20D8EW=83tTsNAuuRyoBBqhxMFqHAC60dhKHtTCCkQe54zu")
	d.shows("query-user-info -e user1@abc.com", `Query user: user id=d866d9d114cc3d20, user email=user1@abc.com
Key pair[0]: access key id=d866d9d114cc3d20G456,
secret access key=5EAne6PLL1jxprouRqq8hmfONMfgrJcOwbowCoTt
Key pair[1]: access key id=d866d9d114cc3d20D8EW,
secret access key=83tTsNAuuRyoBBqhxMFqHAC60dhKHtTCCkQe54zu
`)
	d.shows("revoke-access-key -e user1@abc.com -k d866d9d114cc3d20G456", "Revoke access key: user id=d866d9d114cc3d20, access key id=d866d9d114cc3d20G456\n")
}

func TestQueryUsers(t *testing.T) {
	d := newDesk(t)
	d.user("d866d9d114cc3d20", "user1@abc.com")
	d.user("bf0b3b15eb7c9019", "user2@abc.com")
	d.user("e000000000000000", "keyless@abc.com")
	d.add("d866d9d114cc3d20", "", "d866d9d114cc3d20G456=5EAne6PLL1jxprouRqq8hmfONMfgrJcOwbowCoTt", "d866d9d114cc3d20D8EW=83tTsNAuuRyoBBqhxMFqHAC60dhKHtTCCkQe54zu")
	d.add("d866d9d114cc3d20", "account", "d866d9d114cc3d20ACC1=x")
	d.add("bf0b3b15eb7c9019", "", "bf0b3b15eb7c9019I36Y=s")
	d.shows("query-users", `      S3 USER ID      S3 ACCESS KEY ID     S3 SECRET ACCESS KEY  S3 USER EMAIL
bf0b3b15eb7c9019  bf0b3b15eb7c9019I36Y                      ***  user2@abc.com
d866d9d114cc3d20  d866d9d114cc3d20G456                      ***  user1@abc.com
                  d866d9d114cc3d20D8EW                      ***
e000000000000000                     -                        -  keyless@abc.com
`)
	exit, stdout, _ := run(t, d.tool, "query-users -a")
	assert.Equal(t, 0, exit)
	assert.Contains(t, stdout, "\nd866d9d114cc3d20  d866d9d114cc3d20G456  5EAne6PLL1jxprouRqq8hmfONMfgrJcOwbowCoTt  user1@abc.com\n")
	head := `<?xml version="1.0" encoding="UTF-8"?><QueryUsersResult><Users><User><Id>bf0b3b15eb7c9019</Id><Email>user2@abc.com</Email><Keys><OwnerId>0000000000000000</OwnerId>` +
		`<KeyPair><S3AccessKeyId>bf0b3b15eb7c9019I36Y</S3AccessKeyId><S3SecretAccessKey>`
	for line, secret := range map[string]string{"query-users -X": "***", "query-users -a -X": "s"} {
		_, stdout, _ := run(t, d.tool, line)
		assert.True(t, strings.HasPrefix(stdout, head+secret+"</S3SecretAccessKey></KeyPair></Keys></User><User>"), stdout)
		assert.True(t, strings.HasSuffix(stdout, "</User></Users></QueryUsersResult>\n"), stdout)
		assert.Equal(t, 1, strings.Count(stdout, "\n"))
	}
}

func TestAccounts(t *testing.T) {
	d := newDesk(t)
	d.user("b09693b73b3c7686", "user@email.com")
	d.shows("list-user-accounts -e user@email.com", "NAME  USER_ID  EMAIL  S3AccessKeyId S3SecretAccessKey\n")
	out := d.matches("create-account -n account -e user@email.com", `UserEmail:user@email.com\nUserId:b09693b73b3c7686\nAccountName:account\nFlags:none\n`+
		`KeyPair\[0\]:S3AccessKeyId:b09693b73b3c7686[A-Z0-9]{4}\nKeyPair\[0\]:S3SecretAccessKey:[A-Za-z0-9]{40}\n`)
	d.shows("query-account-info -n account -i b09693b73b3c7686", out)
	d.matches("gen-access-key -n account -e user@email.com", `S3AccessKeyId:b09693b73b3c7686[A-Z0-9]{4}\nS3SecretAccessKey:[A-Za-z0-9]{40}\n`)
	out, _, _ = strings.Cut(out[strings.Index(out, "S3AccessKeyId:")+len("S3AccessKeyId:"):], "\n")
	d.shows("revoke-access-key -e user@email.com -k "+out, "")
	exit, _, stderr := run(t, d.tool, "revoke-access-key -n account -e user@email.com -k "+out)
	assert.Equal(t, 1, exit)
	assert.Equal(t, "ostor-s3-admin: there is no such access key\n", stderr)
	d.shows("delete-account -n account -e user@email.com", "")

	d.add("b09693b73b3c7686", "account1", "b09693b73b3c768613NV=one")
	d.add("b09693b73b3c7686", "account2", "b09693b73b3c7686LCZ5=two", "b09693b73b3c76866NI2=three")
	d.add("b09693b73b3c7686", "account3")
	d.shows("list-user-accounts -e user@email.com", `NAME      USER_ID           EMAIL           S3AccessKeyId        S3SecretAccessKey
account1  b09693b73b3c7686  user@email.com  b09693b73b3c768613NV ***
account2  b09693b73b3c7686  user@email.com  b09693b73b3c7686LCZ5 ***
                                            b09693b73b3c76866NI2 ***
account3  b09693b73b3c7686  user@email.com
`)
	_, stdout, _ := run(t, d.tool, "list-user-accounts -a -e user@email.com")
	assert.Contains(t, stdout, "b09693b73b3c76866NI2 three\n")
	d.shows("revoke-access-key -n account2 -e user@email.com -k b09693b73b3c7686LCZ5", "")
}

func TestLimitsAndQuotas(t *testing.T) {
	d := newDesk(t)
	d.user("b09693b73b3c7686", "user@email.com")
	d.AddBucket("b09693b73b3c7686", "bkt")
	limits := func(get, put, out string) string {
		return "ops:default=0.00ops/s\nops:get=" + get + "ops/s\nops:put=" + put + "ops/s\nops:list=0.00ops/s\nops:delete=0.00ops/s\nbandwidth:out=" + out + "kbs/s\n"
	}
	for _, of := range []string{"-e user@email.com", "-i b09693b73b3c7686", "-b bkt"} {
		d.shows("query-limits "+of, limits("0.00", "0.00", "0"))
		d.shows("set-limits "+of+" -t ops -L get=3600 -L put=0.5", limits("3600.00", "0.50", "0"))
		d.shows("set-limits "+of+" -t bandwidth -L out=100", limits("3600.00", "0.50", "100"))
		d.shows("query-limits "+of, limits("3600.00", "0.50", "100"))
		d.shows("rm-limits "+of, limits("0.00", "0.00", "0"))
	}
	for of, kind := range map[string]string{"-e user@email.com": "user", "-b bkt": "bucket", "-o user": "user", "-o bucket": "bucket"} {
		show := func(size string) string { return "version: '1'\nsize: '" + size + "'\ntype: '" + kind + "'\n" }
		d.shows("query-quotas "+of, show("0"))
		d.shows("set-quotas "+of+" -q 1024", show("1024"))
		d.shows("query-quotas "+of, show("1024"))
		d.shows("rm-quotas "+of, "successfully removed quotas\n")
		d.shows("query-quotas "+of, show("0"))
	}
}

func TestFailures(t *testing.T) {
	d := newDesk(t)
	d.user("b09693b73b3c7686", "user@email.com")
	d.AddBucket("b09693b73b3c7686", "bkt")
	for _, c := range []struct {
		explanation, line string
		exit              int
		says              string
	}{
		{"no command", "", 2, "a command is needed"},
		{"an unknown one", "make-user -e a@b", 2, "unknown command"},
		{"an unknown flag", "create-user -x a@b", 2, "not defined: -x"},
		{"a flag of another command", "query-users -e a@b", 2, "not defined: -e"},
		{"a flag without its value", "create-user -e", 2, "needs an argument"},
		{"something left over", "create-user -e a@b c@d", 2, "unexpected argument"},
		{"nobody", "delete-user", 2, "one of -e -i is needed"},
		{"two ways to name one", "delete-user -e user@email.com -i b09693b73b3c7686", 2, "one of -e -i is needed"},
		{"an empty name", "delete-user -e=", 2, "-e is empty"},
		{"a user and a default", "query-quotas -e user@email.com -o user", 2, "one of -e -i -b -o is needed"},
		{"a default of nothing that has one", "query-quotas -o galaxy", 2, "-o is user or bucket"},
		{"a volume that is none", "query-users -V main", 2, "volume id"},
		{"an empty one", "query-users -V=", 2, "volume id"},
		{"which key", "revoke-access-key -e user@email.com", 2, "-k is needed"},
		{"which account", "create-account -e user@email.com", 2, "-n is needed"},
		{"what limit", "set-limits -e user@email.com -t ops", 2, "-L is needed"},
		{"a limit without a value", "set-limits -e user@email.com -t ops -L get", 2, "get=3600"},
		{"one wrong limit of two", "set-limits -e user@email.com -t ops -L get=1 -L out=2", 2, "get=3600"},
		{"a size that is none", "set-quotas -e user@email.com -q -5", 2, "number of gigabytes"},
		{"what size", "set-quotas -e user@email.com", 2, "-q is needed"},

		{"no address", "create-user -e user", 1, "an e-mail address has"},
		{"an address that is taken", "create-user -e USER@email.com", 1, "another user's"},
		{"nobody of that address", "query-user-info -e none@email.com", 1, "no such user"},
		{"nobody of that id", "query-user-info -i 0123456789abcdef", 1, "no such user"},
		{"who owns buckets", "delete-user -e user@email.com", 1, "owns buckets"},
		{"no such key", "revoke-access-key -e user@email.com -k none", 1, "no such access key"},
		{"no such account", "query-account-info -n none -e user@email.com", 1, "no such account"},
		{"an account of nobody", "create-account -n a -e none@email.com", 1, "no such user"},
		{"a name that no account has", "create-account -n a/b -e user@email.com", 1, "an account has a name"},
		{"no such bucket", "query-limits -b none", 1, "no such bucket"},
		{"more than can be counted", "set-quotas -e user@email.com -q 9223372036854775807", 1, "size of a quota"},
	} {
		exit, stdout, stderr := run(t, d.tool, c.line)
		assert.Equal(t, c.exit, exit, c.explanation)
		assert.Empty(t, stdout, c.explanation)
		assert.Contains(t, stderr, c.says, c.explanation)
		assert.True(t, strings.HasPrefix(stderr, "ostor-s3-admin: "), c.explanation)
		assert.Equal(t, 1, strings.Count(stderr, "\n"), "one line: %s", c.explanation)
		assert.NotContains(t, stderr, "InvalidArgument", "for people: %s", c.explanation)
	}
	a, err := d.Users.Account(t.Context(), iam.UserID{UID: "b09693b73b3c7686"})
	require.NoError(t, err)
	assert.Empty(t, a.Keys)
	assert.Empty(t, a.KeySets)
	for range admin.MaxOstorKeys {
		exit, _, _ := run(t, d.tool, "gen-access-key -e user@email.com")
		assert.Equal(t, 0, exit)
	}
	exit, _, stderr := run(t, d.tool, "gen-access-key -e user@email.com")
	assert.Equal(t, 1, exit)
	assert.Equal(t, "ostor-s3-admin: there are as many keys as there may be\n", stderr)
}

func TestHelp(t *testing.T) {
	d := newDesk(t)
	for _, line := range []string{"help", "-h", "--help", "create-user --help"} {
		exit, stdout, _ := run(t, d.tool, line)
		assert.Equal(t, 0, exit)
		assert.Contains(t, stdout, "  revoke-access-key   -e EMAIL -i USER_ID -n ACCOUNT -k KEY_ID\n")
		var out bytes.Buffer
		exit, done := ostoradmin.Local(t.Context(), &cli.Invocation{Args: strings.Fields(line), Stdout: &out})
		assert.True(t, done && exit == 0, "help needs no server")
		assert.Equal(t, stdout, out.String())
	}
	for line, want := range map[string]bool{"query-users": false, "query-users -x": true, "fly": true, "set-quotas -o user": true} {
		var errs bytes.Buffer
		exit, done := ostoradmin.Local(t.Context(), &cli.Invocation{Args: strings.Fields(line), Stderr: &errs})
		assert.Equal(t, want, done, "what is wrong with %s is told without a server", line)
		assert.Equal(t, want, exit == 2)
	}
}

// gone is the output of somebody who does not listen any more.
type gone struct{}

func (gone) Write([]byte) (int, error) { return 0, errors.New("broken pipe") }

func TestNobodyListens(t *testing.T) {
	d := newDesk(t)
	var errs bytes.Buffer
	assert.Equal(t, 1, d.tool(t.Context(), &cli.Invocation{Args: []string{"query-users"}, Stdout: gone{}, Stderr: &errs}))
	assert.Contains(t, errs.String(), "broken pipe")
}

func TestCtl(t *testing.T) {
	var tool cli.Tool = ostoradmin.Ctl
	exit, stdout, _ := run(t, tool, "get-config -n 192.0.2.1")
	assert.Equal(t, 0, exit)
	assert.Equal(t, "VOL_ID             TYPE     STATE\n0100000000000002   OBJ      READY\n", stdout)
	exit, stdout, _ = run(t, tool, "--help")
	assert.Equal(t, 0, exit)
	assert.Contains(t, stdout, "usage: ostor-ctl get-config -n ADDRESS")
	exit, stdout, _ = run(t, tool, "add-acc -V 0100000000000002 -s 0100000000000003")
	assert.Equal(t, 0, exit)
	assert.Empty(t, stdout)
	for line, want := range map[string]int{
		"": 2, "start": 2, "get-config": 2, "get-config -n a b": 2, "get-config -x": 2, "add-acc": 2, "add-acc -V 0100000000000002": 2,
		"add-acc -V 0100000000000009 -s 1": 1,
	} {
		exit, stdout, stderr := run(t, tool, line)
		assert.Equal(t, want, exit, line)
		assert.Empty(t, stdout)
		assert.True(t, strings.HasPrefix(stderr, "ostor-ctl: "), line)
	}
}
