package utapihttp_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/s3http/s3test"
)

const (
	list      = "/buckets?Action=ListMetrics"
	question  = `{"buckets":["photos"],"timeRange":[1501545600000,1509494399999]}`
	badValue  = "An invalid or out-of-range value was supplied for the input parameter."
	badTimes  = "Timestamps must be one of the following intervals for any past day/hour (mm:ss:SS) - start must be one of [00:00:000, 15:00:000, 30:00:000, 45:00:000], end must be one of [14:59:999, 29:59:999, 44:59:999, 59:59:999]. Start must not be greater than end."
	badFormat = "Data entered by the user has a wrong format."
	notThere  = "A header you provided implies functionality that is not implemented."
)

// TestUnsignedErrors are those that come before anybody is asked who they are.
func TestUnsignedErrors(t *testing.T) {
	l := newLab(t, nil)
	times := func(v string) string { return `{"buckets":["photos"],"timeRange":` + v + `}` }
	for _, tt := range []struct {
		explanation, method, target, body string
		status                            int
		code, message                     string
	}{
		{"a query that cannot be decoded", "POST", "/buckets?Action=%zz", question, 400, "InvalidURI", "Couldn't parse the specified URI."},
		{"it goes first", "GET", "/buckets?%zz", "", 400, "InvalidURI", "Couldn't parse the specified URI."},
		{"nothing can be got", "GET", list, "", 403, "AccessForbidden", "Access Forbidden"},
		{"no body", "POST", list, "", 400, "InvalidParameterValue", badValue},
		{"no JSON", "POST", list, "buckets", 400, "InvalidParameterValue", badValue},
		{"more than JSON", "POST", list, question + "}", 400, "InvalidParameterValue", badValue},
		{"JSON, but no object", "POST", list, `["photos"]`, 400, "InvalidParameterValue", badValue},
		{"JSON, but nothing", "POST", list, `null`, 400, "InvalidParameterValue", badValue},
		{"too long", "POST", list, strings.Repeat(" ", 1<<20) + question, 400, "InvalidParameterValue", badValue},
		{"no action", "POST", "/buckets?Version=20160815", question, 400, "InvalidAction",
			"The action or operation requested is invalid. Verify that the action is typed correctly."},
		{"an action in the body is none", "POST", "/buckets", `{"Action":"ListMetrics"}`, 400, "InvalidAction",
			"The action or operation requested is invalid. Verify that the action is typed correctly."},
		{"no such action", "POST", "/buckets?Action=ListAll", question, 501, "NotImplemented", notThere},
		{"there is no listing of locations", "POST", "/locations?Action=ListMetrics", question, 501, "NotImplemented", notThere},
		{"a path below", "POST", "/buckets/photos?Action=ListMetrics", question, 501, "NotImplemented", notThere},
		{"another method", "PUT", list, question, 501, "NotImplemented", notThere},
		{"a list that is none", "POST", list, `{"buckets":"photos"}`, 400, "InvalidParameterValue", badValue},
		{"an empty list", "POST", list, `{"buckets":[],"timeRange":[0]}`, 400, "InvalidParameterValue", badValue},
		{"a list of numbers", "POST", list, `{"buckets":[1]}`, 400, "InvalidParameterValue", badValue},
		{"a list with nothing in it", "POST", list, `{"buckets":[null]}`, 400, "InvalidParameterValue", badValue},
		{"another level's list", "POST", list, `{"accounts":["alice"],"timeRange":[0]}`, 400, "WrongFormat", badFormat},
		{"no times", "POST", list, `{"buckets":["photos"]}`, 400, "WrongFormat", badFormat},
		{"names are exact", "POST", list, `{"buckets":["photos"],"timerange":[0]}`, 400, "WrongFormat", badFormat},
		{"recent, without a list", "POST", "/buckets?Action=ListRecentMetrics", `{}`, 400, "WrongFormat", badFormat},
		{"times that are none", "POST", list, times(`"0"`), 400, "InvalidParameterValue", badTimes},
		{"no time", "POST", list, times(`[]`), 400, "InvalidParameterValue", badTimes},
		{"three times", "POST", list, times(`[0,899999,899999]`), 400, "InvalidParameterValue", badTimes},
		{"a text", "POST", list, times(`["1501545600000"]`), 400, "InvalidParameterValue", badTimes},
		{"nothing", "POST", list, times(`[null]`), 400, "InvalidParameterValue", badTimes},
		{"a fraction", "POST", list, times(`[0.5]`), 400, "InvalidParameterValue", badTimes},
		{"a fraction that rounds to a start", "POST", list, times(`[1501545600000.01]`), 400, "InvalidParameterValue", badTimes},
		{"before 1970", "POST", list, times(`[-900000]`), 400, "InvalidParameterValue", badTimes},
		{"a start that is none", "POST", list, times(`[1501545600001,1509494399999]`), 400, "InvalidParameterValue", badTimes},
		{"an end that is none", "POST", list, times(`[1501545600000,1509494400000]`), 400, "InvalidParameterValue", badTimes},
		{"an end before the start", "POST", list, times(`[1501545600000,1501545599999]`), 400, "InvalidParameterValue", badTimes},
		{"a start in the future, without an end", "POST", list, times(`[1601545500000]`), 400, "InvalidParameterValue", badTimes},
		{"beyond all numbers", "POST", list, times(`[1e400]`), 400, "InvalidParameterValue", badTimes},
		{"the body goes before the action", "POST", "/buckets", "", 400, "InvalidParameterValue", badValue},
		{"the action before the path", "POST", "/locations", question, 400, "InvalidAction",
			"The action or operation requested is invalid. Verify that the action is typed correctly."},
		{"the path before what is listed", "POST", "/locations?Action=ListMetrics", `{"locations":[]}`, 501, "NotImplemented", notThere},
		{"what is wrong before what is missing", "POST", list, `{"buckets":[]}`, 400, "InvalidParameterValue", badValue},
		{"times too", "POST", list, `{"timeRange":[1]}`, 400, "InvalidParameterValue", badTimes},
		{"what is missing before who asks", "POST", list, `{}`, 400, "WrongFormat", badFormat},
		{"any version", "POST", "/buckets?Version=x&Action=ListMetrics", question, 400, "InvalidRequest", "Must use Auth V4 for this request."},
		{"health is got or posted", "PUT", "/_/healthcheck", "{}", 400, "InvalidAction",
			"The action or operation requested is invalid. Verify that the action is typed correctly."},
		{"and has no query", "GET", "/_/healthcheck?a=b", "", 403, "AccessForbidden", "Access Forbidden"},
		{"valid, but unsigned", "POST", list, question, 400, "InvalidRequest", "Must use Auth V4 for this request."},
		{"other members do not count", "POST", list, `{"x":{},` + question[1:], 400, "InvalidRequest", "Must use Auth V4 for this request."},
		{"an end in the future is allowed", "POST", list, times(`[0,4102444799999]`), 400, "InvalidRequest", "Must use Auth V4 for this request."},
		{"without a path, the service", "POST", "/?Action=ListMetrics", `{"service":["s3"],"timeRange":[0]}`, 400, "InvalidRequest", "Must use Auth V4 for this request."},
	} {
		w := l.answer(httptest.NewRequest(tt.method, tt.target, strings.NewReader(tt.body)))
		assert.Equal(t, tt.status, w.Code, tt.explanation)
		assert.Equal(t, `{"code":"`+tt.code+`","message":"`+tt.message+`"}`, w.Body.String(), tt.explanation)
		assert.Equal(t, "application/json", w.Header().Get("Content-Type"), tt.explanation)
	}
}

