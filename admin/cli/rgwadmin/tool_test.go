package rgwadmin_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/admin/cli/rgwadmin"
	"github.com/cofferstore/coffer/auth/acl"
	"github.com/cofferstore/coffer/objstore"
)

func TestBadInput(t *testing.T) {
	l := newLab(t)
	l.bucket("lab-user", "photos")
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
		{"of no bucket", "ratelimit get --bucket=none", 2, "bucket=none"},
		{"limits below nothing", "ratelimit set --uid=lab-user --max-read-ops=-1", 22, "ERROR"},
		{"a default needs a scope", "global ratelimit enable", 22, "invalid ratelimit scope"},
		{"the end is a date too", "usage trim --uid=lab-user --end-date=tomorrow", 1, "failed to parse end date"},
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

func TestPages(t *testing.T) {
	l := newLab(t)
	for _, name := range []string{"aaa", "bbb", "ccc"} {
		b := l.bucket("lab-user", name)
		for _, key := range []string{"1", "2", "3"} {
			l.put(b, key, "data")
		}
	}
	for _, c := range []struct {
		explanation string
		line        string
		want        int
	}{
		{"users", "user list", 4},
		{"records of users", "metadata list user", 4},
		{"records of buckets", "metadata list bucket", 3},
		{"of each id", "metadata list bucket.instance", 3},
	} {
		var all []string
		for marker := ""; ; {
			var page struct {
				Keys              []string
				Truncated, Marker string
				Count             int
			}
			args := append(strings.Fields(c.line), "--max-entries=2")
			if marker != "" {
				args = append(args, "--marker", marker)
			}
			require.NoError(t, json.Unmarshal([]byte(l.must(args...)), &page))
			assert.Len(t, page.Keys, page.Count, c.explanation)
			all = append(all, page.Keys...)
			if marker = page.Marker; page.Truncated != "true" {
				break
			}
		}
		assert.Len(t, all, c.want, c.explanation)
	}
	var instances []string
	require.NoError(t, json.Unmarshal([]byte(l.must("metadata", "list", "bucket.instance")), &instances))
	assert.Contains(t, l.must("metadata", "get", "bucket.instance:"+instances[0]), `"key": "bucket.instance:aaa:`)

	var objects []struct{ Name string }
	require.NoError(t, json.Unmarshal([]byte(l.must("bucket", "list", "--bucket=bbb", "--marker=1", "--max-entries=1")), &objects))
	assert.Equal(t, []struct{ Name string }{{"2"}}, objects)
	require.NoError(t, json.Unmarshal([]byte(l.must("bucket", "list", "--bucket=bbb", "--max-entries=0")), &objects))
	assert.Empty(t, objects)
}

func TestChown(t *testing.T) {
	l := newLab(t)
	b := l.bucket("lab-user", "photos")
	require.NoError(t, b.SetVersioning(t.Context(), objstore.VersioningEnabled))
	user, other, admin := acl.Owner{ID: "lab-user"}, acl.Owner{ID: "lab-other"}, acl.Owner{ID: "lab-admin"}
	shared := &acl.ACL{Owner: user, Grants: []acl.Grant{
		{User: user, Permission: acl.FullControl}, {User: admin, Permission: acl.Read}, {Group: acl.AllUsers, Permission: acl.Read},
	}}
	data, err := shared.Encode()
	require.NoError(t, err)
	for range 2 {
		_, err := b.Put(t.Context(), "a", strings.NewReader("data"), &objstore.PutOptions{Owner: "lab-user", ACL: data})
		require.NoError(t, err)
	}
	l.put(b, "b", "data")
	_, err = b.Delete(t.Context(), objstore.DeleteRequest{Key: "b"})
	require.NoError(t, err)

	_, _, stderr := l.run("bucket", "chown", "--bucket=photos", "--uid=lab-other")
	assert.Contains(t, stderr, "4 objects processed in photos.", "progress is told")
	b, err = l.store.Bucket(t.Context(), objstore.BucketID{Name: "photos"})
	require.NoError(t, err)
	page, err := b.ListVersions(t.Context(), objstore.VersionsQuery{Limit: 10})
	require.NoError(t, err)
	for _, v := range page.Versions {
		if v.DeleteMarker {
			continue
		}
		assert.Equal(t, "lab-other", v.Owner, "each version")
		o, err := b.Object(t.Context(), v.Key, &objstore.GetOptions{Version: v.VersionID, NoBody: true})
		require.NoError(t, err)
		list, err := acl.Decode(o.Info().ACL)
		require.NoError(t, err)
		require.NoError(t, o.Close())
		allowed := func(who acl.Owner, p acl.Permission) bool {
			_, ok := list.Allows(acl.Caller{ID: who.ID}, p)
			return ok
		}
		assert.True(t, allowed(other, acl.WriteACP))
		assert.False(t, allowed(user, acl.WriteACP), "the owner before has lost what an owner has")
		assert.Equal(t, v.Key == "a", allowed(admin, acl.Read), "what others were given stays")
	}
	report, err := l.store.Check(t.Context(), nil)
	require.NoError(t, err)
	assert.Empty(t, report.Problems)
}

func TestRateLimits(t *testing.T) {
	l := newLab(t)
	l.bucket("lab-user", "photos")
	l.must("ratelimit", "set", "--uid=lab-user", "--max-read-ops=10", "--max-write-bytes=20")
	l.must("ratelimit", "enable", "--ratelimit-scope=user", "--uid=lab-user")
	l.must("ratelimit", "set", "--bucket=photos", "--max-write-ops=5")
	assert.JSONEq(t, `{"user_ratelimit":{"max_read_ops":10,"max_write_ops":0,"max_read_bytes":0,"max_write_bytes":20,"enabled":true}}`,
		l.must("ratelimit", "get", "--uid=lab-user"))
	assert.JSONEq(t, `{"bucket_ratelimit":{"max_read_ops":0,"max_write_ops":5,"max_read_bytes":0,"max_write_bytes":0,"enabled":false}}`,
		l.must("ratelimit", "get", "--ratelimit-scope=bucket", "--bucket=photos"))
	l.must("ratelimit", "disable", "--uid=lab-user")
	assert.Contains(t, l.must("ratelimit", "get", "--uid=lab-user"), `"enabled": false`)

	l.must("global", "ratelimit", "set", "--ratelimit-scope=anonymous", "--max-read-ops=1")
	l.must("global", "ratelimit", "enable", "--ratelimit-scope=anon")
	assert.JSONEq(t, `{"anonymous_ratelimit":{"max_read_ops":1,"max_write_ops":0,"max_read_bytes":0,"max_write_bytes":0,"enabled":true}}`,
		l.must("global", "ratelimit", "get", "--ratelimit-scope=anonymous"))
	l.must("global", "ratelimit", "disable", "--ratelimit-scope=anonymous")
	all := l.must("global", "ratelimit", "get")
	for _, kind := range []string{"bucket_ratelimit", "user_ratelimit", "anonymous_ratelimit"} {
		assert.Contains(t, all, kind)
	}
	assert.NotContains(t, all, "true")
}

func TestGlobalQuotas(t *testing.T) {
	l := newLab(t)
	assert.Contains(t, l.must("global", "quota", "set", "--quota-scope=bucket", "--max-objects=1"), `"max_objects": 1`)
	assert.NotContains(t, l.must("global", "quota", "enable", "--quota-scope=bucket"), "user quota", "what was asked for")
	b := l.bucket("lab-user", "photos")
	l.put(b, "a", "data")
	_, err := b.Put(t.Context(), "b", strings.NewReader("data"), nil)
	require.Error(t, err, "it holds for buckets that have none of their own")
	l.must("global", "quota", "disable", "--quota-scope=bucket")
	l.put(b, "b", "data")
}

func TestDevices(t *testing.T) {
	l := newLab(t)
	const seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	code := func(at time.Time) string {
		c, err := totp.GenerateCode(seed, at)
		require.NoError(t, err)
		return c
	}
	device := []string{"--uid=lab-user", "--totp-serial=phone"}
	mfa := func(verb string, more ...string) []string {
		return append(append([]string{"mfa", verb}, device...), more...)
	}
	l.must(mfa("create", "--totp-seed="+seed, "--totp-seed-type=base32")...)
	now := time.Now()
	assert.Equal(t, "ok\n", l.must(mfa("check", "--totp-pin="+code(now))...))
	exit, _, _ := l.run(mfa("check", "--totp-pin="+code(now))...)
	assert.Equal(t, 13, exit, "a code is taken once")

	ahead := now.Add(time.Hour)
	l.must(mfa("resync", "--totp-pin="+code(ahead.Add(-30*time.Second)), "--totp-pin="+code(ahead))...)
	assert.Contains(t, l.must(mfa("get")...), `"time_ofs": 3600`)
	exit, _, stderr := l.run(mfa("resync", "--totp-pin=000000", "--totp-pin=000000")...)
	assert.Equal(t, 22, exit)
	assert.Contains(t, stderr, "fits pin")
}

func TestRoles(t *testing.T) {
	l := newLab(t)
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}`
	l.must("role", "create", "--tenant=acme", "--role-name=app", "--path=/x/", "--assume-role-policy-doc", trust)
	assert.Contains(t, l.must("role", "get", "--tenant=acme", "--role-name=app"), `"Arn": "arn:aws:iam::acme:role/x/app"`)
	assert.Equal(t, "[]\n", l.must("role", "list"), "tenants have roles of their own")
	assert.Equal(t, "[]\n", l.must("role", "list", "--tenant=acme", "--path-prefix=/y/"))
	l.must("role", "modify", "--tenant=acme", "--role-name=app", "--max-session-duration=7200")
	assert.Contains(t, l.must("role", "list", "--tenant=acme", "--path-prefix=/x/"), `"MaxSessionDuration": 7200`)
}

func TestLifecycle(t *testing.T) {
	l := newLab(t)
	b := l.bucket("lab-user", "logs")
	rules := `<LifecycleConfiguration><Rule><ID>old</ID><Status>Enabled</Status>
		<Filter><And><Prefix>a/</Prefix><Tag><Key>k</Key><Value>v</Value></Tag><ObjectSizeLessThan>9</ObjectSizeLessThan></And></Filter>
		<Expiration><Days>3</Days></Expiration></Rule></LifecycleConfiguration>`
	require.NoError(t, b.SetDocument(t.Context(), "lifecycle", []byte(rules)))
	assert.Contains(t, l.must("lc", "list"), `"status": "UNINITIAL"`)
	assert.JSONEq(t, `{"rule_map":[{"id":"old","rule":{"id":"old","prefix":"","status":"Enabled",
		"expiration":{"days":"3","date":""},"noncur_expiration":{"days":"","date":""},"mp_expiration":{"days":"","date":""},
		"filter":{"prefix":"a/","obj_tags":{"tagset":{"k":"v"}},"size_lt":9},"transitions":{},"noncur_transitions":{},"dm_expiration":false}}]}`,
		l.must("lc", "get", "--bucket=logs"))
	l.must("lc", "process")
	assert.Contains(t, l.must("lc", "list"), `"status": "COMPLETE"`)
}

func TestGarbage(t *testing.T) {
	l := newLab(t)
	b := l.bucket("lab-user", "photos")
	big := strings.Repeat("x", 1<<20) // too large to be inline
	l.put(b, "a", big)
	l.put(b, "a", big)
	assert.Equal(t, "[]\n", l.must("gc", "list"), "it waits for its grace")
	var waiting []struct {
		Time string
		Objs []struct{ OID string }
	}
	require.NoError(t, json.Unmarshal([]byte(l.must("gc", "list", "--include-all")), &waiting))
	require.Len(t, waiting, 1)
	assert.Len(t, waiting[0].Objs[0].OID, 32)
	l.must("gc", "process")
	assert.Contains(t, l.must("gc", "list", "--include-all"), waiting[0].Objs[0].OID, "processing does not cut the grace short")
}

func TestObjectStat(t *testing.T) {
	l := newLab(t)
	b := l.bucket("lab-user", "photos")
	require.NoError(t, b.SetVersioning(t.Context(), objstore.VersioningEnabled))
	first, err := b.Put(t.Context(), "a", strings.NewReader("data"), &objstore.PutOptions{Meta: objstore.Metadata{
		ContentType: "text/plain", User: map[string]string{"color": "blue"},
	}})
	require.NoError(t, err)
	l.put(b, "a", "more data")
	var stat struct {
		Size     int64
		Instance string
		Attrs    map[string]string
	}
	require.NoError(t, json.Unmarshal([]byte(l.must("object", "stat", "--bucket=photos", "--object=a", "--object-version", first.VersionID)), &stat))
	assert.Equal(t, int64(4), stat.Size)
	assert.Equal(t, first.VersionID, stat.Instance)
	assert.Equal(t, map[string]string{"user.rgw.content_type": "text/plain", "user.rgw.x-amz-meta-color": "blue"}, stat.Attrs)
	l.must("object", "rm", "--bucket=photos", "--object=a", "--object-version", first.VersionID)
	exit, _, _ := l.run("object", "stat", "--bucket=photos", "--object=a", "--object-version", first.VersionID)
	assert.Equal(t, 2, exit)
	l.must("object", "stat", "--bucket=photos", "--object=a")
}

// TestCompletion asks a real bash what it would complete.
func TestCompletion(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	l := newLab(t)
	script := filepath.Join(t.TempDir(), "completion")
	ask := `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _radosgw_admin; printf '%s\n' "${COMPREPLY[@]}"`
	require.NoError(t, os.WriteFile(script, []byte(l.must("completion", "bash")), 0o600))
	for _, c := range []struct {
		explanation string
		words       []string
		want        []string
	}{
		{"the first word", []string{"radosgw-admin", "u"}, []string{"usage", "user"}},
		{"the second", []string{"radosgw-admin", "subuser", ""}, []string{"create", "modify", "rm"}},
		{"the third", []string{"/usr/bin/radosgw-admin", "global", "quota", "e"}, []string{"enable"}},
		{"flags", []string{"radosgw-admin", "caps", "rm", "--c"}, []string{"--caps"}},
		{"behind a flag and its value", []string{"radosgw-admin", "--uid", "user", "caps", "r"}, []string{"rm"}},
		{"bash makes three words of --uid=user", []string{"radosgw-admin", "--uid", "=", "user", "caps", "r"}, []string{"rm"}},
		{"a value is anything", []string{"radosgw-admin", "user", "info", "--uid", ""}, []string{""}},
		{"coffer admin", []string{"coffer", "admin", "us"}, []string{"usage", "user"}},
		{"other commands of coffer are not ours", []string{"coffer", "serve", "us"}, []string{""}},
		{"shells", []string{"radosgw-admin", "completion", "z"}, []string{"zsh"}},
		{"behind what is no command", []string{"radosgw-admin", "fly", ""}, []string{""}},
	} {
		cmd := exec.CommandContext(t.Context(), bash, append([]string{"--norc", "-c", ask, "bash", script}, c.words...)...)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", c.explanation, out)
		assert.Equal(t, c.want, strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"), c.explanation)
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		out := l.must("completion", shell)
		assert.Contains(t, out, "--totp-seed-type", shell)
		assert.NotContains(t, out, "{CASES}", shell)
		assert.NotContains(t, out, "{VALUES}", shell)
	}
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
