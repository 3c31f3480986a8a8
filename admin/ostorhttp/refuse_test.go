package ostorhttp_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/ostorhttp"
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/usage"
)

func TestRefusals(t *testing.T) {
	l := newLab(t)
	a, cred := l.user("user@example.com")
	l.ok("POST /?ostor-accounts&emailAddress=user@example.com&accountName=acc")
	require.Equal(t, 200, l.as(cred, "PUT /bkt", "").Code)
	const me = "&emailAddress=user@example.com"
	before := l.ok("GET /?ostor-users" + me)
	for _, c := range []struct {
		explanation, request string
		status               int
		code                 string
	}{
		{"a service has methods", "HEAD /?ostor-users", 405, "MethodNotAllowed"},
		{"users cannot be patched", "PATCH /?ostor-users" + me, 405, "MethodNotAllowed"},
		{"accounts are seen with their user", "GET /?ostor-accounts" + me, 405, "MethodNotAllowed"},
		{"buckets are made by S3", "PUT /?ostor-buckets&bucket=new", 405, "MethodNotAllowed"},
		{"and removed by it", "DELETE /?ostor-buckets&bucket=bkt", 405, "MethodNotAllowed"},
		{"limits are put", "POST /?ostor-limits" + me, 405, "MethodNotAllowed"},
		{"quotas are put", "POST /?ostor-quotas" + me, 405, "MethodNotAllowed"},
		{"statistics come about by themselves", "PUT /?ostor-usage", 405, "MethodNotAllowed"},
		{"one service at a time", "GET /?ostor-users&ostor-limits" + me, 400, "InvalidRequest"},

		{"two selectors", "GET /?ostor-users" + me + "&id=" + a.UID, 400, "InvalidArgument"},
		{"one selector twice", "GET /?ostor-users" + me + me, 400, "InvalidArgument"},
		{"a user and a bucket", "GET /?ostor-users" + me + "&bucket=bkt", 400, "InvalidArgument"},
		{"an empty selector is not that of all", "GET /?ostor-users&emailAddress=", 400, "InvalidArgument"},
		{"also without an equals sign", "GET /?ostor-users&id", 400, "InvalidArgument"},
		{"no such address", "GET /?ostor-users&emailAddress=none@example.com", 404, "NoSuchUser"},
		{"nor a thing that is none", "GET /?ostor-users&emailAddress=none", 404, "NoSuchUser"},
		{"no such id", "GET /?ostor-users&id=0123456789abcdef", 404, "NoSuchUser"},
		{"nor a thing that is none", "GET /?ostor-users&id=a/b", 404, "NoSuchUser"},

		{"a new user needs an address", "PUT /?ostor-users", 400, "InvalidArgument"},
		{"an id is made up", "PUT /?ostor-users&id=0123456789abcdef", 400, "InvalidArgument"},
		{"an address that is taken", "PUT /?ostor-users" + me, 409, "EmailExists"},
		{"in capitals", "PUT /?ostor-users&emailAddress=USER@EXAMPLE.COM", 409, "EmailExists"},
		{"no address", "PUT /?ostor-users&emailAddress=user", 400, "InvalidArgument"},
		{"nothing before the sign", "PUT /?ostor-users&emailAddress=@b", 400, "InvalidArgument"},
		{"nothing after it", "PUT /?ostor-users&emailAddress=a@", 400, "InvalidArgument"},
		{"a space in it", "PUT /?ostor-users&emailAddress=a%20b@c", 400, "InvalidArgument"},
		{"a line break", "PUT /?ostor-users&emailAddress=a%0ab@c", 400, "InvalidArgument"},
		{"too long", "PUT /?ostor-users&emailAddress=a@" + strings.Repeat("b", 254), 400, "InvalidArgument"},
		{"an account is no user", "PUT /?ostor-users&emailAddress=new@example.com&accountName=x", 400, "InvalidArgument"},
		{"a new user is enabled", "PUT /?ostor-users&emailAddress=new@example.com&disable", 400, "InvalidArgument"},

		{"nothing is asked", "POST /?ostor-users" + me, 400, "InvalidArgument"},
		{"of nobody", "POST /?ostor-users&disable", 400, "InvalidArgument"},
		{"of who is not there", "POST /?ostor-users&emailAddress=none@example.com&disable", 404, "NoSuchUser"},
		{"opposites", "POST /?ostor-users" + me + "&disable&enable", 400, "InvalidArgument"},
		{"a key is made or revoked", "POST /?ostor-users" + me + "&genKey&revokeKey=" + cred.AccessKey, 400, "InvalidArgument"},
		{"in the older form too", "PUT /?ostor-users" + me + "&genKey&revokeKey=" + cred.AccessKey, 400, "InvalidArgument"},
		{"a bucket is not disabled", "POST /?ostor-users" + me + "&bucket=bkt&disable", 400, "InvalidArgument"},
		{"nor is it alone whom a key is for", "POST /?ostor-users&bucket=bkt&genKey", 400, "InvalidArgument"},
		{"nor all users", "POST /?ostor-users" + me + "&default=user&genKey", 400, "InvalidArgument"},
		{"a flag has no value", "POST /?ostor-users" + me + "&disable=no", 400, "InvalidArgument"},
		{"an account is not disabled", "POST /?ostor-users" + me + "&accountName=acc&disable", 400, "InvalidArgument"},
		{"no key is named", "POST /?ostor-users" + me + "&revokeKey=", 400, "InvalidArgument"},
		{"a key that is not there", "POST /?ostor-users" + me + "&revokeKey=0123456789abcdefABCD", 404, "NoSuchAccessKey"},
		{"somebody else's", "POST /?ostor-users" + me + "&revokeKey=" + key.AccessKey, 404, "NoSuchAccessKey"},
		{"what is no key", "POST /?ostor-users" + me + "&revokeKey=a/b", 404, "NoSuchAccessKey"},
		{"an account without a name", "POST /?ostor-users" + me + "&accountName=&genKey", 400, "InvalidArgument"},
		{"a name that none has", "POST /?ostor-users" + me + "&accountName=a/b&genKey", 400, "InvalidArgument"},
		{"an account that is not there", "POST /?ostor-users" + me + "&accountName=none&genKey", 404, "NoSuchAccount"},

		{"nobody is deleted", "DELETE /?ostor-users", 400, "InvalidArgument"},
		{"who is not there", "DELETE /?ostor-users&id=0123456789abcdef", 404, "NoSuchUser"},
		{"who asks to delete an account does not mean the user", "DELETE /?ostor-users" + me + "&accountName=acc", 400, "InvalidArgument"},
		{"who asks to delete a bucket does not mean its owner", "DELETE /?ostor-users" + me + "&bucket=bkt", 400, "InvalidArgument"},
		{"who owns a bucket", "DELETE /?ostor-users" + me, 409, "DeleteConflict"},
		{"oneself", "DELETE /?ostor-users&emailAddress=op@example.com", 403, "AccessDenied"},
		{"oneself, by id", "POST /?ostor-users&id=a14040e0b2ef8b28&disable", 403, "AccessDenied"},

		{"whose account", "POST /?ostor-accounts&accountName=new", 400, "InvalidArgument"},
		{"which account", "POST /?ostor-accounts" + me, 400, "InvalidArgument"},
		{"the user is not there", "POST /?ostor-accounts&id=0123456789abcdef&accountName=new", 404, "NoSuchUser"},
		{"a slash in a name", "POST /?ostor-accounts" + me + "&accountName=a/b", 400, "InvalidArgument"},
		{"a space", "PUT /?ostor-accounts" + me + "&accountName=a%20b", 400, "InvalidArgument"},
		{"too long a name", "PUT /?ostor-accounts" + me + "&accountName=" + strings.Repeat("x", 65), 400, "InvalidArgument"},
		{"a name that is taken", "PUT /?ostor-accounts" + me + "&accountName=acc", 409, "AccountExists"},
		{"an account that is not there", "DELETE /?ostor-accounts" + me + "&accountName=none", 404, "NoSuchAccount"},
		{"which account is deleted", "DELETE /?ostor-accounts" + me, 400, "InvalidArgument"},

		{"a bucket that is not there", "GET /?ostor-buckets&bucket=none", 404, "NoSuchBucket"},
		{"nor can be", "GET /?ostor-buckets&bucket=a/b", 404, "NoSuchBucket"},
		{"whose buckets", "GET /?ostor-buckets&id=0123456789abcdef", 404, "NoSuchUser"},
		{"a bucket and an owner", "GET /?ostor-buckets&bucket=bkt" + me, 400, "InvalidArgument"},
		{"names twice", "GET /?ostor-buckets&multi&bucket=bkt", 400, "InvalidArgument"},

		{"whose limits", "GET /?ostor-limits", 400, "InvalidArgument"},
		{"of nobody's bucket", "GET /?ostor-limits&bucket=none", 404, "NoSuchBucket"},
		{"of nobody", "PUT /?ostor-limits&id=0123456789abcdef&limit-type=ops&limit-resource=get&limit-value=1", 404, "NoSuchUser"},
		{"two subjects", "DELETE /?ostor-limits&bucket=bkt" + me, 400, "InvalidArgument"},
		{"there are no default limits", "GET /?ostor-limits" + me + "&default=user", 400, "InvalidArgument"},
		{"to delete either", "DELETE /?ostor-limits&bucket=bkt&default=bucket", 400, "InvalidArgument"},
		{"nor to set", "PUT /?ostor-limits" + me + "&default=user&limit-type=ops&limit-resource=get&limit-value=1", 400, "InvalidArgument"},
		{"what limit", "PUT /?ostor-limits" + me, 400, "InvalidArgument"},
		{"of what", "PUT /?ostor-limits" + me + "&limit-type=ops&limit-value=1", 400, "InvalidArgument"},
		{"which", "PUT /?ostor-limits" + me + "&limit-type=ops&limit-resource=get", 400, "InvalidArgument"},
		{"an unknown type", "PUT /?ostor-limits" + me + "&limit-type=rate&limit-resource=get&limit-value=1", 400, "InvalidArgument"},
		{"an unknown resource", "PUT /?ostor-limits" + me + "&limit-type=ops&limit-resource=head&limit-value=1", 400, "InvalidArgument"},
		{"less than nothing", "PUT /?ostor-limits" + me + "&limit-type=ops&limit-resource=get&limit-value=-1", 400, "InvalidArgument"},
		{"no number", "PUT /?ostor-limits" + me + "&limit-type=ops&limit-resource=get&limit-value=many", 400, "InvalidArgument"},
		{"bandwidth is whole", "PUT /?ostor-limits" + me + "&limit-type=bandwidth&limit-resource=out&limit-value=1.5", 400, "InvalidArgument"},
		{"more than can be counted", "PUT /?ostor-limits" + me + "&limit-type=bandwidth&limit-resource=out&limit-value=99999999999999999999", 400, "InvalidArgument"},
		{"both types in the older form", "PUT /?ostor-limits" + me + "&ops&get=60&bandwidth&out=1", 400, "InvalidArgument"},
		{"no limit in the older form", "PUT /?ostor-limits" + me + "&ops", 400, "InvalidArgument"},
		{"no bandwidth", "PUT /?ostor-limits" + me + "&bandwidth", 400, "InvalidArgument"},
		{"no number in the older form", "PUT /?ostor-limits" + me + "&ops&get=x", 400, "InvalidArgument"},
		{"both types are deleted without a flag", "DELETE /?ostor-limits" + me + "&ops&bandwidth", 400, "InvalidArgument"},

		{"whose quota", "GET /?ostor-quotas", 400, "InvalidArgument"},
		{"of nobody", "GET /?ostor-quotas&emailAddress=none@example.com", 404, "NoSuchUser"},
		{"of no bucket", "DELETE /?ostor-quotas&bucket=none", 404, "NoSuchBucket"},
		{"a default of what", "GET /?ostor-quotas&default=anonymous", 400, "InvalidArgument"},
		{"a default and a bucket", "GET /?ostor-quotas&default=user&bucket=bkt", 400, "InvalidArgument"},
		{"no size", "PUT /?ostor-quotas" + me, 400, "InvalidArgument"},
		{"less than nothing", "PUT /?ostor-quotas" + me + "&quota-size=-1", 400, "InvalidArgument"},
		{"a sign", "PUT /?ostor-quotas" + me + "&quota-size=+1", 400, "InvalidArgument"},
		{"a fraction", "PUT /?ostor-quotas" + me + "&quota-size=1.5", 400, "InvalidArgument"},
		{"more bytes than can be counted", "PUT /?ostor-quotas" + me + "&quota-size=9223372036854775807", 400, "InvalidArgument"},

		{"no object", "DELETE /?ostor-usage", 400, "InvalidArgument"},
		{"no name", "GET /?ostor-usage&obj=", 400, "InvalidArgument"},
		{"an object that is not there", "GET /?ostor-usage&obj=none", 404, "NoSuchKey"},
		{"no number of items", "GET /?ostor-usage&limit=many", 400, "InvalidArgument"},
		{"an empty page", "GET /?ostor-usage&limit=0", 400, "InvalidArgument"},
		{"two markers", "GET /?ostor-usage&after=a&after=b", 400, "InvalidArgument"},
	} {
		refused(t, l.do(c.request), c.status, c.code, c.explanation+": "+c.request)
	}
	assert.Equal(t, before, l.ok("GET /?ostor-users"+me), "refusals change nothing")
	assert.Contains(t, l.do("PUT /?ostor-users&emailAddress=a%7f@b").Header().Get("X-Amz-Err-Message"), "an e-mail address has", "what was wrong")
	assert.Equal(t, "GET, PUT, POST, DELETE", l.do("PATCH /?ostor-users").Header().Get("Allow"))
}

