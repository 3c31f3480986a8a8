package ostorhttp_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/auth/iam"
)

// keyOf finds the only key in an answer.
func keyOf(t testing.TB, body string) awssig.Credentials {
	t.Helper()
	found := regexp.MustCompile(`"AWSAccessKeyId":"(\w+)","AWSSecretAccessKey":"(\w+)"`).FindAllStringSubmatch(body, -1)
	require.Len(t, found, 1, body)
	return awssig.Credentials{AccessKey: found[0][1], Secret: found[0][2]}
}

func keyJSON(c awssig.Credentials) string {
	return `{"AWSAccessKeyId":"` + c.AccessKey + `","AWSSecretAccessKey":"` + c.Secret + `"}`
}

func TestUsers(t *testing.T) {
	l := newLab(t)
	const me = "/?ostor-users&emailAddress=user@example.com"
	body := l.ok("PUT " + me)
	first := keyOf(t, body)
	uid := first.AccessKey[:16]
	assert.Regexp(t, `^[0-9a-f]{16}[A-Z0-9]{4}$`, first.AccessKey)
	assert.Regexp(t, `^[A-Za-z0-9]{40}$`, first.Secret)
	assert.Equal(t, `{"UserEmail":"user@example.com","UserId":"`+uid+`","AWSAccessKeys":[`+keyJSON(first)+`]}`, body)

	operator := `{"UserEmail":"op@example.com","UserId":"a14040e0b2ef8b28","State":"enabled","OwnerId":"0000000000000000"}`
	user := `{"UserEmail":"user@example.com","UserId":"` + uid + `","State":"enabled","OwnerId":"0000000000000000"}`
	both := []string{operator, user}
	if uid < "a14040e0b2ef8b28" {
		both = []string{user, operator}
	}
	assert.Equal(t, "["+strings.Join(both, ",")+"]", l.ok("GET /?ostor-users"), "a bare array, by id")

	whole := func(state string, keys ...string) string {
		return `{"UserEmail":"user@example.com","UserId":"` + uid + `","State":"` + state + `","OwnerId":"0000000000000000","Flags":[],"AWSAccessKeys":[` +
			strings.Join(keys, ",") + `],"AccountCount":"0","Accounts":[]}`
	}
	assert.Equal(t, whole("enabled", keyJSON(first)), l.ok("GET "+me))
	assert.Equal(t, whole("enabled", keyJSON(first)), l.ok("GET /?ostor-users=&id="+uid), "by id")
	assert.Equal(t, whole("enabled", keyJSON(first)), l.ok("GET /?emailAddress=USER%40example.com&ostor-users"), "escaped, in capitals, in another order")
	assert.Contains(t, l.ok("GET /?ostor-users&emailAddress=op@example.com"), `"Flags":["system"]`)

	body = l.ok("POST " + me + "&genKey")
	second := keyOf(t, body)
	assert.Equal(t, `{"UserEmail":"user@example.com","UserId":"`+uid+`","AWSAccessKeys":[`+keyJSON(second)+`]}`, body, "the new key alone")
	assert.Equal(t, whole("enabled", keyJSON(first), keyJSON(second)), l.ok("GET "+me), "the oldest key first")
	refused(t, l.do("POST "+me+"&genKey"), 409, "LimitExceeded", "a third key")

	for _, cred := range []awssig.Credentials{first, second} {
		assert.Equal(t, 200, l.as(cred, "GET /", "").Code)
	}
	assert.Empty(t, l.ok("POST "+me+"&revokeKey="+first.AccessKey))
	assert.Equal(t, 403, l.as(first, "GET /", "").Code, "revoked at once")
	assert.Empty(t, l.ok("PUT "+me+"&revokeKey="+second.AccessKey), "the older form")
	assert.Equal(t, whole("enabled"), l.ok("GET "+me), "a user may be without keys")
	third := keyOf(t, l.ok("PUT "+me+"&genKey="))

	presigned := l.presign(third, "GET", "/")
	for range 2 {
		assert.Empty(t, l.ok("POST "+me+"&disable"))
		assert.Equal(t, whole("disabled", keyJSON(third)), l.ok("GET "+me))
		for _, w := range []string{l.as(third, "GET /", "").Body.String(), l.send(presigned()).Body.String()} {
			assert.Contains(t, w, "<Code>AccessDenied</Code><Message>User is disabled</Message>")
		}
	}
	l.ok("POST " + me + "&genKey")
	for range 2 {
		assert.Empty(t, l.ok("POST "+me+"&enable"))
		assert.Equal(t, 200, l.as(third, "GET /", "").Code)
		assert.Equal(t, 200, l.send(presigned()).Code)
	}

	assert.Equal(t, 200, l.as(third, "PUT /bkt", "").Code)
	assert.Contains(t, l.as(third, "GET /", "").Body.String(), "<ID>"+uid+"</ID><DisplayName>user@example.com</DisplayName>")
	before := l.ok("GET " + me)
	refused(t, l.do("DELETE "+me), 409, "DeleteConflict", "a user who owns a bucket")
	assert.Equal(t, before, l.ok("GET "+me), "nothing changed")
	assert.Equal(t, 204, l.do("DELETE /bkt").Code, "the operator removes an empty bucket")
	w := l.do("DELETE " + me)
	assert.Equal(t, 204, w.Code)
	assert.Empty(t, w.Body.String())
	assert.Equal(t, 403, l.as(third, "GET /", "").Code)
	refused(t, l.do("GET "+me), 404, "NoSuchUser", "gone")
	assert.NotContains(t, l.ok("PUT "+me), uid, "a new user has a new name")
}