// TestSignatureErrors are about who asks.
func TestSignatureErrors(t *testing.T) {
	l := newLab(t, nil)
	l.user(iam.Account{User: iam.User{UserID: iam.UserID{UID: "alice"}, Suspended: true}})
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	signed := func(u s3test.User, service string, at time.Time) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Del("Date")
			hash := r.Header.Get("X-Amz-Content-Sha256")
			r.Header.Set("X-Amz-Content-Sha256", hash)
			awssig.SignV4(r, awssig.Credentials{AccessKey: u.AccessKey, Secret: u.SecretKey}, awssig.Scope{Time: at, Region: "us-east-1", Service: service}, hash)
		}
	}
	root, now := l.Root(), l.Clock.Now()
	for _, tt := range []struct {
		explanation string
		change      func(*http.Request)
		status      int
		code        string
		message     string
	}{
		{"version 2", set("Authorization", "AWS accessKey1:c2lnbmF0dXJl"), 400, "InvalidRequest", "Must use Auth V4 for this request."},
		{"presigned", func(r *http.Request) {
			r.Header.Del("Authorization")
			r.URL.RawQuery += "&X-Amz-Algorithm=AWS4-HMAC-SHA256"
		}, 400, "InvalidRequest", "Must use Auth V4 for this request."},
		{"no hash", func(r *http.Request) { r.Header.Del("X-Amz-Content-Sha256") }, 400, "MissingSecurityHeader", "Your request is missing a required header."},
		{"which goes before what is malformed", func(r *http.Request) {
			r.Header.Del("X-Amz-Content-Sha256")
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=x")
		}, 400, "MissingSecurityHeader", "Your request is missing a required header."},
		{"malformed", set("Authorization", "AWS4-HMAC-SHA256 Credential=x"), 400, "InvalidArgument", "Invalid Argument"},
		{"another algorithm", set("Authorization", "AWS4-HMAC-SHA1 Credential=x"), 400, "InvalidArgument", "Invalid Argument"},
		{"another service", signed(root, "sts", now), 400, "InvalidArgument", "Invalid Argument"},
		{"no date", func(r *http.Request) { r.Header.Del("X-Amz-Date") }, 403, "AccessDenied", "Access Denied"},
		{"a header that is not signed", set("X-Amz-Meta-A", "b"), 403, "AccessDenied", "Access Denied"},
		{"a clock that is late", signed(root, "s3", now.Add(-16*time.Minute)), 403, "RequestTimeTooSkewed",
			"The difference between the request time and the server's time is too large."},
		{"an unknown key", signed(s3test.User{AccessKey: "nobody", SecretKey: "x"}, "s3", now), 403, "InvalidAccessKeyId",
			"The AWS access key Id you provided does not exist in our records."},
		{"a wrong secret", signed(s3test.User{AccessKey: "accessKey1", SecretKey: "x"}, "s3", now), 403, "SignatureDoesNotMatch",
			"The request signature we calculated does not match the signature you provided."},
		{"a hash of another body", func(r *http.Request) {
			r.Header.Set("X-Amz-Content-Sha256", awssig.EmptyPayload)
			signed(root, "s3", now)(r)
		}, 400, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed."},
		{"a user who is suspended", signed(s3test.User{AccessKey: "alice-key", SecretKey: "secret"}, "s3", now), 403, "AccessDenied", "Access Denied"},
	} {
		r := l.request(root, "POST", list, question)
		tt.change(r)
		w := l.answer(r)
		assert.Equal(t, tt.status, w.Code, tt.explanation)
		assert.Equal(t, `{"code":"`+tt.code+`","message":"`+tt.message+`"}`, w.Body.String(), tt.explanation)
	}
	r := l.request(root, "POST", list, question)
	r.Header.Set("X-Amz-Content-Sha256", awssig.UnsignedPayload)
	signed(root, "s3", now)(r)
	assert.Equal(t, 200, l.answer(r).Code, "a body that is not signed is not compared")
}

func TestStoreFails(t *testing.T) {
	l := newLab(t, nil)
	l.s3(l.Root(), "PUT", "/photos", "")
	r := l.request(l.Root(), "POST", list, question)
	_, err := l.Directory.Key(t.Context(), l.AccessKey) // known from now on, whatever fails
	require.NoError(t, err)
	_, err = l.Store.Bucket(t.Context(), objstore.BucketID{Name: "photos"})
	require.NoError(t, err)
	l.Close()
	w := l.answer(r)
	assert.Equal(t, 500, w.Code)
	assert.Equal(t, `{"code":"InternalError","message":"We encountered an internal error. Please try again."}`, w.Body.String())
}