func TestServes(t *testing.T) {
	h := ostorhttp.New(nil, &ostorhttp.Options{Domains: []string{"S3.example.com", "example.com"}})
	for target, want := range map[string]bool{
		"http://localhost/?ostor-users":                         true,
		"http://localhost/?ostor-users=":                        true,
		"http://localhost?ostor-users":                          true,
		"http://localhost/?a=b&%6fstor-users":                   true,
		"http://192.0.2.1:8080/?ostor-quotas":                   true,
		"http://s3.example.com/?ostor-usage":                    true, // below example.com, but a domain itself
		"http://localhost/":                                     false,
		"http://localhost/?ostor-users=1":                       false,
		"http://localhost/?ostor-user":                          false,
		"http://localhost/?prefix=ostor-users":                  false,
		"http://localhost/bucket?ostor-users":                   false,
		"http://localhost/bucket/key?ostor-users":               false,
		"http://photos.s3.example.com/?ostor-users":             false,
		"http://photos.s3.EXAMPLE.com.:9000/?ostor-users&a%zz=": false,
	} {
		assert.Equal(t, want, h.Serves(httptest.NewRequest("GET", target, nil)), target)
	}
}

func TestWithoutParts(t *testing.T) {
	l := newLab(t)
	bare := ostorhttp.New(admin.NewOstor(admin.New(l.Users, l.Store, nil), nil), &ostorhttp.Options{Verifier: awssig.V2(l.Users, &awssig.Options{Now: l.clock.Now})})
	l.h = bare
	for _, request := range []string{
		"GET /?ostor-buckets", "GET /?ostor-users&space", "GET /?ostor-limits&id=a14040e0b2ef8b28",
		"PUT /?ostor-limits&id=a14040e0b2ef8b28&bandwidth&out=1", "GET /?ostor-quotas&default=user", "DELETE /?ostor-quotas&default=user",
	} {
		refused(t, l.do(request), 501, "NotImplemented", request)
	}
	assert.Equal(t, `{"nr_items":0,"truncated":false,"items":[]}`, l.ok("GET /?ostor-usage"))
	refused(t, l.do("GET /?ostor-usage&obj=x"), 404, "NoSuchKey", "there are no objects")
	l.h = ostorhttp.New(nil, nil)
	refused(t, l.do("GET /?ostor-users"), 403, "AccessDenied", "without a verifier nobody is let in")
}