func TestAccounts(t *testing.T) {
	l := newLab(t)
	a, cred := l.user("user@example.com")
	const me = "&emailAddress=user@example.com"
	body := l.ok("POST /?ostor-accounts" + me + "&accountName=one")
	one := keyOf(t, body)
	assert.Equal(t, `{"Name":"one","AWSAccessKeys":[`+keyJSON(one)+`]}`, body)
	assert.True(t, strings.HasPrefix(one.AccessKey, a.UID))
	l.ok("PUT /?ostor-accounts" + me + "&accountName=a+b@c=d")
	body = l.ok("POST /?ostor-users" + me + "&accountName=one&genKey")
	two := keyOf(t, body)
	assert.Equal(t, `{"UserEmail":"user@example.com","UserId":"`+a.UID+`","AWSAccessKeys":[`+keyJSON(two)+`]}`, body)
	refused(t, l.do("POST /?ostor-users"+me+"&accountName=one&genKey"), 409, "LimitExceeded", "a third")
	assert.Contains(t, l.ok("GET /?ostor-users"+me), `"AccountCount":"2","Accounts":[{"Name":"a+b@c=d","AWSAccessKeys":[{`)
	assert.Contains(t, l.ok("GET /?ostor-users"+me), `{"Name":"one","AWSAccessKeys":[`+keyJSON(one)+`,`+keyJSON(two)+`]}]}`)

	assert.Equal(t, 200, l.as(one, "PUT /bkt", "").Code)
	assert.Contains(t, l.as(cred, "GET /", "").Body.String(), "<Name>bkt</Name>", "buckets are the user's, whichever key made them")
	l.ok("POST /?ostor-users" + me + "&disable")
	assert.Contains(t, l.as(two, "GET /", "").Body.String(), "User is disabled", "keys of accounts too")
	l.ok("POST /?ostor-users" + me + "&enable")

	refused(t, l.do("POST /?ostor-users"+me+"&revokeKey="+two.AccessKey), 404, "NoSuchAccessKey", "not without the account")
	refused(t, l.do("POST /?ostor-users"+me+"&accountName=none&revokeKey="+two.AccessKey), 404, "NoSuchAccount", "another account")
	assert.Empty(t, l.ok("POST /?ostor-users"+me+"&accountName=one&revokeKey="+two.AccessKey))
	assert.Equal(t, 403, l.as(two, "GET /", "").Code)
	assert.Equal(t, 204, l.do("DELETE /?ostor-accounts"+me+"&accountName=one").Code)
	assert.Equal(t, 403, l.as(one, "GET /", "").Code)
	assert.Contains(t, l.as(cred, "GET /", "").Body.String(), "<Name>bkt</Name>", "buckets stay")
	refused(t, l.do("DELETE /?ostor-accounts"+me+"&accountName=one"), 404, "NoSuchAccount", "gone")
}

