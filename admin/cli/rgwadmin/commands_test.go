package rgwadmin_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin/internal/admintest"
	"github.com/cofferstore/coffer/auth/acl"
	"github.com/cofferstore/coffer/objstore"
)

func TestPages(t *testing.T) {
	l := newLab(t)
	for _, name := range []string{"aaa", "bbb", "ccc"} {
		b := l.AddBucket("lab-user", name)
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

// TestLongLists: lists that are not kept in memory look like all others.
func TestLongLists(t *testing.T) {
	l := newLab(t)
	for _, want := range []int{0, 1, 3} {
		for _, name := range []string{"aaa", "bbb", "ccc"}[:want] {
			if _, err := l.Store.Bucket(t.Context(), objstore.BucketID{Name: name}); err != nil {
				l.put(l.AddBucket("lab-user", name), "k", "data")
			}
		}
		for _, format := range []string{"--pretty-format", "--format=json", "--format=xml", "--format=xml --pretty-format"} {
			out := l.must(append([]string{"bucket", "stats"}, strings.Fields(format)...)...)
			if strings.Contains(format, "xml") {
				var found struct {
					Stats []struct {
						Bucket string `xml:"bucket"`
					} `xml:"stats"`
				}
				require.NoError(t, xml.Unmarshal([]byte(out), &found), out)
				assert.Len(t, found.Stats, want, out)
				continue
			}
			var found []any
			require.NoError(t, json.Unmarshal([]byte(out), &found), out)
			assert.Len(t, found, want)
			var b bytes.Buffer
			if format == "--pretty-format" {
				require.NoError(t, json.Indent(&b, []byte(out), "", "    "))
			} else {
				require.NoError(t, json.Compact(&b, []byte(out)))
				b.WriteByte('\n')
			}
			assert.Equal(t, b.String(), out, "spread as every other document")
		}
	}
}

func TestChown(t *testing.T) {
	l := newLab(t)
	b := l.AddBucket("lab-user", "photos")
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
	b, err = l.Store.Bucket(t.Context(), objstore.BucketID{Name: "photos"})
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
	report, err := l.Store.Check(t.Context(), nil)
	require.NoError(t, err)
	assert.Empty(t, report.Problems)
}

func TestRateLimits(t *testing.T) {
	l := newLab(t)
	l.AddBucket("lab-user", "photos")
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
	b := l.AddBucket("lab-user", "photos")
	l.put(b, "a", "data")
	_, err := b.Put(t.Context(), "b", strings.NewReader("data"), nil)
	require.Error(t, err, "it holds for buckets that have none of their own")
	l.must("global", "quota", "disable", "--quota-scope=bucket")
	l.put(b, "b", "data")
}

func TestDevices(t *testing.T) {
	now := time.Now() // and always: another code begins every 30 seconds
	l := newLabWith(t, &admintest.Options{Now: func() time.Time { return now }})
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
	b := l.AddBucket("lab-user", "logs")
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
	b := l.AddBucket("lab-user", "photos")
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
	b := l.AddBucket("lab-user", "photos")
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
