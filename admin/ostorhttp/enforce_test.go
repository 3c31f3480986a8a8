package ostorhttp_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/awssig"
)

// requests of S3 by the class that they are limited and counted in.
var classes = map[string][]string{
	"get": {"GET /bkt/k", "HEAD /bkt/k", "GET /bkt/k?acl", "GET /bkt/k?tagging", "GET /bkt/k?attributes", "GET /", "POST /bkt/k?select&select-type=2"},
	"put": {"PUT /bkt/new", "PUT /bkt/new?tagging", "PUT /bkt/new?acl", "POST /bkt/k?uploads", "PUT /bkt/k?uploadId=x&partNumber=1",
		"POST /bkt/k?uploadId=x", "PUT /bkt?policy", "PUT /bkt?versioning", "PUT /other", "POST /bkt/k?restore"},
	"list":   {"GET /bkt", "GET /bkt?list-type=2", "GET /bkt?versions", "GET /bkt?uploads", "GET /bkt/k?uploadId=x"},
	"delete": {"DELETE /bkt/k", "DELETE /bkt/k?versionId=null", "DELETE /bkt/k?tagging", "POST /bkt?delete", "DELETE /bkt/k?uploadId=x", "DELETE /bkt?policy", "DELETE /bkt"},
	"other":  {"HEAD /bkt", "GET /bkt?location", "GET /bkt?policy", "GET /bkt?acl", "OPTIONS /bkt/k"},
}

// limitedLab is a lab with a user who owns a bucket with an object.
func limitedLab(t *testing.T) (*lab, awssig.Credentials) {
	t.Helper()
	l := newLab(t)
	_, cred := l.user("user@example.com")
	require.Equal(t, 200, l.as(cred, "PUT /bkt", "").Code)
	require.Equal(t, 200, l.as(cred, "PUT /bkt/k", "data").Code)
	return l, cred
}

// preflight sends the requests that have no signature as browsers do.
func (l *lab) any(cred awssig.Credentials, request string) *httptest.ResponseRecorder {
	l.t.Helper()
	if target, ok := strings.CutPrefix(request, "OPTIONS "); ok {
		r := httptest.NewRequest("OPTIONS", "http://s3.example.com"+target, nil)
		r.Header.Set("Origin", "https://app.example.com")
		r.Header.Set("Access-Control-Request-Method", "GET")
		return l.send(r)
	}
	return l.as(cred, request, "")
}

// A limit of one operation a second holds for the operations of its class and
// for no others; without an own limit the default does.
func TestOperationClasses(t *testing.T) {
	for class, requests := range classes {
		for _, request := range requests {
			for _, resource := range []string{"get", "put", "list", "delete", "default"} {
				for _, of := range []string{"&bucket=bkt", "&emailAddress=user@example.com"} {
					if of != "&bucket=bkt" && strings.HasPrefix(request, "OPTIONS") || of == "&bucket=bkt" && (request == "GET /" || request == "PUT /other") {
						continue // nobody asks, or about no bucket that is there
					}
					l, cred := limitedLab(t)
					l.ok("PUT /?ostor-limits" + of + "&limit-type=ops&limit-resource=" + resource + "&limit-value=1")
					assert.NotEqual(t, 503, l.any(cred, request).Code, request)
					second := l.any(cred, request)
					limited := resource == class || resource == "default"
					if request == "DELETE /bkt" {
						continue // there was something in it, or it is gone
					}
					assert.Equal(t, limited, second.Code == 503, "%s is of class %s, and the limit of %s %s", request, class, resource, of)
					if limited {
						assert.Equal(t, "1", second.Header().Get("Retry-After"))
						assert.True(t, request[:4] == "HEAD" || strings.Contains(second.Body.String(), "<Code>SlowDown</Code>"))
					}
				}
			}
		}
	}
}

