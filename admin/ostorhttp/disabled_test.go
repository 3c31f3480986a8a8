package ostorhttp_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/awssig"
)

// form is the upload of a browser with a policy that was signed by V2.
func form(t *testing.T, cred awssig.Credentials) *http.Request {
	t.Helper()
	policy := base64.StdEncoding.EncodeToString([]byte(`{"expiration":"2099-01-01T00:00:00Z","conditions":[{"bucket":"bkt"},{"key":"form"}]}`))
	mac := hmac.New(sha1.New, []byte(cred.Secret))
	_, _ = io.WriteString(mac, policy) // never fails
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, f := range [][2]string{{"key", "form"}, {"AWSAccessKeyId", cred.AccessKey}, {"policy", policy},
		{"signature", base64.StdEncoding.EncodeToString(mac.Sum(nil))}, {"file", "content"}} {
		require.NoError(t, w.WriteField(f[0], f[1]))
	}
	require.NoError(t, w.Close())
	r := httptest.NewRequest("POST", "http://s3.example.com/bkt", &body)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return r
}

// A disabled user is cut off whatever way a request is signed, and with the keys
// of accounts too; what is public stays so.
func TestDisabledUser(t *testing.T) {
	l, own := limitedLab(t)
	account := keyOf(t, l.ok("POST /?ostor-accounts&emailAddress=user@example.com&accountName=a"))
	require.Equal(t, 200, l.as(own, "PUT /open", "", "X-Amz-Object-Ownership: ObjectWriter", "X-Amz-Acl: public-read").Code)
	require.Equal(t, 200, l.as(own, "PUT /open/k", "data", "X-Amz-Acl: public-read").Code)
	scope := awssig.Scope{Time: l.clock.Now(), Region: "us-east-1", Service: "s3"}
	get := func() *http.Request { return httptest.NewRequest("GET", "http://s3.example.com/bkt/k", nil) }
	ways := []struct {
		explanation string
		request     func(awssig.Credentials) *http.Request
		status      int // of one who is enabled
	}{
		{"V2", func(c awssig.Credentials) *http.Request {
			r := get()
			awssig.SignV2(r, c, l.clock.Now(), nil)
			return r
		}, 200},
		{"V4", func(c awssig.Credentials) *http.Request {
			r := get()
			awssig.SignV4(r, c, scope, awssig.UnsignedPayload)
			return r
		}, 200},
		{"a URL presigned by V2", func(c awssig.Credentials) *http.Request {
			return httptest.NewRequest("GET", awssig.PresignV2(get(), c, l.clock.Now().Add(time.Hour), nil).String(), nil)
		}, 200},
		{"a URL presigned by V4", func(c awssig.Credentials) *http.Request {
			return httptest.NewRequest("GET", awssig.PresignV4(get(), c, scope, time.Hour, awssig.UnsignedPayload).String(), nil)
		}, 200},
		{"a form", func(c awssig.Credentials) *http.Request { return form(t, c) }, 204},
	}
	for _, state := range []string{"enable", "disable", "enable"} {
		l.ok("POST /?ostor-users&emailAddress=user@example.com&" + state)
		for whose, cred := range map[string]awssig.Credentials{"the user's own": own, "an account's": account} {
			for _, way := range ways {
				w := l.send(way.request(cred))
				if state == "enable" {
					assert.Equal(t, way.status, w.Code, "%s, %s: %s", way.explanation, whose, w.Body)
					continue
				}
				assert.Equal(t, 403, w.Code, "%s, %s", way.explanation, whose)
				assert.Contains(t, w.Body.String(), "<Code>AccessDenied</Code><Message>User is disabled</Message>", way.explanation)
			}
		}
		assert.Equal(t, "data", l.as(awssig.Credentials{}, "GET /open/k", "").Body.String(), "%sd: what is public stays readable", state)
	}
}
