package awssig_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/awssig"
)

// chainAt verifies both versions at a moment after the example's.
func chainAt(after time.Duration) auth.Verifier {
	o := &awssig.Options{Now: clock(exampleTime().Add(after))}
	src := exampleKeys()
	return auth.Chain(awssig.V4(src, o), awssig.V2(src, o), awssig.Anonymous())
}

// edit changes one thing about a signed request.
type edit struct {
	why  string
	edit func(r *http.Request)
	want auth.Reason
}

func setHeader(name, value string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set(name, value) }
}

func replaceHeader(name, old, by string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set(name, strings.Replace(r.Header.Get(name), old, by, 1))
	}
}

func replaceQuery(old, by string) func(*http.Request) {
	return func(r *http.Request) { r.URL.RawQuery = strings.Replace(r.URL.RawQuery, old, by, 1) }
}

func signedRequest(t *testing.T, sign func(*http.Request)) *http.Request {
	r := newRequest(t, "PUT", "http://h/b/k?versionId=1&x=y", nil)
	r.Header.Set("Content-Type", "text/plain")
	r.Header.Set("X-Amz-Acl", "private")
	sign(r)
	return r
}

func testEdits(t *testing.T, sign func(*http.Request), edits []edit) {
	for _, tt := range edits {
		t.Run(tt.why, func(t *testing.T) {
			r := signedRequest(t, sign)
			_, err := chainAt(0).Verify(signedRequest(t, sign))
			require.NoError(t, err, "untouched it is good")
			tt.edit(r)
			_, err = chainAt(0).Verify(r)
			assert.ErrorIs(t, err, tt.want)
		})
	}
}

