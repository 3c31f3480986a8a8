package rgwhttp_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin/rgwhttp"
	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/usage"
)

// as sends a request signed by a user of the lab.
func (l *lab) as(user, method, target, body string) (int, string) {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), method, l.url+target, strings.NewReader(body))
	require.NoError(l.t, err)
	awssig.SignV4(r, l.credentials(user), awssig.Scope{Time: time.Now(), Region: "us-east-1", Service: "s3"}, awssig.UnsignedPayload)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(l.t, err)
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(l.t, err)
	return resp.StatusCode, string(answer)
}

func (l *lab) admin(method, target string) (int, string) {
	l.t.Helper()
	return l.as("lab-admin", method, target, "")
}

func TestListsArePaged(t *testing.T) {
	l := newLab(t)
	for _, path := range []string{"/admin/user?list&max-entries=2", "/admin/metadata/user?max-entries=2"} {
		var all []string
		marker := ""
		for {
			status, body := l.admin("GET", path+marker)
			require.Equal(t, 200, status)
			var page struct {
				Keys   []string
				Count  int
				Marker string
			}
			require.NoError(t, json.Unmarshal([]byte(body), &page))
			assert.Len(t, page.Keys, page.Count)
			all = append(all, page.Keys...)
			if page.Marker == "" {
				break
			}
			marker = "&marker=" + url.QueryEscape(page.Marker)
		}
		assert.ElementsMatch(t, []string{"lab-admin", "lab-user", "lab-other", "acme$lab-tenant"}, all, path)
	}
}

func TestRateLimits(t *testing.T) {
	l := newLab(t)
	l.user("limiter", "Limiter", "ratelimit=*")
	l.bucket("lab-user", "photos", "private")
	get := func(query string) string {
		t.Helper()
		status, body := l.as("limiter", "GET", "/admin/ratelimit?"+query, "")
		require.Equal(t, 200, status, body)
		return body
	}
	set := func(query string) int {
		t.Helper()
		status, _ := l.as("limiter", "POST", "/admin/ratelimit?"+query, "")
		return status
	}
	none := `{"max_read_ops":0,"max_write_ops":0,"max_read_bytes":0,"max_write_bytes":0,"enabled":false}`
	for _, of := range []string{"ratelimit-scope=user&uid=lab-user", "ratelimit-scope=bucket&bucket=photos",
		"global=true&ratelimit-scope=user", "global=true&ratelimit-scope=bucket", "global=true&ratelimit-scope=anon"} {
		assert.Contains(t, get(of), none, of)
		assert.Equal(t, 200, set(of+"&max-read-ops=5&enabled=true"))
		assert.Equal(t, 200, set(of+"&max-write-bytes=7"), "what is not named stays")
		assert.Contains(t, get(of), `{"max_read_ops":5,"max_write_ops":0,"max_read_bytes":0,"max_write_bytes":7,"enabled":true}`)
	}
	assert.Contains(t, get("global=true"), `"anonymous_ratelimit"`)
	for query, want := range map[string]int{
		"ratelimit-scope=user&uid=nobody":                     404,
		"ratelimit-scope=bucket&bucket=none":                  404,
		"ratelimit-scope=user":                                400,
		"ratelimit-scope=galaxy":                              400,
		"ratelimit-scope=user&uid=lab-user&max-read-ops=many": 400,
		"ratelimit-scope=user&uid=lab-user&max-read-ops=-5":   400,
	} {
		assert.Equal(t, want, set(query), query)
	}
	status, _ := l.as("lab-user", "GET", "/admin/ratelimit?global=true", "")
	assert.Equal(t, 403, status)
}

func TestInfo(t *testing.T) {
	l := newLab(t)
	l.user("watcher", "Watcher", "info=read")
	l.user("writer", "Writer", "info=write")
	id, err := l.Store.ID(t.Context())
	require.NoError(t, err)
	status, body := l.as("watcher", "GET", "/admin/info", "")
	assert.Equal(t, 200, status)
	assert.JSONEq(t, `{"info":{"storage_backends":[{"name":"coffer","cluster_id":"`+id.String()+`"}]}}`, body)
	for _, user := range []string{"lab-user", "lab-admin", "writer"} {
		status, _ = l.as(user, "GET", "/admin/info", "")
		assert.Equal(t, 403, status, "%s lacks the capability info=read", user)
	}
	status, _ = l.as("watcher", "POST", "/admin/info", "")
	assert.Equal(t, 405, status)
}

