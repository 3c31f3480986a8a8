package rgwadmin_test

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/admin/cli/rgwadmin"
)

func TestBadInput(t *testing.T) {
	l := newLab(t)
	l.AddBucket("lab-user", "photos")
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}`
	l.must("role", "create", "--role-name=app", "--assume-role-policy-doc", trust)
	for _, c := range []struct {
		explanation string
		line        string // arguments, at spaces
		exit        int
		stderr      string
	}{
		{"a command that is not finished says how it may go on", "bucket limit", 1, "ERROR: Unknown command\nExpected one of the following:\n  check"},
		{"also where it begins", "fly", 1, "Unrecognized argument: 'fly'\nExpected one of the following:\n  bucket\n"},
		{"nothing may follow a command", "user list now", 1, "Unrecognized argument: 'now'"},
		{"but for its argument", "metadata get", 22, "SECTION:KEY is missing"},
		{"of which there is one", "metadata get user:a user:b", 1, "Unrecognized argument: 'user:b'"},
		{"flags that nobody knows", "user list --fast", 22, "ERROR: invalid flag --fast"},
		{"flags that others take would do nothing", "user list --max-objects=3", 22, "invalid flag --max-objects: user list does not take it"},
		{"a cluster cannot be chosen", "user list --conf /etc/ceph/ceph.conf", 22, "there is no Ceph cluster"},
		{"long names need two dashes", "user list -uid=x", 22, "invalid flag -uid"},
		{"a value that is missing", "user info --uid", 1, "Option --uid requires an argument."},
		{"a switch is on or off", "user rm --uid=lab-user --purge-data=maybe", 22, "want true or false"},
		{"a format that is none", "user list --format=yaml", 1, "unrecognized format: yaml"},
		{"a tenant that cannot be", "user info --uid=a --tenant=a/b", 22, "invalid tenant name"},
		{"two tenants", "user info --uid=acme$a --tenant=other", 22, "tenant other is not that of user"},
		{"a subuser of another user", "subuser create --uid=lab-user --subuser=lab-other:x", 22, "bad subuser"},
		{"no subuser", "subuser create --uid=lab-user --access=read", 22, "no subuser specified"},
		{"a Swift key belongs to a subuser", "key create --uid=lab-user --key-type=swift", 22, "a Swift key is a subuser's"},
		{"a key is given or made up", "key create --uid=lab-user --access-key=A --gen-access-key", 22, "key parameter conflict"},
		{"so is a secret", "key create --uid=lab-user --secret=A --gen-secret", 22, "key parameter conflict"},
		{"a Swift key has one part", "key create --uid=lab-user --subuser=s --key-type=swift --access-key=A", 22, "a Swift key has no access key"},
		{"which is what a subuser gets", "subuser create --uid=lab-user --subuser=s --access-key=A", 22, "a Swift key has no access key"},
		{"access is a subuser's", "user create --uid=fresh --display-name=X --access=full", 22, "access is a subuser's"},
		{"one user", "user info --uid=lab-user --access-key=A", 22, "give one"},
		{"keys of nobody", "key create --uid=nobody", 22, "user info was not populated"},
		{"keys of nobody cannot be removed", "key rm --uid=nobody --access-key=A", 22, "user info was not populated"},
		{"nor another user's", "key rm --uid=lab-other --access-key=LABUSER0000000000001", 236, "unable to find access key"},
		{"numbers are numbers", "user modify --uid=lab-user --max-buckets=many", 22, "failed to parse max buckets"},
		{"that fit", "user modify --uid=lab-user --max-buckets=99999999999", 22, "too large"},
		{"a mask of nothing would lock the user out by a slip", "user modify --uid=lab-user --op-mask=reed", 22, "failed to parse op_mask"},
		{"there is one placement", "user modify --uid=lab-user --placement-id=cold", 22, "no placement"},
		{"e-mail addresses are addresses", "user modify --uid=lab-user --email=nope", 22, "e-mail address"},
		{"names are names", "user create --uid=a:b --display-name=X", 22, "could not create user"},
		{"renaming is not there", "user rename --uid=lab-user --new-uid=x", 95, "not implemented"},
		{"a quota of nothing", "quota set --max-objects=1", 22, "invalid quota scope"},
		{"of nobody", "quota set --quota-scope=user --uid=nobody --max-objects=1", 2, "no such user"},
		{"a bucket has no quota of a user", "quota set --quota-scope=user --bucket=photos --max-objects=1", 22, "invalid quota scope"},
		{"a bucket that is not there", "quota enable --bucket=none", 2, "bucket=none"},
		{"a size that overflows", "quota set --quota-scope=user --uid=lab-user --max-size=9E", 22, "too large"},
		{"a size with a wrong unit", "quota set --quota-scope=user --uid=lab-user --max-size=9Q", 22, "unit prefix not recognized"},
		{"a size without a number", "quota set --quota-scope=user --uid=lab-user --max-size=K", 22, "failed to parse max size"},
		{"a default is of users or buckets", "global quota set --max-objects=1", 22, "invalid quota scope"},
		{"rate limits of nothing", "ratelimit get", 22, "invalid ratelimit scope"},
		{"of a user without a name", "ratelimit get --ratelimit-scope=user", 22, "bucket name or uid is required"},
		{"of nobody", "ratelimit get --uid=nobody", 2, "no such user"},
		{"of a user or a bucket", "ratelimit get --ratelimit-scope=user --uid=lab-user --bucket=photos", 22, "invalid ratelimit scope"},
		{"of no bucket", "ratelimit get --bucket=none", 2, "bucket=none"},
		{"limits below nothing", "ratelimit set --uid=lab-user --max-read-ops=-1", 22, "ERROR"},
		{"a default needs a scope", "global ratelimit enable", 22, "invalid ratelimit scope"},
		{"the end is a date too", "usage trim --uid=lab-user --end-date=tomorrow", 1, "failed to parse end date"},
		{"a bucket without a name is not all buckets", "usage trim --bucket=", 22, "--bucket is empty"},
		{"nor a user without one all users", "usage trim --uid= --end-date=2030-01-01", 22, "--uid is empty"},
		{"a new name that cannot be", "bucket link --bucket=photos --uid=lab-user --bucket-new-name=x", 22, "new name"},
		{"a bucket must be named", "bucket rm", 22, "bucket name was not specified"},
		{"and a user", "bucket link --bucket=photos", 22, "user ID was not specified"},
		{"a bucket that is another one by now", "bucket link --bucket=photos --uid=lab-other --bucket-id=0", 22, "does not match"},
		{"unlinking takes the owner", "bucket unlink --bucket=photos --uid=lab-other", 22, "not of user lab-other"},
		{"chown of no bucket", "bucket chown --bucket=none --uid=lab-other", 2, "bucket=none"},
		{"check of no bucket", "bucket check --bucket=none", 2, "bucket=none"},
		{"a name that cannot be a bucket's", "bucket check --bucket=A", 2, "bucket=A"},
		{"an object must be named", "object stat --bucket=photos", 22, "object name was not specified"},
		{"an object that is not there", "object stat --bucket=photos --object=none", 2, "failed to stat object"},
		{"nor can be removed", "object rm --bucket=photos --object=none", 2, "object remove returned: (2)"},
		{"an ACL of nothing", "policy --bucket=none", 2, "none"},
		{"a section that does not exist", "metadata list planets", 2, "can't get key"},
		{"one that is not kept", "metadata list otp", 95, "not kept"},
		{"a record that does not exist", "metadata get user:nobody", 2, "can't get key"},
		{"nor of a bucket", "metadata get bucket:none", 2, "can't get key"},
		{"nor of a bucket of another id", "metadata get bucket.instance:photos:0", 2, "can't get key"},
		{"a bucket has no id in its name", "metadata get bucket:photos:0", 2, "can't get key"},
		{"devices are no records", "metadata get otp:lab-user", 95, "mfa list"},
		{"pages have a size", "user list --max-entries=-1", 22, "not negative"},
		{"a seed is hexadecimal", "mfa create --uid=lab-user --totp-serial=s --totp-seed=xyz", 22, "it is not hex"},
		{"or Base32", "mfa create --uid=lab-user --totp-serial=s --totp-seed=1 --totp-seed-type=base32", 22, "it is not base32"},
		{"nothing else", "mfa create --uid=lab-user --totp-serial=s --totp-seed=1 --totp-seed-type=rot13", 22, "invalid seed type"},
		{"a short seed is guessed", "mfa create --uid=lab-user --totp-serial=s --totp-seed=00", 22, "16 to 64 bytes"},
		{"a window is narrow", "mfa create --uid=lab-user --totp-serial=s --totp-seed=00 --totp-window=99", 22, "window"},
		{"devices of nobody", "mfa create --uid=nobody --totp-serial=s --totp-seed=3132333435363738393031323334353637383930", 2, "No such file"},
		{"a code of no device", "mfa check --uid=lab-user --totp-serial=s --totp-pin=123456", 2, "MFA check failed"},
		{"two codes", "mfa resync --uid=lab-user --totp-serial=s --totp-pin=123456", 22, "missing two --totp-pin"},
		{"a device that is not there", "mfa resync --uid=lab-user --totp-serial=s --totp-pin=1 --totp-pin=2", 2, "serial id not found"},
		{"a role without a name", "role get", 234, "role name is empty"},
		{"a role with a wrong one", "role create --role-name=a/b --assume-role-policy-doc=" + trust, 234, "letters"},
		{"a path that is none", "role create --role-name=b --path=x --assume-role-policy-doc=" + trust, 234, "path"},
		{"sessions of a minute", "role create --role-name=b --max-session-duration=60 --assume-role-policy-doc=" + trust, 234, "between 3600 and 43200"},
		{"a permission is no trust", "role-policy put --role-name=app --policy-name=p --policy-doc=" + trust, 234, "should not specify a principal"},
		{"nor is nothing", "role-policy put --role-name=app --policy-name=p", 234, "document is empty"},
		{"a policy without a name", "role-policy get --role-name=app", 234, "policy name is empty"},
		{"a policy that is not there", "role-policy get --role-name=app --policy-name=p", 2, "policy p of role app"},
		{"nor can be removed", "role policy delete --role-name=app --policy-name=p", 2, "policy p of role app"},
		{"nothing to modify", "role modify --role-name=app", 234, "empty"},
		{"no rules", "lc get --bucket=photos", 2, "no lifecycle rules"},
		{"rules of no bucket", "lc get --bucket=none", 2, "bucket=none"},
		{"no topics", "topic get --topic=a", 2, "could not get topic"},
		{"nor a name", "topic rm", 22, "topic name"},
		{"a shell that is none", "completion tcsh", 22, "bash, zsh or fish"},
	} {
		exit, stdout, stderr := l.run(strings.Split(c.line, " ")...)
		assert.Equal(t, c.exit, exit, "%s: %s", c.explanation, stderr)
		assert.Contains(t, stderr, c.stderr, c.explanation)
		assert.Empty(t, stdout, c.explanation)
	}
	exit, stdout, _ := l.run()
	assert.Equal(t, 1, exit, "no command at all")
	assert.Contains(t, stdout, "usage:")
}

func TestSpellings(t *testing.T) {
	l := newLab(t)
	want := l.must("user", "info", "--uid=lab-user")
	for _, c := range []struct {
		explanation string
		args        []string
	}{
		{"the value behind the flag", []string{"user", "info", "--uid", "lab-user"}},
		{"the flag first", []string{"--uid", "lab-user", "user", "info"}},
		{"the last one counts", []string{"user", "info", "--uid=x", "--uid=lab-user"}},
		{"words after --", []string{"--uid=lab-user", "--", "user", "info"}},
		{"lines are the default, and may be asked for", []string{"user", "info", "--uid=lab-user", "--format=json", "--pretty-format"}},
		{"underscores", []string{"user", "info", "--uid=lab-user", "--format=json", "--pretty_format"}},
	} {
		assert.Equal(t, want, l.must(c.args...), c.explanation)
	}
	assert.Equal(t, 1, strings.Count(l.must("user", "info", "--uid=lab-user", "--format=json"), "\n"), "one line where a format is asked for")

	l.must("user", "create", "--uid=a", "--display-name=-x-", "--secret=given", "--access_key=AKEY", "--max-buckets", "-1")
	info := l.must("user", "info", "--uid=a")
	assert.Contains(t, info, `"display_name": "-x-"`, "a value may begin with a dash")
	assert.Contains(t, info, `"secret_key": "given"`)
	assert.Contains(t, info, `"max_buckets": -1`)
	l.must("user", "remove", "--uid=a") // rm, remove and delete are one
}

func TestXML(t *testing.T) {
	l := newLab(t)
	for _, pretty := range []string{"--pretty-format=false", "--pretty-format"} {
		out := l.must("user", "info", "--uid=lab-user", "--format=xml", pretty)
		assert.Equal(t, pretty == "--pretty-format", strings.Count(out, "\n") > 10, pretty)
		var info struct {
			UserID string `xml:"user_id"`
			Keys   []struct {
				AccessKey string `xml:"access_key"`
			} `xml:"keys>key"`
		}
		require.NoError(t, xml.Unmarshal([]byte(out), &info))
		assert.Equal(t, "lab-user", info.UserID)
		assert.Len(t, info.Keys, 1)
	}
}

func TestHelp(t *testing.T) {
	l := newLab(t)
	for _, c := range []struct{ explanation, line, want, not string }{
		{"all commands", "--help", "user create", "--display-name"},
		{"the flags of a command", "user create --help", "--display-name=NAME", "--totp-pin"},
		{"the commands that begin so", "global --help", "global ratelimit disable", "user create"},
		{"both spellings", "role policy put --help", "--policy-doc=JSON", "--uid"},
		{"a command that does not exist", "fly --help", "user create", "--uid"},
		{"also for short", "user list -h", "--max-entries=N", "--uid"},
	} {
		out := l.must(strings.Fields(c.line)...)
		assert.Contains(t, out, c.want, c.explanation)
		assert.NotContains(t, out, c.not, c.explanation)
	}
}

// TestLocal: what needs no store does not reach one.
func TestLocal(t *testing.T) {
	for line, want := range map[string]bool{
		"--help": true, "user create --help": true, "--version": true, "completion zsh": true, "user fly": true,
		"": true, "user list --fast": true, "user list": false, "user info": false,
	} {
		var o, e bytes.Buffer
		_, done := rgwadmin.Local(t.Context(), &cli.Invocation{Args: strings.Fields(line), Stdout: &o, Stderr: &e})
		assert.Equal(t, want, done, line)
		assert.Equal(t, want, o.Len()+e.Len() > 0, line)
	}
}

type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, errors.New("closed pipe") }

func TestOutputThatFails(t *testing.T) {
	l := newLab(t)
	exit := l.tool(t.Context(), &cli.Invocation{Args: []string{"user", "list"}, Stdout: closedPipe{}, Stderr: closedPipe{}})
	assert.NotZero(t, exit, "a list that nobody got is not a success")
}

func FuzzArguments(f *testing.F) {
	f.Add("user info --uid=x")
	f.Add("bucket list -- --x")
	f.Add("quota set --max-size=9E --quota-scope=user --uid=x")
	f.Add("completion bash")
	f.Fuzz(func(t *testing.T, line string) {
		var o, e bytes.Buffer
		exit, done := rgwadmin.Local(context.Background(), &cli.Invocation{Args: strings.Split(line, " "), Stdout: &o, Stderr: &e})
		if done && exit != 0 && o.Len()+e.Len() == 0 {
			t.Error("a failure without a word")
		}
	})
}