// Keys that may not do all that the user may are no operator's.
func TestLesserKeys(t *testing.T) {
	l := newLab(t)
	for why, id := range map[string]auth.Identity{
		"a subuser":        {Principal: auth.Principal{ID: "op", System: true, Subuser: "s"}},
		"a mask":           {Principal: auth.Principal{ID: "op", System: true, Withheld: auth.OpRead}},
		"nobody":           {Principal: auth.Principal{System: true}},
		"an unknown state": {},
	} {
		l.h = ostorhttp.New(l.admin, &ostorhttp.Options{Verifier: fixed(id)})
		refused(t, l.do("GET /?ostor-users"), 403, "AccessDenied", why)
	}
	for request, op := range map[string]auth.Ops{
		"PUT /?ostor-users": auth.OpWrite, "POST /?ostor-users": auth.OpWrite, "DELETE /?ostor-users": auth.OpDelete, "GET /?ostor-usage&obj=x": auth.OpRead,
	} {
		for withheld, denied := range map[auth.Ops]bool{op: true, (auth.OpRead | auth.OpWrite | auth.OpDelete) &^ op: false} {
			l.h = ostorhttp.New(l.admin, &ostorhttp.Options{Verifier: fixed{Principal: auth.Principal{ID: "op", System: true, Withheld: withheld}}})
			assert.Equal(t, denied, l.do(request).Header().Get("X-Amz-Err-Code") == "AccessDenied", "%s: the mask holds for what it names", request)
		}
	}
}