func TestBadInputChangesNothing(t *testing.T) {
	l := newLab(t)
	id := iam.UserID{UID: "lab-user"}
	before, err := l.Users.Account(t.Context(), id)
	require.NoError(t, err)
	quotas, err := l.Service.UserQuotas(t.Context(), id)
	require.NoError(t, err)
	for _, c := range []struct {
		method, query, body string
		status              int
		why                 string
	}{
		{"PUT", "uid=a%3Ab&display-name=x", "", 400, "the colon is for subusers"},
		{"PUT", "uid=a%00b&display-name=x", "", 400, "control characters"},
		{"PUT", "uid=a%24b%24c&display-name=x", "", 400, "one tenant is enough"},
		{"PUT", "uid=new&display-name=x&max-buckets=many", "", 400, "not a number"},
		{"PUT", "uid=new&display-name=x&max-buckets=99999999999", "", 400, "too big a number"},
		{"PUT", "uid=new&display-name=x&email=nobody", "", 400, "not an address"},
		{"PUT", "uid=new&display-name=x&access-key=a%2Fb", "", 400, "not an access key"},
		{"PUT", "uid=new&display-name=x&access-key=lab-other", "", 409, "somebody else's key"},
		{"PUT", "uid=new&display-name=x&%zz", "", 400, "not a query"},
		{"PUT", "uid=new&display-name=x&system=true", "", 400, "only system users make such"},
		{"PUT", "subuser=lab-user:" + strings.Repeat("x", 200), "", 400, "too long a name"},
		{"POST", "uid=lab-user&max-buckets=1&email=nobody", "", 400, "half a change is none"},
		{"PUT", "quota&uid=lab-user&quota-type=user", `{"enabled":"yes"}`, 400, "a wrong type"},
		{"PUT", "quota&uid=lab-user&quota-type=user", `{"max_size_kb":9223372036854775807}`, 400, "does not fit"},
		{"PUT", "quota&uid=lab-user&quota-type=user", strings.Repeat(" ", 100<<10), 400, "too long"},
		{"PUT", "quota&uid=lab-user&quota-type=user&max-objects=1.5", "", 400, "the number is bad, not the user missing"},
		{"PUT", "quota&uid=lab-user&quota-type=bucket&max-size-kb=9223372036854775807", "", 400, "too many bytes"},
		{"PUT", "quota&uid=lab-user&max-objects=5", "", 400, "of which quota?"},
		{"PUT", "quota&uid=lab-user", `{"max_objects":5}`, 400, "one quota would empty both"},
	} {
		status, body := l.as("lab-admin", c.method, "/admin/user?"+c.query, c.body)
		assert.Equal(t, c.status, status, "%s: %s", c.why, body)
	}
	after, err := l.Users.Account(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, before, after)
	now, err := l.Service.UserQuotas(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, quotas, now)
	_, err = l.Users.Account(t.Context(), iam.UserID{UID: "new"})
	assert.ErrorIs(t, err, iam.ErrNoSuchUser)
}

func TestOldSignaturesLeaveFlagsUnsigned(t *testing.T) {
	l := newLab(t)
	for _, c := range []struct{ method, query string }{
		{"PUT", "subuser=lab-user:s&access=read"}, {"PUT", "key&uid=lab-user"}, {"PUT", "caps&uid=lab-user&user-caps=usage=read"},
		{"GET", "quota&uid=lab-user"}, {"GET", "list"},
	} {
		r, err := http.NewRequestWithContext(t.Context(), c.method, l.url+"/admin/user", nil)
		require.NoError(t, err)
		awssig.SignV2(r, l.credentials("lab-admin"), time.Now(), nil)
		r.URL.RawQuery = c.query // after signing: Ceph's own example signs the path alone
		resp, err := http.DefaultClient.Do(r)
		require.NoError(t, err)
		_ = resp.Body.Close()
		assert.Equal(t, 200, resp.StatusCode, c.query)
	}
}