func TestBuckets(t *testing.T) {
	l := newLab(t)
	assert.Equal(t, `{"Buckets":[]}`, l.ok("GET /?ostor-buckets"))
	a, cred := l.user("user@example.com")
	b, other := l.user("other@example.com")
	require.Equal(t, 200, l.as(cred, "PUT /bkt2", "").Code)
	require.Equal(t, 204, l.as(cred, "DELETE /bkt2", "").Code)
	l.clock.now = l.clock.now.Add(time.Second + 5*time.Millisecond)
	require.Equal(t, 200, l.as(cred, "PUT /bkt2", "").Code)
	require.Equal(t, 200, l.as(cred, "PUT /bkt2/k", "12345").Code)
	require.Equal(t, 200, l.as(other, "PUT /bkt1", "").Code)
	require.Equal(t, 200, l.as(cred, "PUT /bkt2/k", "123").Code)
	l.clock.now = l.clock.now.Add(3 * time.Hour)
	bucket := func(name, owner, epoch, size string) string {
		return `{"size":` + size + `,"epoch":` + epoch + `,"owner_id":"` + owner + `","name":"` + name + `","creation_date":"2026-11-22T09:31:48.005Z"}`
	}
	one := bucket("bkt1", b.UID, "0", `{"current":0,"h_integral":0,"hmax":0,"last_ts":498705}`)
	two := bucket("bkt2", a.UID, "1", `{"current":3,"h_integral":11,"hmax":5,"last_ts":498705}`) // 5 + 3 + 3
	assert.Equal(t, `{"Buckets":[`+one+`,`+two+`]}`, l.ok("GET /?ostor-buckets"))
	assert.Equal(t, `{"Buckets":[`+two+`]}`, l.ok("GET /?ostor-buckets&emailAddress=user@example.com"))
	assert.Equal(t, `{"Buckets":[`+one+`]}`, l.ok("GET /?ostor-buckets&id="+b.UID))
	assert.Equal(t, `{"Buckets":[`+two+`]}`, l.ok("GET /?ostor-buckets&bucket=bkt2&storage_class=1"), "what is not known is passed over")
	multi := func(body string) (int, string) {
		w := l.as(key, "GET /?ostor-buckets&multi", body)
		return w.Code, strings.TrimSpace(w.Body.String())
	}
	status, body := multi(`["bkt2", "none", "bkt1", "bkt2", "", "a/b"]`)
	assert.Equal(t, 200, status)
	assert.Equal(t, `{"Buckets":[`+one+`,`+two+`]}`, body)
	_, body = multi(`[]`)
	assert.Equal(t, `{"Buckets":[]}`, body)
	for _, bad := range []string{"", "null", `"bkt1"`, `{"a":1}`, `[1]`, `[null]`, `["a"] x`, `["a"`, `["` + strings.Repeat("x", 2<<20) + `"]`, `["bkt1"]` + strings.Repeat(" ", 2<<20)} {
		refused(t, l.as(key, "GET /?ostor-buckets&multi=", bad), 400, "InvalidRequest", fmt.Sprintf("%.20s", bad))
	}
	for _, s := range []string{`"UserEmail":"user@example.com","UserId":"` + a.UID + `","State":"enabled","OwnerId":"0000000000000000","Flags":[],"SpaceStat":{"LastTs":498705,"SizeCurr":3,"SizeHMax":5,"SizeHInt":11}}`,
		`"Flags":["system"],"SpaceStat":{"LastTs":0,"SizeCurr":0,"SizeHMax":0,"SizeHInt":0}}`} {
		assert.Contains(t, l.ok("GET /?ostor-users&space"), s)
	}
	assert.True(t, strings.HasPrefix(l.ok("GET /?ostor-users&space"), `{"Users":[{`))
}