// broken is a Verifier that fails.
type broken struct{ err error }

func (b broken) Verify(*http.Request) (*auth.Identity, error) { return nil, b.err }

// Failures of the server are for its log: the client is told a request id to ask
// about, and nothing of what went wrong.
func TestFailuresAreLogged(t *testing.T) {
	for _, c := range []struct {
		explanation string
		err         error
		status      int
		code        string
		logged      bool
	}{
		{"something unheard of", errors.New("disk on fire"), 500, "InternalError", true},
		{"a store that is being closed", driver.ErrClosed, 503, "ServiceUnavailable", false},
		{"a refusal", &auth.Error{Reason: auth.ErrAccessDenied}, 403, "AccessDenied", false},
		{"a reason that this API has no code for", &auth.Error{Reason: auth.ErrAuthHeaderMalformed}, 403, "AccessDenied", false},
	} {
		l := newLab(t)
		var log bytes.Buffer
		l.h = ostorhttp.New(l.admin, &ostorhttp.Options{Verifier: broken{c.err}, Logger: slog.New(slog.NewTextHandler(&log, nil))})
		w := l.do("GET /?ostor-users")
		refused(t, w, c.status, c.code, c.explanation)
		assert.NotContains(t, w.Body.String(), "fire", c.explanation)
		assert.Equal(t, c.logged, strings.Contains(log.String(), "request_id="+w.Header().Get("X-Amz-Request-Id")+` error="disk on fire"`), "%s: %s", c.explanation, &log)
		assert.Equal(t, c.logged, log.Len() > 0, c.explanation)
	}
}

func TestUsageEntry(t *testing.T) {
	l := newLab(t)
	r := httptest.NewRequest("GET", "http://s3.example.com/?ostor-users&id=none", nil)
	awssig.SignV2(r, key, l.clock.Now(), nil)
	var e usage.Entry
	l.h = l.api // without the middleware, which has entries of its own
	w := l.send(r.WithContext(usage.WithEntry(t.Context(), &e)))
	assert.Equal(t, "ostor", e.Protocol, "so that statistics leave it out")
	assert.Equal(t, w.Header().Get("X-Amz-Request-Id"), e.RequestID)
	assert.Equal(t, "GetUsers", e.Operation)
	assert.Equal(t, "a14040e0b2ef8b28", e.User)
	assert.Equal(t, "NoSuchUser", e.ErrorCode)
}