func TestUserInfoNamesDevices(t *testing.T) {
	l := newLab(t)
	id := iam.UserID{UID: "lab-user"}
	for _, serial := range []string{"s2", "s1"} {
		_, err := l.Service.CreateMFADevice(t.Context(), id, iam.MFADevice{Serial: serial}, nil)
		require.NoError(t, err)
	}
	for _, target := range []string{"/admin/user?uid=lab-user", "/admin/metadata/user?key=lab-user"} {
		_, body := l.admin("GET", target)
		assert.Contains(t, body, `"mfa_ids":["s1","s2"]`, target)
	}
	require.NoError(t, l.Service.RemoveMFADevice(t.Context(), id, "s2"))
	_, body := l.admin("GET", "/admin/user?uid=lab-user")
	assert.Contains(t, body, `"mfa_ids":["s1"]`)
}

func TestServes(t *testing.T) {
	h := rgwhttp.New(nil, &rgwhttp.Options{Domains: []string{"s3.example.com"}})
	for target, want := range map[string]bool{
		"http://localhost/admin":                    true,
		"http://localhost/admin/user?uid=a":         true,
		"http://s3.example.com/admin/user":          true,
		"http://localhost/administrators":           false,
		"http://localhost/bucket/admin/user":        false,
		"http://photos.s3.example.com/admin/user":   false,
		"http://photos.S3.example.com:9000/admin/x": false,
	} {
		assert.Equal(t, want, h.Serves(httptest.NewRequest("GET", target, nil)), target)
	}
}

func TestAdministratorsAreSpared(t *testing.T) {
	l := newLab(t)
	_, err := l.Users.EnsureRoot(t.Context(), "ROOT", "root-secret")
	require.NoError(t, err)
	for _, c := range []struct{ method, target string }{
		{"GET", "user?uid=root"}, {"GET", "user?access-key=ROOT"}, {"GET", "metadata/user?key=root"}, {"GET", "metadata?key=user:root"},
		{"PUT", "user?key&uid=root&access-key=MINE"}, {"PUT", "user?subuser=root:mine&access=full"},
		{"PUT", "user?uid=lab-user&subuser=root:mine"}, {"POST", "user?uid=root&suspended=true"},
		{"DELETE", "user?key&access-key=ROOT"}, {"DELETE", "user?uid=root"}, {"PUT", "user?caps&uid=root&user-caps=users=read"},
	} {
		status, body := l.admin(c.method, "/admin/"+c.target)
		assert.Equal(t, 403, status, "%s %s: capabilities do not reach administrators", c.method, c.target)
		assert.NotContains(t, body, "root-secret")
	}
	status, _ := l.as("root", "GET", "/admin/user?uid=root", "")
	assert.Equal(t, 200, status)
}

func TestUsersOfTheSystemAreSpared(t *testing.T) {
	l := newLab(t)
	_, err := l.Users.EnsureRoot(t.Context(), "ROOT", "root-secret")
	require.NoError(t, err)
	for _, name := range []string{"operator", "billing"} {
		l.user(name, name, "users=*")
		status, _ := l.as("root", "POST", "/admin/user?system=true&uid="+name, "")
		require.Equal(t, 200, status)
	}
	for _, c := range []struct {
		user, method, target string
		status               int
		explanation          string
	}{
		{"lab-admin", "GET", "user?uid=billing", 403, "its secret opens the management API of ostor"},
		{"lab-admin", "PUT", "user?key&uid=billing&access-key=MINE", 403, "and so would a key"},
		{"lab-admin", "POST", "user?uid=billing&system=false", 403, "first taken from the system, it is still one"},
		{"lab-admin", "GET", "user?quota&uid=lab-user", 200, "others are within reach"},
		{"operator", "GET", "user?uid=billing", 200, "who is of the system gains nothing"},
		{"operator", "GET", "user?uid=root", 403, "but by an administrator"},
	} {
		status, body := l.as(c.user, c.method, "/admin/"+c.target, "")
		assert.Equal(t, c.status, status, "%s: %s", c.explanation, body)
	}
}