// The operator removes empty buckets of others, and that is all.
func TestOperatorAndData(t *testing.T) {
	l := newLab(t)
	_, cred := l.user("user@example.com")
	require.Equal(t, 200, l.as(cred, "PUT /bkt", "").Code)
	require.Equal(t, 200, l.as(cred, "PUT /bkt/k", "data").Code)
	for _, request := range []string{"GET /bkt", "HEAD /bkt", "GET /bkt/k", "HEAD /bkt/k", "PUT /bkt/new", "DELETE /bkt/k", "GET /bkt?acl", "PUT /bkt?policy", "GET /bkt?ostor-users"} {
		w := l.do(request)
		assert.Contains(t, []int{403, 501}, w.Code, request)
	}
	w := l.do("DELETE /bkt")
	assert.Equal(t, 409, w.Code)
	assert.Contains(t, w.Body.String(), "BucketNotEmpty")
	require.Equal(t, 204, l.as(cred, "DELETE /bkt/k", "").Code)
	_, stranger := l.user("stranger@example.com")
	assert.Equal(t, 403, l.as(stranger, "DELETE /bkt", "").Code)
	assert.Equal(t, 204, l.do("DELETE /bkt").Code)
}

func TestLimitsAndQuotasRoundTrip(t *testing.T) {
	l := newLab(t)
	a, cred := l.user("user@example.com")
	require.Equal(t, 200, l.as(cred, "PUT /bkt", "").Code)
	none := `{"ops:default":"0.00","ops:get":"0.00","ops:put":"0.00","ops:list":"0.00","ops:delete":"0.00","bandwidth:out":"0"}`
	for _, of := range []string{"&emailAddress=user@example.com", "&id=" + a.UID, "&bucket=bkt"} {
		const limits = "/?ostor-limits"
		set := func(query, want string) {
			t.Helper()
			assert.Empty(t, l.ok("PUT "+limits+of+query))
			assert.Equal(t, want, l.ok("GET "+limits+of))
		}
		assert.Equal(t, none, l.ok("GET "+limits+of), "none was ever set")
		set("&limit-type=ops&limit-resource=get&limit-value=3600", `{"ops:default":"0.00","ops:get":"3600.00","ops:put":"0.00","ops:list":"0.00","ops:delete":"0.00","bandwidth:out":"0"}`)
		set("&limit-type=bandwidth&limit-resource=out&limit-value=100", `{"ops:default":"0.00","ops:get":"3600.00","ops:put":"0.00","ops:list":"0.00","ops:delete":"0.00","bandwidth:out":"100"}`)
		assert.Equal(t, 204, l.do("DELETE "+limits+of+"&bandwidth").Code)
		set("&ops&default=60&put=3600&list=30", `{"ops:default":"1.00","ops:get":"1.00","ops:put":"60.00","ops:list":"0.50","ops:delete":"1.00","bandwidth:out":"0"}`)
		set("&bandwidth&out=50", `{"ops:default":"1.00","ops:get":"1.00","ops:put":"60.00","ops:list":"0.50","ops:delete":"1.00","bandwidth:out":"50"}`)
		set("&ops&put=60", `{"ops:default":"0.00","ops:get":"0.00","ops:put":"1.00","ops:list":"0.00","ops:delete":"0.00","bandwidth:out":"50"}`)
		assert.Equal(t, 204, l.do("DELETE "+limits+of+"&ops=").Code)
		assert.Equal(t, strings.Replace(none, `"bandwidth:out":"0"`, `"bandwidth:out":"50"`, 1), l.ok("GET "+limits+of))
		for range 2 {
			assert.Equal(t, 204, l.do("DELETE "+limits+of).Code)
			assert.Equal(t, none, l.ok("GET "+limits+of))
		}
	}
	for of, kind := range map[string]string{"&emailAddress=user@example.com": "user", "&bucket=bkt": "bucket", "&default=user": "user", "&default=bucket": "bucket"} {
		show := func(size string) {
			t.Helper()
			assert.Equal(t, `{"version":"1","type":"`+kind+`","size":"`+size+`"}`, l.ok("GET /?ostor-quotas"+of), of)
		}
		show("0")
		assert.Empty(t, l.ok("PUT /?ostor-quotas"+of+"&quota-size=1024"))
		show("1024")
		assert.Empty(t, l.ok("PUT /?ostor-quotas"+of+"&quota-size=0"))
		show("0")
		for range 2 {
			assert.Equal(t, 204, l.do("DELETE /?ostor-quotas"+of).Code)
		}
		show("0")
	}
}