func TestOperationLimits(t *testing.T) {
	l, cred := limitedLab(t)
	_, friend := l.user("friend@example.com")
	get := func(cred awssig.Credentials) int { t.Helper(); return l.as(cred, "GET /bkt/k", "").Code }
	count := func(of int, cred awssig.Credentials) (passed int) {
		for range of {
			if get(cred) != 503 {
				passed++
			}
		}
		return passed
	}
	set := func(query string) { t.Helper(); l.ok("PUT /?ostor-limits" + query) }
	const me, bucket = "&emailAddress=user@example.com", "&bucket=bkt"

	set(me + "&limit-type=ops&limit-resource=get&limit-value=3")
	assert.Equal(t, 3, count(10, cred), "what came together is a second's worth")
	assert.Equal(t, 10, count(10, friend), "of other users nothing is taken")
	l.clock.now = l.clock.now.Add(time.Second)
	assert.Equal(t, 3, count(10, cred))
	l.clock.now = l.clock.now.Add(time.Minute)
	assert.Equal(t, 3, count(10, cred), "what was not used is lost")
	set(me + "&limit-type=ops&limit-resource=get&limit-value=0")
	assert.Equal(t, 10, count(10, cred), "0 is without bounds, and holds for the next request")

	set(me + "&limit-type=ops&limit-resource=get&limit-value=0.5")
	assert.Equal(t, 1, count(5, cred))
	l.clock.now = l.clock.now.Add(time.Second)
	assert.Equal(t, 0, count(5, cred))
	l.clock.now = l.clock.now.Add(time.Second)
	assert.Equal(t, 1, count(5, cred), "one in two seconds")
	l.ok("DELETE /?ostor-limits" + me)

	set(bucket + "&limit-type=ops&limit-resource=get&limit-value=2")
	assert.Equal(t, 2, count(2, cred))
	assert.Equal(t, 0, count(5, friend), "the bucket's limit is of all who ask")
	assert.Equal(t, 0, count(5, awssig.Credentials{}), "also of nobody")
	assert.Equal(t, 403, get(key), "operators are not limited, nor do they read")
	assert.Equal(t, 200, l.do("GET /?ostor-users").Code)
	set(me + "&limit-type=ops&limit-resource=get&limit-value=1")
	l.clock.now = l.clock.now.Add(time.Second)
	assert.Equal(t, 1, count(1, cred))
	assert.Equal(t, 0, count(5, cred), "either may refuse")
	assert.Equal(t, 1, count(5, friend), "and a refusal takes nothing from the other")

	set("&emailAddress=op@example.com&limit-type=ops&limit-resource=default&limit-value=0.01")
	for range 3 {
		assert.Equal(t, 200, l.do("GET /").Code, "not even by a limit of their own")
		assert.Equal(t, 200, l.do("GET /?ostor-users").Code)
	}

	set(bucket + "&limit-type=ops&limit-resource=put&limit-value=1")
	require.Equal(t, 200, l.as(cred, "PUT /bkt/one", "x").Code)
	w := l.as(cred, "PUT /bkt/two", "x")
	assert.Equal(t, 503, w.Code)
	l.ok("DELETE /?ostor-limits" + bucket)
	l.ok("DELETE /?ostor-limits" + me)
	assert.Equal(t, 404, l.as(cred, "GET /bkt/two", "").Code, "what was refused has stored nothing")
}

// The keys of accounts are under the limits of their user.
func TestAccountsShareLimits(t *testing.T) {
	l, cred := limitedLab(t)
	account := keyOf(t, l.ok("POST /?ostor-accounts&emailAddress=user@example.com&accountName=a"))
	l.ok("PUT /?ostor-limits&emailAddress=user@example.com&limit-type=ops&limit-resource=get&limit-value=1")
	assert.Equal(t, 200, l.as(account, "GET /bkt/k", "").Code)
	assert.Equal(t, 503, l.as(cred, "GET /bkt/k", "").Code)
}