func TestMetadataSections(t *testing.T) {
	l := newLab(t)
	for _, name := range []string{"box1", "box2", "box3"} {
		l.bucket("acme$lab-tenant", name, "private")
	}
	for _, section := range []string{"bucket", "bucket.instance"} {
		_, whole := l.admin("GET", "/admin/metadata/"+section)
		var want, all []string
		require.NoError(t, json.Unmarshal([]byte(whole), &want))
		require.Len(t, want, 3)
		for marker := ""; ; {
			_, body := l.admin("GET", "/admin/metadata/"+section+"?max-entries=2&marker="+url.QueryEscape(marker))
			var page struct {
				Keys   []string
				Marker string
			}
			require.NoError(t, json.Unmarshal([]byte(body), &page))
			all = append(all, page.Keys...)
			if marker = page.Marker; marker == "" {
				break
			}
		}
		assert.Equal(t, want, all, "%s in pages", section)
		status, body := l.admin("GET", "/admin/metadata/"+section+"?key="+url.QueryEscape(want[1]))
		assert.Equal(t, 200, status)
		assert.Contains(t, body, `"key":"`+section+":"+want[1]+`"`)
		assert.Contains(t, body, `"owner":"acme$lab-tenant"`)
	}
	for _, key := range []string{"user:lab-user", "bucket:acme/box1"} {
		status, body := l.admin("GET", "/admin/metadata?key="+url.QueryEscape(key))
		assert.Equal(t, 200, status, "the section may be in the key")
		assert.Contains(t, body, `"key":"`+key+`"`)
	}
	for target, want := range map[string]int{
		"GET ?key=otp:lab-user":                    404,
		"GET bucket.instance?key=acme%2Fbox1:0000": 404, // another bucket of that name
		"GET bucket.instance?key=nothing":          404,
		"GET otp":                                  404,
		"GET bucket?max-entries=many":              400,
		"GET user?max-entries=1&marker=%21":        400, // the first page again would never end
		"PUT user?key=lab-user":                    403, // metadata=write comes before 501
		"PUT bucket":                               403,
	} {
		method, rest, _ := strings.Cut(target, " ")
		user := "lab-admin"
		if want == 403 {
			user = "lab-user"
		}
		status, _ := l.as(user, method, "/admin/metadata/"+rest, "")
		assert.Equal(t, want, status, target)
	}
	for _, method := range []string{"PUT", "DELETE", "POST"} {
		status, body := l.admin(method, "/admin/metadata/user?key=lab-user")
		assert.Equal(t, 501, status, "metadata are not changed behind the rules")
		assert.Contains(t, body, "not implemented")
	}
}

func TestKeysAreSwitchedOff(t *testing.T) {
	l := newLab(t)
	status, _ := l.admin("PUT", "/admin/user?subuser=lab-user:reader&access=read&key-type=s3&access-key=READER&secret-key=secret")
	require.Equal(t, 200, status)
	key := func() iam.AccountKey {
		t.Helper()
		a, err := l.Users.Account(t.Context(), iam.UserID{UID: "lab-user"})
		require.NoError(t, err)
		return *a.Key("READER")
	}
	for _, c := range []struct {
		query       string
		status      int
		inactive    bool
		secret      string
		explanation string
	}{
		{"active=false", 200, true, "secret", "without a secret, the one that is there stays"},
		{"secret-key=other", 200, true, "other", "another secret does not switch it on"},
		{"active=true", 200, false, "other", "on again"},
		{"secret-key=third&active=false", 200, true, "third", "both at once"},
	} {
		status, body := l.admin("PUT", "/admin/user?key&uid=lab-user&access-key=READER&"+c.query)
		assert.Equal(t, c.status, status, "%s: %s", c.explanation, body)
		k := key()
		assert.Equal(t, []any{c.inactive, c.secret, "reader"}, []any{k.Inactive, k.Secret, k.Subuser}, c.explanation)
	}
	status, _ = l.admin("PUT", "/admin/user?key&uid=lab-other&access-key=READER&active=true")
	assert.Equal(t, 409, status, "somebody else's key")
	assert.True(t, key().Inactive)
	status, _ = l.admin("POST", "/admin/user?uid=lab-user&access-key=READER&secret-key=fourth")
	assert.Equal(t, 200, status)
	assert.Equal(t, "reader", key().Subuser, "a change of the user does not lift the limits of a subuser's key")
}