func TestStatistics(t *testing.T) {
	l := newLab(t)
	assert.Equal(t, `{"nr_items":0,"truncated":false,"items":[]}`, l.ok("GET /?ostor-usage"), "what operators do is not counted")
	a, cred := l.user("user@example.com")
	work := func() {
		t.Helper()
		l.as(cred, "PUT /bkt", "")
		require.Equal(t, 200, l.as(cred, "PUT /bkt/k", "12345").Code)
		require.Equal(t, 200, l.as(cred, "GET /bkt/k", "").Code)
		require.Equal(t, 200, l.as(cred, "GET /bkt", "").Code)
		require.Equal(t, 204, l.as(cred, "DELETE /bkt/k", "").Code)
		l.ok("PUT /?ostor-limits&bucket=bkt&limit-type=ops&limit-resource=get&limit-value=1")
		l.as(cred, "HEAD /bkt/k", "")
		require.Equal(t, 503, l.as(cred, "HEAD /bkt/k", "").Code, "what is refused is not counted")
		l.ok("DELETE /?ostor-limits&bucket=bkt")
	}
	work()
	l.clock.now = l.clock.now.Add(31 * time.Minute)
	work()
	const one, two = "s3-usage-8000000000000001-2026-11-22T09:31:47.000Z-1800", "s3-usage-8000000000000001-2026-11-22T10:02:47.000Z-1800"
	assert.Equal(t, `{"nr_items":2,"truncated":false,"items":["`+one+`","`+two+`"]}`, l.ok("GET /?ostor-usage"))
	assert.Equal(t, `{"nr_items":1,"truncated":true,"items":["`+one+`"]}`, l.ok("GET /?ostor-usage&limit=1"))
	assert.Equal(t, `{"nr_items":1,"truncated":false,"items":["`+two+`"]}`, l.ok("GET /?ostor-usage&after="+one+"&limit=5000"))
	w := l.do("GET /?ostor-usage&obj=" + one)
	assert.Equal(t, `{"fmt_version":1,"service_id":8000000000000001,"start_ts":1795339907,"period":1800,"nr_items":1,"items":[{"key":{"bucket":"bkt","epoch":0,"user_id":"`+a.UID+
		`","tag":""},"counters":{"ops":{"put":2,"get":1,"list":1,"other":1},"net_io":{"uploaded":5,"downloaded":5}}}]}`, strings.TrimSpace(w.Body.String()))
	assert.Equal(t, "application/json", w.Header().Get("Content-Type"))
	assert.Equal(t, 204, l.do("DELETE /?ostor-usage&obj="+one).Code)
	refused(t, l.do("DELETE /?ostor-usage&obj="+one), 404, "NoSuchKey", "gone")
	refused(t, l.do("GET /?ostor-usage&obj="+one), 404, "NoSuchKey", "gone")
}

// presign returns how to make requests with one presigned URL.
func (l *lab) presign(cred awssig.Credentials, method, path string) func() *http.Request {
	l.t.Helper()
	r := httptest.NewRequest(method, "http://s3.example.com"+path, nil)
	u := awssig.PresignV4(r, cred, awssig.Scope{Time: l.clock.Now(), Region: "us-east-1", Service: "s3"}, time.Hour, awssig.UnsignedPayload)
	return func() *http.Request { return httptest.NewRequest(method, u.String(), nil) }
}