func TestBandwidth(t *testing.T) {
	l, cred := limitedLab(t)
	require.Equal(t, 200, l.as(cred, "PUT /bkt/big", strings.Repeat("x", 100<<10)).Code)
	for _, of := range []string{"&emailAddress=user@example.com", "&bucket=bkt"} {
		l.ok("PUT /?ostor-limits" + of + "&limit-type=bandwidth&limit-resource=out&limit-value=10")
		before := l.clock.now
		w := l.as(cred, "GET /bkt/big", "")
		assert.Equal(t, 200, w.Code)
		assert.Equal(t, 100<<10, w.Body.Len(), "answers are slowed down, not refused")
		took := l.clock.now.Sub(before)
		assert.InDelta(t, 9, took.Seconds(), 0.01, "100 KiB at 10 KiB a second, the first of them at once")
		l.ok("DELETE /?ostor-limits" + of)
	}
}

func TestQuotas(t *testing.T) {
	l, cred := limitedLab(t) // a gigabyte has 10 bytes; 4 are there
	const me, bucket = "&emailAddress=user@example.com", "&bucket=bkt"
	put := func(path string, n int) string {
		t.Helper()
		w := l.as(cred, "PUT "+path, strings.Repeat("x", n))
		if w.Code == 200 {
			return ""
		}
		assert.Equal(t, 403, w.Code)
		assert.Contains(t, w.Body.String(), "<Code>QuotaExceeded</Code>")
		return "refused"
	}
	for _, of := range []string{me, bucket} {
		l.ok("PUT /?ostor-quotas" + of + "&quota-size=1")
		assert.Equal(t, "refused", put("/bkt/n", 7))
		assert.Equal(t, 404, l.as(cred, "GET /bkt/n", "").Code, "nothing is stored")
		assert.Empty(t, put("/bkt/n", 6))
		assert.Empty(t, put("/bkt/n", 5), "what is replaced counts against what comes")
		w := l.as(cred, "PUT /bkt/copy", "", "X-Amz-Copy-Source: /bkt/k")
		assert.Equal(t, 403, w.Code, "copies count")
		w = l.send(form(t, cred))
		assert.Equal(t, 403, w.Code, "the file of a form counts")
		assert.Contains(t, w.Body.String(), "<Code>QuotaExceeded</Code>")
		upload := uploadID(t, l.as(cred, "POST /bkt/mp?uploads", ""))
		assert.Equal(t, "refused", put("/bkt/mp?partNumber=1&uploadId="+upload, 2), "parts count when they arrive")
		w = l.as(cred, "PUT /bkt/mp?partNumber=1&uploadId="+upload, "", "X-Amz-Copy-Source: /bkt/k")
		assert.Equal(t, 403, w.Code, "copied ones too")
		w = l.as(cred, "PUT /bkt/mp?partNumber=1&uploadId="+upload, "x")
		require.Equal(t, 200, w.Code)
		l.ok("PUT /?ostor-quotas" + of + "&quota-size=0")
		require.Empty(t, put("/bkt/n", 50))
		l.ok("PUT /?ostor-quotas" + of + "&quota-size=1")
		assert.Equal(t, 200, l.as(cred, "GET /bkt/n", "").Code, "reads always work")
		done := fmt.Sprintf(`<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>%s</ETag></Part></CompleteMultipartUpload>`, w.Header().Get("ETag"))
		assert.Equal(t, 200, l.as(cred, "POST /bkt/mp?uploadId="+upload, done).Code, "what is complete was counted before")
		assert.Equal(t, "refused", put("/bkt/more", 1), "what grows is refused")
		assert.Empty(t, put("/bkt/n", 40), "what shrinks is not")
		for _, name := range []string{"n", "mp"} {
			assert.Equal(t, 204, l.as(cred, "DELETE /bkt/"+name, "").Code)
		}
		l.ok("DELETE /?ostor-quotas" + of)
	}
	_, friend := l.user("friend@example.com")
	l.ok("PUT /?ostor-quotas&default=user&quota-size=1")
	require.Equal(t, 200, l.as(friend, "PUT /theirs", "").Code)
	assert.Equal(t, 403, l.as(friend, "PUT /theirs/k", strings.Repeat("x", 11)).Code, "the default of all users")
	l.ok("PUT /?ostor-quotas&emailAddress=friend@example.com&quota-size=0")
	assert.Equal(t, 200, l.as(friend, "PUT /theirs/k", strings.Repeat("x", 11)).Code, "an explicit 0 is without bounds")
	assert.Equal(t, 200, l.as(key, "PUT /ops", "").Code)
	assert.Equal(t, 403, l.as(key, "PUT /ops/k", strings.Repeat("x", 11)).Code, "operators have quotas like others")
}