func TestTamperedV4Header(t *testing.T) {
	sign := func(r *http.Request) {
		awssig.SignV4(r, exampleCredentials(), exampleScope(), awssig.UnsignedPayload)
	}
	const authz = "Authorization"
	testEdits(t, sign, []edit{
		{"method", func(r *http.Request) { r.Method = "DELETE" }, auth.ErrSignatureDoesNotMatch},
		{"path", func(r *http.Request) { r.URL.Path = "/b/other" }, auth.ErrSignatureDoesNotMatch},
		{"an escaped slash is no slash", func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/b/k", "/b%2Fk" }, auth.ErrSignatureDoesNotMatch},
		{"nor are two slashes one", func(r *http.Request) { r.URL.Path, r.URL.RawPath = "/b//k", "/b/%2Fk" }, auth.ErrSignatureDoesNotMatch},
		{"query value", replaceQuery("versionId=1", "versionId=2"), auth.ErrSignatureDoesNotMatch},
		{"query parameter added", func(r *http.Request) { r.URL.RawQuery += "&acl" }, auth.ErrSignatureDoesNotMatch},
		{"query parameter removed", replaceQuery("&x=y", ""), auth.ErrSignatureDoesNotMatch},
		{"host", func(r *http.Request) { r.Host = "g" }, auth.ErrSignatureDoesNotMatch},
		{"signed header", setHeader("Content-Type", "text/html"), auth.ErrSignatureDoesNotMatch},
		{"signed header removed", func(r *http.Request) { r.Header.Del("X-Amz-Acl") }, auth.ErrSignatureDoesNotMatch},
		{"signed header repeated", func(r *http.Request) { r.Header.Add("X-Amz-Acl", "public-read") }, auth.ErrSignatureDoesNotMatch},
		{"x-amz-* header added", setHeader("X-Amz-Grant-Read", "all"), auth.ErrAccessDenied},
		{"payload hash", setHeader("X-Amz-Content-Sha256", awssig.EmptyPayload), auth.ErrSignatureDoesNotMatch},
		{"payload hash removed", func(r *http.Request) { r.Header.Del("X-Amz-Content-Sha256") }, auth.ErrInvalidRequest},
		{"payload hash that is none", setHeader("X-Amz-Content-Sha256", "abc"), auth.ErrInvalidArgument},
		{"payload signed with a public key", setHeader("X-Amz-Content-Sha256", "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD"), auth.ErrNotImplemented},
		{"time", setHeader("X-Amz-Date", "20130524T000001Z"), auth.ErrSignatureDoesNotMatch},
		{"day of another time", setHeader("X-Amz-Date", "20130523T235959Z"), auth.ErrAuthHeaderMalformed},
		{"time that is none", setHeader("X-Amz-Date", "yesterday"), auth.ErrMissingDate},
		{"month 13", setHeader("X-Amz-Date", "20131324T000000Z"), auth.ErrMissingDate},
		{"no time", func(r *http.Request) { r.Header.Del("X-Amz-Date") }, auth.ErrMissingDate},
		{"signature", replaceHeader(authz, "Signature=", "Signature=0"), auth.ErrSignatureDoesNotMatch},
		{"access key", replaceHeader(authz, "AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLF"), auth.ErrInvalidAccessKeyID},
		{"no access key", replaceHeader(authz, "AKIAIOSFODNN7EXAMPLE", ""), auth.ErrAuthHeaderMalformed},
		{"region", replaceHeader(authz, "us-east-1", "us-west-1"), auth.ErrSignatureDoesNotMatch},
		{"service", replaceHeader(authz, "/s3/", "/sts/"), auth.ErrSignatureDoesNotMatch},
		{"service of others", replaceHeader(authz, "/s3/", "/ec2/"), auth.ErrAuthHeaderMalformed},
		{"terminator", replaceHeader(authz, "aws4_request", "aws5_request"), auth.ErrAuthHeaderMalformed},
		{"day in the scope", replaceHeader(authz, "20130524", "2013052"), auth.ErrAuthHeaderMalformed},
		{"scope too short", replaceHeader(authz, "AKIAIOSFODNN7EXAMPLE/20130524/", ""), auth.ErrAuthHeaderMalformed},
		{"a member twice", replaceHeader(authz, "SignedHeaders=", "Signature=0, SignedHeaders="), auth.ErrAuthHeaderMalformed},
		{"a member unknown", replaceHeader(authz, "SignedHeaders=", "Extra=0, SignedHeaders="), auth.ErrAuthHeaderMalformed},
		{"a member missing", replaceHeader(authz, "SignedHeaders=", "Extra="), auth.ErrAuthHeaderMalformed},
		{"host not signed", replaceHeader(authz, "host;", ""), auth.ErrAccessDenied},
		{"header signed no more", replaceHeader(authz, "content-type;", ""), auth.ErrSignatureDoesNotMatch},
		{"header signed twice", replaceHeader(authz, "host;", "host;host;"), auth.ErrAuthHeaderMalformed},
		{"empty name among the signed", replaceHeader(authz, "host;", "host;;"), auth.ErrAuthHeaderMalformed},
		{"signed headers without end", replaceHeader(authz, "host;", "host;"+strings.Repeat("i", 9000)+";"), auth.ErrAuthHeaderMalformed},
		{"nothing behind the algorithm", setHeader(authz, "AWS4-HMAC-SHA256 nonsense"), auth.ErrAuthHeaderMalformed},
		{"the algorithm alone", setHeader(authz, "AWS4-HMAC-SHA256"), auth.ErrAuthHeaderMalformed},
		{"unknown hash", replaceHeader(authz, "SHA256", "SHA512"), auth.ErrInvalidArgument},
		{"public key", replaceHeader(authz, "HMAC-SHA256", "ECDSA-P256-SHA256"), auth.ErrNotImplemented},
		{"version 2 as well", func(r *http.Request) { r.URL.RawQuery += "&Signature=x" }, auth.ErrInvalidArgument},
		{"presigned as well", func(r *http.Request) { r.URL.RawQuery += "&X-Amz-Algorithm=AWS4-HMAC-SHA256" }, auth.ErrInvalidArgument},
		{"presigned as well, in disguise", func(r *http.Request) { r.URL.RawQuery += "&X%2DAmz-Algorithm=AWS4-HMAC-SHA256" }, auth.ErrInvalidArgument},
		{"two headers", func(r *http.Request) { r.Header.Add(authz, "AWS a:b") }, auth.ErrInvalidArgument},
		{"token that the key does not have", setHeader("X-Amz-Security-Token", "t"), auth.ErrAccessDenied},
	})
}

func TestTamperedV4Query(t *testing.T) {
	sign := func(r *http.Request) {
		r.URL = awssig.PresignV4(r, exampleCredentials(), exampleScope(), time.Hour, awssig.UnsignedPayload)
	}
	testEdits(t, sign, []edit{
		{"method", func(r *http.Request) { r.Method = "GET" }, auth.ErrSignatureDoesNotMatch},
		{"path", func(r *http.Request) { r.URL.Path += "x" }, auth.ErrSignatureDoesNotMatch},
		{"parameter", replaceQuery("versionId=1", "versionId=2"), auth.ErrSignatureDoesNotMatch},
		{"parameter added", func(r *http.Request) { r.URL.RawQuery += "&x-amz-acl=public-read" }, auth.ErrSignatureDoesNotMatch},
		{"signed header", setHeader("Content-Type", "text/html"), auth.ErrSignatureDoesNotMatch},
		{"x-amz-* header added", setHeader("X-Amz-Tagging", "a=b"), auth.ErrAccessDenied},
		{"longer life", replaceQuery("Expires=3600", "Expires=7200"), auth.ErrSignatureDoesNotMatch},
		{"no life at all", replaceQuery("Expires=3600", "Expires=0"), auth.ErrExpiredRequest},
		{"negative life", replaceQuery("Expires=3600", "Expires=-1"), auth.ErrAuthQueryParameters},
		{"more than a week", replaceQuery("Expires=3600", "Expires=604801"), auth.ErrAuthQueryParameters},
		{"life that is no number", replaceQuery("Expires=3600", "Expires=1h"), auth.ErrAuthQueryParameters},
		{"life beyond all numbers", replaceQuery("Expires=3600", "Expires=99999999999999999999"), auth.ErrAuthQueryParameters},
		{"life missing", replaceQuery("X-Amz-Expires=3600&", ""), auth.ErrAuthQueryParameters},
		{"life twice", func(r *http.Request) { r.URL.RawQuery += "&X-Amz-Expires=604800" }, auth.ErrAuthQueryParameters},
		{"life twice, once empty", replaceQuery("X-Amz-Expires", "X-Amz-Expires=&X-Amz-Expires"), auth.ErrAuthQueryParameters},
		{"time", replaceQuery("20130524T000000Z", "20130524T000100Z"), auth.ErrSignatureDoesNotMatch},
		{"time that is none", replaceQuery("20130524T000000Z", "now"), auth.ErrAuthQueryParameters},
		{"time of another day", replaceQuery("20130524T000000Z", "20130523T000000Z"), auth.ErrAuthQueryParameters},
		{"time in the future", replaceQuery("20130524T000000Z", "20130524T001501Z"), auth.ErrAccessDenied},
		{"algorithm", replaceQuery("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"), auth.ErrAuthQueryParameters},
		{"public key", replaceQuery("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), auth.ErrNotImplemented},
		{"access key", replaceQuery("AKIA", "BKIA"), auth.ErrInvalidAccessKeyID},
		{"credential", replaceQuery("%2Fs3%2F", "%2F"), auth.ErrAuthQueryParameters},
		{"service", replaceQuery("%2Fs3%2F", "%2Fec2%2F"), auth.ErrAuthQueryParameters},
		{"signed headers", replaceQuery("content-type%3B", ""), auth.ErrSignatureDoesNotMatch},
		{"signature", replaceQuery("Signature=", "Signature=0"), auth.ErrSignatureDoesNotMatch},
		{"signature missing", replaceQuery("X-Amz-Signature", "X-Signature"), auth.ErrAuthQueryParameters},
		{"payload hash", setHeader("X-Amz-Content-Sha256", awssig.EmptyPayload), auth.ErrSignatureDoesNotMatch},
		{"header as well", setHeader("Authorization", "AWS a:b"), auth.ErrInvalidArgument},
		{"version 2 as well", func(r *http.Request) { r.URL.RawQuery += "&AWSAccessKeyId=x" }, auth.ErrInvalidArgument},
	})
}

func TestTamperedV2(t *testing.T) {
	header := func(r *http.Request) { awssig.SignV2(r, exampleCredentials(), exampleTime(), nil) }
	both := []edit{
		{"method", func(r *http.Request) { r.Method = "GET" }, auth.ErrSignatureDoesNotMatch},
		{"path", func(r *http.Request) { r.URL.Path += "x" }, auth.ErrSignatureDoesNotMatch},
		{"sub-resource", replaceQuery("versionId=1", "versionId=2"), auth.ErrSignatureDoesNotMatch},
		{"sub-resource added", func(r *http.Request) { r.URL.RawQuery += "&acl" }, auth.ErrSignatureDoesNotMatch},
		{"sub-resource removed", replaceQuery("versionId=1&", ""), auth.ErrSignatureDoesNotMatch},
		{"answer override added", func(r *http.Request) { r.URL.RawQuery += "&response-content-type=text/html" }, auth.ErrSignatureDoesNotMatch},
		{"content type", setHeader("Content-Type", "text/html"), auth.ErrSignatureDoesNotMatch},
		{"content MD5", setHeader("Content-MD5", "x"), auth.ErrSignatureDoesNotMatch},
		{"x-amz-* header", setHeader("X-Amz-Acl", "public-read"), auth.ErrSignatureDoesNotMatch},
		{"x-amz-* header added", setHeader("X-Amz-Tagging", "a=b"), auth.ErrSignatureDoesNotMatch},
	}
	testEdits(t, header, append(both, []edit{
		{"date", setHeader("Date", "Fri, 24 May 2013 00:00:01 GMT"), auth.ErrSignatureDoesNotMatch},
		{"date that is none", setHeader("Date", "x"), auth.ErrMissingDate},
		{"no date", func(r *http.Request) { r.Header.Del("Date") }, auth.ErrMissingDate},
		{"another date header", setHeader("X-Amz-Date", "Fri, 24 May 2013 00:00:00 GMT"), auth.ErrSignatureDoesNotMatch},
		{"old date", setHeader("Date", "Thu, 23 May 2013 00:00:00 GMT"), auth.ErrRequestTimeTooSkewed},
		{"access key", replaceHeader("Authorization", "AKIA", "BKIA"), auth.ErrInvalidAccessKeyID},
		{"signature", replaceHeader("Authorization", ":", ":x"), auth.ErrSignatureDoesNotMatch},
		{"no colon", setHeader("Authorization", "AWS nonsense"), auth.ErrInvalidArgument},
		{"no signature", setHeader("Authorization", "AWS nonsense:"), auth.ErrInvalidArgument},
		{"query as well", func(r *http.Request) { r.URL.RawQuery += "&Signature=x" }, auth.ErrInvalidArgument},
		{"presigned as well", func(r *http.Request) { r.URL.RawQuery += "&X-Amz-Signature=x" }, auth.ErrInvalidArgument},
	}...))
	query := func(r *http.Request) {
		r.URL = awssig.PresignV2(r, exampleCredentials(), exampleTime().Add(time.Hour), nil)
	}
	end := url.Values{"Expires": {"1369357200"}}.Encode()
	testEdits(t, query, append(both, []edit{
		{"longer life", replaceQuery(end, "Expires=1369357201"), auth.ErrSignatureDoesNotMatch},
		{"expired", replaceQuery(end, "Expires=1369353599"), auth.ErrExpiredRequest},
		{"life that is no number", replaceQuery(end, "Expires=tomorrow"), auth.ErrAccessDenied},
		{"life missing", replaceQuery("Expires=", "Expired="), auth.ErrAccessDenied},
		{"life twice", func(r *http.Request) { r.URL.RawQuery += "&Expires=9999999999" }, auth.ErrAccessDenied},
		{"signature", replaceQuery("Signature=", "Signature=x"), auth.ErrSignatureDoesNotMatch},
		{"access key", replaceQuery("AKIA", "BKIA"), auth.ErrInvalidAccessKeyID},
		{"x-amz-* parameter added", func(r *http.Request) { r.URL.RawQuery += "&x-amz-meta-a=b" }, auth.ErrSignatureDoesNotMatch},
	}...))
}

// TestVersion2LateSubResources: old clients do not sign what S3 got later, and
// nobody signs what belongs to other services.
func TestVersion2LateSubResources(t *testing.T) {
	tests := []struct {
		why, signed, sent string
		ok                bool
	}{
		{"the client knows the sub-resource", "versionId=1&retention", "versionId=1&retention", true},
		{"the client does not", "versionId=1", "retention&versionId=1", true},
		{"one that every client knows must be signed", "", "tagging", false},
		{"parameters of the administration API are never signed", "", "subuser&key&caps&quota&index&object=x", true},
		{"escapes in values are resolved", "versionId=a%2Bb", "versionId=a%2Bb", true},
		{"an empty value is none", "acl", "acl=", true},
	}
	for _, tt := range tests {
		r := newRequest(t, "GET", "http://h/b/k?"+tt.signed, nil)
		awssig.SignV2(r, exampleCredentials(), exampleTime(), nil)
		r.URL.RawQuery = tt.sent
		_, err := chainAt(0).Verify(r)
		assert.Equal(t, tt.ok, err == nil, "%s: %v", tt.why, err)
	}
}

// TestVersion2PresignedIsBound: who was given a URL can change what version 2 does
// not sign: the host, the end of the path, and most of the query.
func TestVersion2PresignedIsBound(t *testing.T) {
	o := &awssig.Options{Now: clock(exampleTime()), Domains: []string{"s3.example.com."}}
	v := awssig.V2(exampleKeys(), o)
	for _, tt := range []struct {
		why, method, signed, sent string
		ok                        bool
	}{
		{"as it was signed", "GET", "http://b.s3.example.com/k", "http://b.s3.example.com/k", true},
		{"in the path instead of the host, as it is the same bucket", "GET", "http://b.s3.example.com/k", "http://s3.example.com/b/k", true},
		{"another bucket", "GET", "http://s3.example.com/k", "http://b.s3.example.com/k", false},
		{"by the name of its host with a dot behind", "GET", "http://s3.example.com/k", "http://b.s3.example.com./k", false},
		{"and with a port", "PUT", "http://s3.example.com/k", "http://b.s3.example.com.:9000/k", false},
		{"a bucket without a slash, as old clients sign it", "GET", "http://s3.example.com/b/", "http://s3.example.com/b", true},
		{"a key without its slash is another key", "DELETE", "http://b.s3.example.com/k/", "http://b.s3.example.com/k", false},
		{"what was added to it", "PUT", "http://s3.example.com/b", "http://s3.example.com/b?encryption", false},
		{"what was signed", "PUT", "http://s3.example.com/b?encryption", "http://s3.example.com/b?encryption", true},
	} {
		r := newRequest(t, tt.method, tt.signed, nil)
		signed := awssig.PresignV2(r, exampleCredentials(), exampleTime().Add(time.Hour), o)
		r = newRequest(t, tt.method, tt.sent, nil)
		for name, values := range signed.Query() {
			if name == "Signature" || name == "Expires" || name == "AWSAccessKeyId" {
				r.URL.RawQuery += "&" + name + "=" + url.QueryEscape(values[0])
			}
		}
		_, err := v.Verify(r)
		assert.Equal(t, tt.ok, err == nil, "%s: %v", tt.why, err)
	}
}

func TestNoPresignedV2(t *testing.T) {
	o := &awssig.Options{Now: clock(exampleTime()), NoPresignedV2: true}
	v := awssig.V2(exampleKeys(), o)
	r := newRequest(t, "GET", "http://h/admin/user", nil)
	r.URL = awssig.PresignV2(r, exampleCredentials(), exampleTime().Add(time.Hour), nil)
	_, err := v.Verify(r)
	assert.ErrorIs(t, err, auth.ErrAccessDenied)
	r = newRequest(t, "GET", "http://h/admin/user", nil)
	awssig.SignV2(r, exampleCredentials(), exampleTime(), nil)
	_, err = v.Verify(r)
	assert.NoError(t, err)
}

// unread is a body that must not be read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body was read")
	return 0, io.EOF
}

// TestStrangersAreNotHeard: the body of a request to another service than s3 is
// part of what is signed, and is kept in memory while it is verified.
func TestStrangersAreNotHeard(t *testing.T) {
	scope := exampleScope()
	scope.Service = "sts"
	stranger := exampleCredentials()
	stranger.AccessKey = "AKIANOBODY"
	r := newRequest(t, "POST", "http://h/", strings.NewReader("Action=GetCallerIdentity"))
	awssig.SignV4(r, stranger, scope, "")
	r.Body = io.NopCloser(unread{t})
	_, err := chainAt(0).Verify(r)
	assert.ErrorIs(t, err, auth.ErrInvalidAccessKeyID)
}

func TestSkewAndLife(t *testing.T) {
	v4 := func(r *http.Request) {
		awssig.SignV4(r, exampleCredentials(), exampleScope(), awssig.UnsignedPayload)
	}
	v2 := func(r *http.Request) { awssig.SignV2(r, exampleCredentials(), exampleTime(), nil) }
	query4 := func(r *http.Request) {
		r.URL = awssig.PresignV4(r, exampleCredentials(), exampleScope(), time.Hour, awssig.UnsignedPayload)
	}
	query2 := func(r *http.Request) {
		r.URL = awssig.PresignV2(r, exampleCredentials(), exampleTime().Add(time.Hour), nil)
	}
	const limit = 15 * time.Minute
	tests := []struct {
		why   string
		sign  func(*http.Request)
		after time.Duration
		want  auth.Reason // "" is good
	}{
		{"v4: a quarter of an hour late", v4, limit, ""},
		{"v4: later", v4, limit + time.Second, auth.ErrRequestTimeTooSkewed},
		{"v4: a quarter of an hour early", v4, -limit, ""},
		{"v4: earlier", v4, -limit - time.Second, auth.ErrRequestTimeTooSkewed},
		{"v2: a quarter of an hour late", v2, limit, ""},
		{"v2: later", v2, limit + time.Second, auth.ErrRequestTimeTooSkewed},
		{"v2: earlier", v2, -limit - time.Second, auth.ErrRequestTimeTooSkewed},
		{"v4 URL: the last second", query4, time.Hour - time.Second, ""},
		{"v4 URL: over", query4, time.Hour, auth.ErrExpiredRequest},
		{"v4 URL: a clock that is a little ahead", query4, -limit, ""},
		{"v4 URL: not yet", query4, -limit - time.Second, auth.ErrAccessDenied},
		{"v2 URL: the last second", query2, time.Hour, ""},
		{"v2 URL: over", query2, time.Hour + time.Second, auth.ErrExpiredRequest},
	}
	for _, tt := range tests {
		_, err := chainAt(tt.after).Verify(signedRequest(t, tt.sign))
		if tt.want == "" {
			assert.NoError(t, err, tt.why)
		} else {
			assert.ErrorIs(t, err, tt.want, tt.why)
		}
	}
}

// TestDetails: clients and people debug their signatures with these.
func TestDetails(t *testing.T) {
	r := signedRequest(t, func(r *http.Request) {
		awssig.SignV4(r, exampleCredentials(), exampleScope(), awssig.UnsignedPayload)
	})
	sent := signatureOf(r)
	r.Method = "POST"
	_, err := chainAt(0).Verify(r)
	assert.Equal(t, exampleKey, detail(err, "AWSAccessKeyId"))
	assert.Equal(t, sent, detail(err, "SignatureProvided"))
	request := detail(err, "CanonicalRequest")
	assert.Equal(t, "POST\n/b/k\nversionId=1&x=y\ncontent-type:text/plain\nhost:h\nx-amz-acl:private\nx-amz-content-sha256:UNSIGNED-PAYLOAD\n"+
		"x-amz-date:20130524T000000Z\n\ncontent-type;host;x-amz-acl;x-amz-content-sha256;x-amz-date\nUNSIGNED-PAYLOAD", request)
	text := detail(err, "StringToSign")
	assert.True(t, strings.HasPrefix(text, "AWS4-HMAC-SHA256\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n"), text)
	assert.True(t, strings.HasPrefix(detail(err, "StringToSignBytes"), "41 57 53 34 2d"))
	assert.NotContains(t, err.Error(), exampleSecret)

	_, err = chainAt(time.Hour).Verify(r)
	assert.Equal(t, "20130524T000000Z", detail(err, "RequestTime"))
	assert.Equal(t, "2013-05-24T01:00:00Z", detail(err, "ServerTime"))
	assert.Equal(t, "900000", detail(err, "MaxAllowedSkewMilliseconds"))

	r.Header.Set("X-Amz-Tagging", "a=b")
	_, err = chainAt(0).Verify(r)
	assert.Equal(t, "x-amz-tagging", detail(err, "HeadersNotSigned"))

	_, err = awssig.V4(exampleKeys(), &awssig.Options{Now: clock(exampleTime()), Regions: []string{"eu-west-1"}}).Verify(r)
	assert.ErrorIs(t, err, auth.ErrAuthHeaderMalformed)
	assert.EqualError(t, err, "AuthorizationHeaderMalformed: The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'")
	assert.Equal(t, "eu-west-1", detail(err, "Region"))
}

// TestKeyState: what a directory says about a key counts only once its signature
// is proved, so that strangers learn nothing.
func TestKeyState(t *testing.T) {
	now := exampleTime()
	temp := auth.Key{AccessKey: exampleKey, Secret: exampleSecret, SessionToken: "right", Expires: now.Add(time.Second), Principal: auth.Principal{ID: "x"}}
	with := func(edit func(*auth.Key)) auth.Key { k := temp; edit(&k); return k }
	tests := []struct {
		why   string
		key   auth.Key
		token string
		want  auth.Reason
	}{
		{"the right token", temp, "right", ""},
		{"a wrong token", temp, "wrong", auth.ErrInvalidToken},
		{"a temporary key alone does not exist", temp, "", auth.ErrInvalidAccessKeyID},
		{"a token for a key that has none", with(func(k *auth.Key) { k.SessionToken = "" }), "right", auth.ErrInvalidToken},
		{"over", with(func(k *auth.Key) { k.Expires = now }), "right", auth.ErrExpiredToken},
		{"suspended", with(func(k *auth.Key) { k.Suspended = true }), "right", auth.ErrUserSuspended},
		{"suspended, in another API's words", with(func(k *auth.Key) { k.Suspended, k.SuspendedAs = true, auth.ErrUserDisabled }), "right", auth.ErrUserDisabled},
	}
	for _, tt := range tests {
		cred := exampleCredentials()
		cred.SessionToken = tt.token
		for _, f := range signForms(cred) {
			for _, secret := range []string{exampleSecret, "wrong"} {
				o := &awssig.Options{Now: clock(now)}
				src := keys{exampleKey: tt.key}
				key := tt.key
				key.Secret = secret
				src[exampleKey] = key
				r := newRequest(t, "PUT", "http://h/b/k", nil)
				f.sign(r, []byte("payload"))
				_, err := auth.Chain(awssig.V4(src, o), awssig.V2(src, o)).Verify(r)
				switch {
				case secret != exampleSecret:
					assert.ErrorIs(t, err, auth.ErrSignatureDoesNotMatch, "%s, %s", tt.why, f.name)
				case tt.want == "":
					assert.NoError(t, err, "%s, %s", tt.why, f.name)
				default:
					assert.ErrorIs(t, err, tt.want, "%s, %s", tt.why, f.name)
				}
			}
		}
	}
}

// brokenKeys is a directory that cannot be read.
type brokenKeys struct{ err error }

func (b brokenKeys) Key(context.Context, string) (auth.Key, error) { return auth.Key{}, b.err }

func TestBrokenDirectory(t *testing.T) {
	broken := errors.New("disk on fire")
	o := &awssig.Options{Now: clock(exampleTime())}
	for _, f := range signForms(exampleCredentials()) {
		r := newRequest(t, "PUT", "http://h/b/k", nil)
		f.sign(r, nil)
		_, err := auth.Chain(awssig.V4(brokenKeys{broken}, o), awssig.V2(brokenKeys{broken}, o)).Verify(r)
		assert.ErrorIs(t, err, broken, "%s: a fault of the server is no refusal", f.name)
		assert.False(t, auth.Is(err, auth.ErrInvalidAccessKeyID))
	}
}

// TestSecretChange: a cached signing key must not outlive its secret.
func TestSecretChange(t *testing.T) {
	src := exampleKeys()
	o := &awssig.Options{Now: clock(exampleTime())}
	v := auth.Chain(awssig.V4(src, o), awssig.V2(src, o))
	for _, f := range signForms(exampleCredentials()) {
		request := func() *http.Request {
			r := newRequest(t, "PUT", "http://h/b/k", nil)
			f.sign(r, nil)
			return r
		}
		src[exampleKey] = exampleKeys()[exampleKey]
		_, err := v.Verify(request())
		require.NoError(t, err, f.name)
		key := src[exampleKey]
		key.Secret = "new"
		src[exampleKey] = key
		_, err = v.Verify(request())
		assert.ErrorIs(t, err, auth.ErrSignatureDoesNotMatch, f.name)
	}
}

func TestNoCredentials(t *testing.T) {
	o := &awssig.Options{Now: clock(exampleTime())}
	r := newRequest(t, "PUT", "http://h/b/k?acl&Expires=1", strings.NewReader("body"))
	r.Header.Set("Content-Encoding", "aws-chunked")
	body := r.Body
	for _, v := range []auth.Verifier{awssig.V4(exampleKeys(), o), awssig.V2(exampleKeys(), o)} {
		_, err := v.Verify(r)
		assert.ErrorIs(t, err, auth.ErrNoCredentials)
	}
	assert.Equal(t, body, r.Body, "the request is untouched")
	assert.Equal(t, "aws-chunked", r.Header.Get("Content-Encoding"))
}

func TestAnonymous(t *testing.T) {
	v := awssig.Anonymous()
	r := newRequest(t, "GET", "http://h/b/k", nil)
	id, err := v.Verify(r)
	require.NoError(t, err)
	assert.True(t, id.Anonymous())
	assert.Equal(t, auth.SchemeNone, id.Scheme)
	for _, authz := range []string{"Bearer abc", "", "Basic Zm9v", "AWS4-HMAC-SHA256 x"} {
		r.Header.Set("Authorization", authz)
		_, err = v.Verify(r)
		assert.ErrorIs(t, err, auth.ErrInvalidArgument, "credentials of an unknown kind are not nobody's: %q", authz)
	}
	r = newRequest(t, "GET", "http://h/b/k?X-Amz-Algorithm=x", nil)
	_, err = v.Verify(r)
	assert.ErrorIs(t, err, auth.ErrInvalidArgument)
}

// TestDateHeader: version 4 falls back on Date, which is also signed as a time.
func TestDateHeader(t *testing.T) {
	r := newRequest(t, "GET", "http://h/b/k", nil)
	awssig.SignV4(r, exampleCredentials(), exampleScope(), awssig.EmptyPayload)
	r.Header.Del("X-Amz-Date")
	r.Header.Set("Date", "Fri, 24 May 2013 02:00:00 +0200")
	_, err := chainAt(0).Verify(r)
	assert.ErrorIs(t, err, auth.ErrSignatureDoesNotMatch)
	assert.True(t, strings.HasPrefix(detail(err, "StringToSign"), "AWS4-HMAC-SHA256\n20130524T000000Z\n"), "the time of Date is the time that is signed")
	r.Header.Set("Date", "Fri, 24 May 2013 01:00:00 +0200")
	_, err = chainAt(0).Verify(r)
	assert.ErrorIs(t, err, auth.ErrAuthHeaderMalformed, "it is of the day before")
}

// The request is one of go-ceph 0.36 (rgw/admin), which sends no hash.
func TestPayloadHashOptional(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 31, 47, 0, time.UTC)
	request := func() *http.Request {
		r := newRequest(t, "GET", "http://localhost/admin/user?format=json&uid=alice", nil)
		r.Header.Set("X-Amz-Date", "20261122T093147Z")
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential="+exampleKey+"/20261122/default/s3/aws4_request, "+
			"SignedHeaders=host;x-amz-date, Signature=e3c80912962f2c76e8d10b2845cfb4e43eb3f00309bb8519829af31033ee4f06")
		return r
	}
	src := keys{exampleKey: {AccessKey: exampleKey, Secret: exampleSecret}}
	_, err := awssig.V4(src, &awssig.Options{Now: clock(now)}).Verify(request())
	require.True(t, auth.Is(err, auth.ErrInvalidRequest), "Amazon refuses it")
	lenient := awssig.V4(src, &awssig.Options{Now: clock(now), PayloadHashOptional: true})
	_, err = lenient.Verify(request())
	require.NoError(t, err)
	changed := request()
	changed.URL.RawQuery = "format=json&uid=root"
	_, err = lenient.Verify(changed)
	require.True(t, auth.Is(err, auth.ErrSignatureDoesNotMatch), "everything else is signed")
	other := request()
	other.Header.Set("X-Amz-Content-Sha256", awssig.EmptyPayload)
	_, err = lenient.Verify(other)
	require.True(t, auth.Is(err, auth.ErrSignatureDoesNotMatch), "a hash that is sent counts")
}