func TestAdministratorsAreSpared(t *testing.T) {
	l := newLab(t)
	_, err := l.Users.EnsureRoot(t.Context(), "ROOT", "root-secret")
	require.NoError(t, err)
	for _, request := range []string{
		"GET /?ostor-users&id=root", "POST /?ostor-users&id=root&genKey", "POST /?ostor-users&id=root&disable",
		"POST /?ostor-users&id=root&revokeKey=ROOT", "DELETE /?ostor-users&id=root", "POST /?ostor-accounts&id=root&accountName=mine",
	} {
		w := l.do(request)
		refused(t, w, 403, "AccessDenied", request)
		assert.NotContains(t, w.Body.String(), "root-secret")
	}
	root := awssig.Credentials{AccessKey: "ROOT", Secret: "root-secret"}
	assert.Equal(t, 200, l.as(root, "GET /?ostor-users&id=root", "").Code, "the root user is an operator too")
	refused(t, l.as(root, "DELETE /?ostor-users&id=root", ""), 403, "AccessDenied", "oneself")
	assert.Contains(t, l.ok("GET /?ostor-users"), `"UserId":"root","State":"enabled"`)
}

// What another API has made is seen, and what is made here is theirs too.
func TestUsersOfTheOtherAPI(t *testing.T) {
	l := newLab(t)
	a := iam.Account{User: iam.User{UserID: iam.UserID{Tenant: "acme", UID: "bob"}, DisplayName: "Bob"}}
	_, err := a.SetKey(iam.AccountKey{AccessKey: "BOB", Secret: "bob-secret"})
	require.NoError(t, err)
	_, err = l.Users.CreateAccount(t.Context(), a)
	require.NoError(t, err)
	bob := awssig.Credentials{AccessKey: "BOB", Secret: "bob-secret"}
	require.Equal(t, 200, l.as(bob, "PUT /bkt", "").Code)
	assert.Contains(t, l.ok("GET /?ostor-users"), `{"UserEmail":"","UserId":"acme$bob","State":"enabled"`)
	assert.Contains(t, l.ok("GET /?ostor-users&id=acme$bob"), keyJSON(bob))
	assert.Contains(t, l.ok("GET /?ostor-buckets&id=acme$bob"), `"owner_id":"acme$bob","name":"acme:bkt"`)
	assert.Contains(t, l.ok("GET /?ostor-buckets&bucket=acme:bkt"), `"name":"acme:bkt"`)
	l.ok("POST /?ostor-users&id=acme$bob&disable")
	assert.Contains(t, l.as(bob, "GET /", "").Body.String(), "<Code>UserSuspended</Code>", "users of the other API are refused in its words")
	assert.Equal(t, 204, l.do("DELETE /acme:bkt").Code)

	made, _ := l.user("user@example.com")
	_, err = l.Users.UpdateUser(t.Context(), made.UserID, func(u *iam.User) error { u.Suspended = true; return nil })
	require.NoError(t, err)
	assert.Contains(t, l.ok("GET /?ostor-users&id="+made.UID), `"State":"disabled"`)
}

// Addresses are as they were given, but are the same in capitals.
func TestEmails(t *testing.T) {
	l := newLab(t)
	for _, c := range []struct{ explanation, email, again string }{
		{"the spelling is kept", "MiXed@Example.com", "mixed@eXample.com"},
		{"the shortest", "a@b", "A@B"},
		{"the longest", "c@" + strings.Repeat("d", 253), "C@" + strings.Repeat("D", 253)},
		{"a plus sign, as it is", "user+tag@example.com", "user%2Btag@example.com"},
		{"other scripts", "jos%C3%A9@example.com", "JOS%C3%89@example.com"},
		{"two signs", "a@b@c", "A@b@c"},
		{"what JSON in HTML would escape", "%3Ca%26b%3E@c", "%3CA%26B%3E@c"},
	} {
		want, err := url.PathUnescape(c.email)
		require.NoError(t, err)
		assert.Contains(t, l.ok("PUT /?ostor-users&emailAddress="+c.email), `"UserEmail":"`+want+`"`, c.explanation)
		refused(t, l.do("PUT /?ostor-users&emailAddress="+c.again), 409, "EmailExists", c.explanation)
		assert.Contains(t, l.ok("GET /?ostor-users&emailAddress="+c.again), `"UserEmail":"`+want+`"`, c.explanation)
	}
}