func uploadID(t *testing.T, w *httptest.ResponseRecorder) string {
	t.Helper()
	_, rest, _ := strings.Cut(w.Body.String(), "<UploadId>")
	id, _, ok := strings.Cut(rest, "<")
	require.True(t, ok, w.Body)
	return id
}

// Who waits for 100 Continue learns of a refusal without sending the body; a
// body of unknown length is cut where it does not fit any more.
func TestQuotaBeforeTheBody(t *testing.T) {
	l, cred := limitedLab(t)
	l.ok("PUT /?ostor-quotas&bucket=bkt&quota-size=1")
	host := strings.TrimPrefix(l.serve().URL, "http://")
	ask := func(headers, body string) string {
		t.Helper()
		r := httptest.NewRequest("PUT", "http://s3.example.com/bkt/n", nil)
		awssig.SignV2(r, cred, l.clock.Now(), nil)
		conn, err := net.Dial("tcp", host)
		require.NoError(t, err)
		defer conn.Close()
		fmt.Fprintf(conn, "PUT /bkt/n HTTP/1.1\r\nHost: s3.example.com\r\n%s", headers)
		require.NoError(t, r.Header.Write(conn))
		_, err = io.WriteString(conn, "\r\n"+body)
		require.NoError(t, err)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		return resp.Status[:3]
	}
	assert.Equal(t, "403", ask("Expect: 100-continue\r\nContent-Length: 7\r\n", ""))
	assert.Equal(t, "403", ask("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n4\r\ndefg\r\n"), "cut before the body has ended")
	assert.Equal(t, 404, l.as(cred, "GET /bkt/n", "").Code, "nothing is stored")
	assert.Equal(t, "200", ask("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n"), "up to the last byte")
	assert.Equal(t, "403", ask("Transfer-Encoding: chunked\r\n", "7\r\nabcdefg\r\n0\r\n\r\n"), "one more than what it would replace")
	assert.Equal(t, "abcdef", l.as(cred, "GET /bkt/n", "").Body.String(), "what was there is as it was")
	assert.Equal(t, "100", ask("Expect: 100-continue\r\nContent-Length: 6\r\n", ""))
}

// Limits and quotas go with what they are of.
func TestLimitsGoWithTheirSubject(t *testing.T) {
	l, cred := limitedLab(t)
	for _, of := range []string{"&bucket=bkt", "&emailAddress=user@example.com"} {
		l.ok("PUT /?ostor-limits" + of + "&limit-type=ops&limit-resource=get&limit-value=1")
		l.ok("PUT /?ostor-quotas" + of + "&quota-size=5")
	}
	require.Equal(t, 204, l.as(cred, "DELETE /bkt/k", "").Code)
	require.Equal(t, 204, l.as(cred, "DELETE /bkt", "").Code)
	require.Equal(t, 200, l.as(cred, "PUT /bkt", "").Code)
	assert.Contains(t, l.ok("GET /?ostor-limits&bucket=bkt"), `"ops:get":"0.00"`)
	assert.Contains(t, l.ok("GET /?ostor-quotas&bucket=bkt"), `"size":"0"`)
	require.Equal(t, 204, l.do("DELETE /bkt").Code)
	l.ok("DELETE /?ostor-users&emailAddress=user@example.com")
	l.ok("PUT /?ostor-users&emailAddress=user@example.com")
	assert.Contains(t, l.ok("GET /?ostor-limits&emailAddress=user@example.com"), `"ops:get":"0.00"`)
	assert.Contains(t, l.ok("GET /?ostor-quotas&emailAddress=user@example.com"), `"size":"0"`)
}