func TestBucketPages(t *testing.T) {
	l := newLab(t)
	for _, owner := range []string{"acme$lab-tenant", "lab-user"} {
		for _, name := range []string{"box1", "box2", "box3"} {
			l.bucket(owner, name, "private")
		}
	}
	for _, c := range []struct{ query, want string }{
		{"max-entries=4", `{"buckets":["box1","box2","box3","acme/box1"],"count":4,"truncated":true,"marker":"acme/box1"}`},
		{"max-entries=4&marker=acme/box1", `{"buckets":["acme/box2","acme/box3"],"count":2,"truncated":false}`},
		{"uid=acme$lab-tenant&max-entries=2&marker=box1", `{"buckets":["box2","box3"],"count":2,"truncated":false}`},
		{"uid=lab-user&max-entries=1", `{"buckets":["box1"],"count":1,"truncated":true,"marker":"box1"}`},
		{"uid=lab-user&marker=box2", `["box3"]`},
	} {
		status, body := l.admin("GET", "/admin/bucket?"+c.query)
		assert.Equal(t, 200, status)
		assert.Equal(t, c.want, body, c.query)
	}
	_, body := l.admin("GET", "/admin/bucket?stats=true&max-entries=1")
	assert.Contains(t, body, `"owner":"lab-user"`, "pages may have stats")
	for _, bad := range []string{"0", "-1", "many", ""} {
		status, _ := l.admin("GET", "/admin/bucket?max-entries="+bad)
		assert.Equal(t, 400, status, "%q", bad)
	}
	status, _ := l.admin("DELETE", "/admin/bucket?bucket=box1&tenant=acme")
	assert.Equal(t, 200, status, "the tenant may be a parameter of its own")
	_, body = l.admin("GET", "/admin/bucket?uid=acme$lab-tenant")
	assert.Equal(t, `["box2","box3"]`, body)
}

func TestUsageDates(t *testing.T) {
	l := newLab(t)
	l.Usage.Record(&usage.Entry{
		Start: time.Date(2026, 11, 22, 10, 32, 43, 0, time.UTC), Method: "GET", Status: 200, Category: "get_obj", User: "lab-user", Owner: "lab-user",
	})
	for _, c := range []struct {
		query       string
		found       bool
		explanation string
	}{
		{"start=2026-11-22&end=2026-11-23", true, "days"},
		{"start=2026-11-23", false, "a day later"},
		{"end=2026-11-22", false, "the end is not part of it"},
		{"start=2026-11-22%2010:00:00&end=2026-11-22%2011:00:00", true, "the form of Ceph's guide"},
		{"start=2026-11-22+11:00:00", false, "a plus is a space"},
		{"start=2026-11-22T10:00:00Z", true, "ISO 8601"},
		{"start=2026-11-22T11:00:00%2B01:00", true, "an offset"},
		{"start=2026-11-22T10:00:01Z", false, "entries are of whole hours, and this one began before"},
		{"start=2026-11-22T11:00:00", false, "without a zone it is UTC"},
		{"start=2026-11-22T09:59:59.999999Z&end=2026-11-22T10:00:00.000001Z", true, "fractions"},
		{"start=1577836800", true, "seconds since 1970"},
		{"start=4102444800", false, "in the next century"},
		{"start=yesterday", true, "what is no date does not bound, as RGW has it"},
	} {
		status, body := l.admin("GET", "/admin/usage?uid=lab-user&"+c.query)
		assert.Equal(t, 200, status)
		assert.Equal(t, c.found, strings.Contains(body, "get_obj"), "%s: %s", c.query, c.explanation)
	}
}
