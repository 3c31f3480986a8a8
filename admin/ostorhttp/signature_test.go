package ostorhttp_test

import (
	"bufio"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/awssig"
)

// Signatures that were worked out with openssl.
func TestWorkedExamples(t *testing.T) {
	l := newLab(t)
	l.user("user@example.com")
	for _, c := range []struct {
		explanation, request, signature string
		headers                         []string
		want                            int
	}{
		{"the Bash client signs the header of the payload", "GET /?ostor-users&emailAddress=user@example.com", "lQBKjZksTuROUDFvwob79LMkQX8=",
			[]string{"Date: Sun, 22 Nov 2026 09:31:47 +0000", "X-Amz-Content-Sha256: UNSIGNED-PAYLOAD"}, 200},
		{"what follows the service is not signed", "GET /?ostor-users", "lQBKjZksTuROUDFvwob79LMkQX8=",
			[]string{"Date: Sun, 22 Nov 2026 09:31:47 +0000", "X-Amz-Content-Sha256: UNSIGNED-PAYLOAD"}, 200},
		{"the PHP client sends the time of where it is", "PUT /?ostor-users&emailAddress=other@example.com", "ot/Xi4r8bIxIXuzU0Ql2iNOZMtY=",
			[]string{"Date: Sun, 22 Nov 2026 18:31:47 +0900"}, 200},
		{"another service is another resource", "PUT /?ostor-accounts&emailAddress=user@example.com&accountName=a", "ot/Xi4r8bIxIXuzU0Ql2iNOZMtY=",
			[]string{"Date: Sun, 22 Nov 2026 18:31:47 +0900"}, 403},
		{"a bucket is an ordinary resource", "DELETE /bucketname", "bTIbomlXovli6jq+TG3AXGIfKks=",
			[]string{"Date: Sun, 22 Nov 2026 09:31:47 +0000", "X-Amz-Content-Sha256: UNSIGNED-PAYLOAD"}, 404},
		{"a content type is signed", "GET /?ostor-usage&limit=1000", "jW+XpiCik3Z+NC1BtqGikXqcYDg=",
			[]string{"Date: Sun, 22 Nov 2026 09:31:47 GMT", "Content-Type: application/json"}, 200},
	} {
		method, target, _ := strings.Cut(c.request, " ")
		r := httptest.NewRequest(method, "http://s3.example.com"+target, nil)
		for _, h := range append(c.headers, "Authorization: AWS a14040e0b2ef8b28FZZ8:"+c.signature) {
			name, value, _ := strings.Cut(h, ": ")
			r.Header.Set(name, value)
		}
		w := l.send(r)
		assert.Equal(t, c.want, w.Code, "%s: %s", c.explanation, w.Body)
	}

	r := httptest.NewRequest("GET", "http://s3.example.com/?ostor-users&emailAddress=user%40example.com", nil)
	r.Header.Set("X-Amz-Date", "20261122T093147Z")
	r.Header.Set("X-Amz-Content-Sha256", awssig.EmptyPayload)
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=a14040e0b2ef8b28FZZ8/20261122/us-east-1/s3/aws4_request, "+
		"SignedHeaders=host;x-amz-content-sha256;x-amz-date, Signature=db85aac93d41771d8cc5cdd19cbe660cdc502e7831c4f1b79d53cd709fb7e0ca")
	w := l.send(r)
	assert.Equal(t, 200, w.Code, w.Body)
}

// A body is signed by V4 if the client wants, and is verified also where it means
// nothing.
func TestSignedBodies(t *testing.T) {
	l := newLab(t)
	const body = `["bkt"]`
	sum := sha256.Sum256([]byte(body))
	hash := hex.EncodeToString(sum[:])
	for _, c := range []struct {
		explanation, request, body, hash string
		want                             int
		code                             string
	}{
		{"the hash of the body", "GET /?ostor-buckets&multi", body, hash, 200, ""},
		{"no hash of it", "GET /?ostor-buckets&multi", body, awssig.UnsignedPayload, 200, ""},
		{"another body's", "GET /?ostor-buckets&multi", `["other"]`, hash, 400, "XAmzContentSHA256Mismatch"},
		{"that of nothing", "GET /?ostor-buckets&multi", body, awssig.EmptyPayload, 400, "XAmzContentSHA256Mismatch"},
		{"nothing", "PUT /?ostor-users&emailAddress=a@example.com", "", awssig.EmptyPayload, 200, ""},
		{"something that is not signed", "PUT /?ostor-users&emailAddress=b@example.com", "x", awssig.EmptyPayload, 400, "XAmzContentSHA256Mismatch"},
		{"it has not been carried out", "GET /?ostor-users&emailAddress=b@example.com", "", awssig.EmptyPayload, 404, "NoSuchUser"},
	} {
		method, target, _ := strings.Cut(c.request, " ")
		r := httptest.NewRequest(method, "http://s3.example.com"+target, strings.NewReader(c.body))
		awssig.SignV4(r, key, awssig.Scope{Time: l.clock.Now(), Region: "anywhere", Service: "s3"}, c.hash)
		w := l.send(r)
		assert.Equal(t, c.want, w.Code, "%s: %s", c.explanation, w.Body)
		assert.Equal(t, c.code, w.Header().Get("X-Amz-Err-Code"), c.explanation)
	}
}

// signV2 signs the name of a service and nothing else, with the date as text.
func signV2(method, service, date, contentType, amz string) string {
	mac := hmac.New(sha1.New, []byte(key.Secret))
	fmt.Fprintf(mac, "%s\n\n%s\n%s\n%s/?%s", method, contentType, date, amz, service)
	return "AWS " + key.AccessKey + ":" + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

func TestDates(t *testing.T) {
	l := newLab(t)
	for date, want := range map[string]int{
		"Sun, 22 Nov 2026 09:31:47 GMT":   200, // RFC 1123
		"Sun, 22 Nov 2026 18:31:47 +0900": 200, // date -R, and PHP's DATE_RFC2822
		"Sunday, 22-Nov-26 09:31:47 GMT":  200, // RFC 850
		"Sun Nov 22 09:31:47 2026":        200, // asctime
		"20261122T093147Z":                200,
		"2026-11-22T09:31:47Z":            200,
		"Sun, 22 Nov 2026 09:46:47 GMT":   200, // as far as it may be off
		"Sun, 22 Nov 2026 09:46:48 GMT":   403,
		"Sun, 22 Nov 2026 09:16:46 GMT":   403,
		"yesterday":                       403,
		"":                                403,
	} {
		r := httptest.NewRequest("GET", "http://s3.example.com/?ostor-users", nil)
		r.Header.Set("Date", date)
		r.Header.Set("Authorization", signV2("GET", "ostor-users", date, "", ""))
		w := l.send(r)
		assert.Equal(t, want, w.Code, "%q: %s", date, w.Body)
		if want != 200 && strings.HasSuffix(date, "GMT") {
			refused(t, w, 403, "RequestTimeTooSkewed", date)
		} else if want != 200 {
			refused(t, w, 403, "AccessDenied", date)
		}
	}
	l.clock.now = time.Date(2026, 11, 5, 9, 31, 47, 0, time.UTC)
	for _, day := range []string{"5", "05", " 5"} {
		date := "Thu, " + day + " Nov 2026 09:31:47 +0000"
		r := httptest.NewRequest("GET", "http://s3.example.com/?ostor-users", nil)
		r.Header.Set("Date", date)
		r.Header.Set("Authorization", signV2("GET", "ostor-users", date, "", ""))
		assert.Equal(t, 200, l.send(r).Code, date)
	}
}

func TestPresigned(t *testing.T) {
	l := newLab(t)
	expires := fmt.Sprint(examples.Unix() + 60)
	mac := hmac.New(sha1.New, []byte(key.Secret))
	fmt.Fprintf(mac, "GET\n\n\n%s\n/?ostor-users", expires)
	query := "AWSAccessKeyId=" + key.AccessKey + "&Expires=" + expires + "&Signature=" + url.QueryEscape(base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	for request, want := range map[string]int{
		"/?ostor-users&" + query:                             200,
		"/?ostor-users=&emailAddress=x@example.com&" + query: 404,
		"/?ostor-usage&" + query:                             403,
	} {
		w := l.send(httptest.NewRequest("GET", "http://s3.example.com"+request, nil))
		assert.Equal(t, want, w.Code, "%s: %s", request, w.Body)
	}
	r := httptest.NewRequest("GET", "http://s3.example.com/?ostor-users&emailAddress=op@example.com", nil)
	u := awssig.PresignV4(r, key, awssig.Scope{Time: examples, Region: "anywhere", Service: "s3"}, time.Minute, awssig.UnsignedPayload)
	w := l.send(httptest.NewRequest("GET", u.String(), nil))
	assert.Equal(t, 200, w.Code, w.Body)
}

// What the published clients put on the wire, byte for byte.
func TestFramings(t *testing.T) {
	l := newLab(t)
	l.user("user@example.com")
	l.ok("POST /?ostor-accounts&emailAddress=user@example.com&accountName=a")
	server := l.serve()
	host := strings.TrimPrefix(server.URL, "http://")
	port := host[strings.LastIndexByte(host, ':'):]
	const date = "Sun, 22 Nov 2026 09:31:47 +0000"
	const unsigned = "x-amz-content-sha256:UNSIGNED-PAYLOAD\n"
	for _, c := range []struct {
		explanation, method, target, host, headers, body string
		amz                                              string
		want                                             int
	}{
		{"Bash sends a length of 0 with all", "GET", "/?ostor-users", host, "Content-Length: 0\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\n", "", unsigned, 200},
		{"also with DELETE", "DELETE", "/?ostor-limits&emailAddress=user@example.com", host, "Content-Length: 0\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\n", "", unsigned, 204},
		{"a body of a GET", "GET", "/?ostor-buckets&multi", host, "Content-Length: 10\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\n", `["bkt","x"]`[:10], unsigned, 400},
		{"a whole one", "GET", "/?ostor-buckets&multi", host, "Content-Length: 11\r\nx-amz-content-sha256: UNSIGNED-PAYLOAD\r\n", `["bkt","x"]`, unsigned, 200},
		{"older Bash sends PUT without any length", "PUT", "/?ostor-users&emailAddress=a@example.com", host, "", "", "", 200},
		{"and POST", "POST", "/?ostor-users&emailAddress=a@example.com&genKey", host, "", "", "", 200},
		{"PHP sends an empty body in chunks", "PUT", "/?ostor-users&emailAddress=b@example.com", host, "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "", 200},
		{"and a host without its port", "POST", "/?ostor-users&emailAddress=b@example.com&genKey", strings.TrimSuffix(host, port), "Transfer-Encoding: chunked\r\n", "0\r\n\r\n", "", 200},
		{"chunks that are none are the client's fault", "PUT", "/?ostor-users&emailAddress=c@example.com", host, "Transfer-Encoding: chunked\r\n", "zz\r\n", "", 400},
		{"and nothing is done then", "GET", "/?ostor-users&emailAddress=c@example.com", host, "", "", "", 404},
		{"the endpoint's own name is no bucket", "GET", "/?ostor-users", "s3.example.com", "", "", "", 200},
		{"with a port neither", "GET", "/?ostor-users", "S3.example.com:8080", "", "", "", 200},
	} {
		service, _, _ := strings.Cut(strings.TrimPrefix(c.target, "/?"), "&")
		conn, err := net.Dial("tcp", host)
		require.NoError(t, err)
		fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: %s\r\nDate: %s\r\nAuthorization: %s\r\n%s\r\n%s",
			c.method, c.target, c.host, date, signV2(c.method, service, date, "", c.amz), c.headers, c.body)
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err, c.explanation)
		assert.Equal(t, c.want, resp.StatusCode, "%s: %s", c.explanation, drain(t, resp.Body))
		require.NoError(t, conn.Close())
	}
}

func TestWhoMayAsk(t *testing.T) {
	l := newLab(t)
	_, user := l.user("user@example.com")
	op2, err := l.admin.CreateUser(t.Context(), "op2@example.com", true)
	require.NoError(t, err)
	wrong := key
	wrong.Secret = "wrong"
	for _, c := range []struct {
		explanation string
		cred        awssig.Credentials
		code        string
	}{
		{"nobody", awssig.Credentials{}, "AccessDenied"},
		{"a key that is not there", awssig.Credentials{AccessKey: "none", Secret: "none"}, "InvalidAccessKeyId"},
		{"a wrong signature", wrong, "SignatureDoesNotMatch"},
		{"a user", user, "AccessDenied"},
	} {
		for _, request := range []string{
			"GET /?ostor-users", "GET /?ostor-users&emailAddress=user@example.com", "GET /?ostor-users&emailAddress=none@example.com",
			"PUT /?ostor-users", "PATCH /?ostor-users", "GET /?ostor-users&ostor-limits", "GET /?ostor-limits&bucket=none",
		} {
			refused(t, l.as(c.cred, request, ""), 403, c.code, c.explanation+": all that is told, whatever is asked: "+request)
		}
	}
	assert.Equal(t, 200, l.as(credentials(op2.Keys[0]), "GET /?ostor-users", "").Code, "there may be several operators")
	l.ok("POST /?ostor-users&emailAddress=op2@example.com&disable")
	w := l.as(credentials(op2.Keys[0]), "GET /?ostor-users", "")
	refused(t, w, 403, "AccessDenied", "a disabled operator")
	assert.Equal(t, "User is disabled", w.Header().Get("X-Amz-Err-Message"))
}
