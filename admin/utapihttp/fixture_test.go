package utapihttp_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/utapihttp"
	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/s3http/s3test"
)

// lab is an S3 server with the credentials of the integration note, and a
// handler of its metrics.
type lab struct {
	*s3test.Server
	t *testing.T
	h *utapihttp.Handler
}

func newLab(t *testing.T, o *utapihttp.Options) *lab {
	l := &lab{t: t, Server: s3test.New(t, func(c *s3test.Config) {
		c.AccessKey, c.SecretKey, c.StrictClock = "accessKey1", "verySecretKey1", true
		c.Start = time.Date(2017, 9, 15, 12, 7, 0, 0, time.UTC)
	})}
	if o == nil {
		o = &utapihttp.Options{}
	}
	if o.Verifier == nil {
		o.Verifier = awssig.V4(l.Directory, &awssig.Options{Now: l.Clock.Now})
	}
	o.Now = l.Clock.Now
	l.h = utapihttp.New(l.Metrics, admin.New(l.Directory, l.Store, nil), o)
	return l
}

// s3 sends a request to the S3 server.
func (l *lab) s3(u s3test.User, method, path, body string) {
	l.t.Helper()
	r, err := l.Request(l.t.Context(), method, path, strings.NewReader(body))
	require.NoError(l.t, err)
	resp, err := l.DoAs(u, r)
	require.NoError(l.t, err)
	require.NoError(l.t, resp.Body.Close())
	require.Equal(l.t, 200, resp.StatusCode)
	l.Usage() // waits until it is counted
}

// user makes a user with a key.
func (l *lab) user(a iam.Account) s3test.User {
	l.t.Helper()
	if len(a.Keys) == 0 {
		a.Keys = []iam.AccountKey{{AccessKey: a.UID + "-key", Secret: "secret"}}
	}
	a.DisplayName = a.UID
	a, err := l.Directory.CreateAccount(l.t.Context(), a)
	require.NoError(l.t, err)
	return s3test.User{ID: a.String(), AccessKey: a.Keys[0].AccessKey, SecretKey: a.Keys[0].Secret}
}

// request makes a request that is signed by u at the time of the clock.
func (l *lab) request(u s3test.User, method, target, body string) *http.Request {
	sum := sha256.Sum256([]byte(body))
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	awssig.SignV4(r, awssig.Credentials{AccessKey: u.AccessKey, Secret: u.SecretKey},
		awssig.Scope{Time: l.Clock.Now(), Region: "us-east-1", Service: "s3"}, hex.EncodeToString(sum[:]))
	return r
}

// answer is what a handler answered.
func (l *lab) answer(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	l.h.ServeHTTP(w, r)
	return w
}

// metric is an answer as a client reads it.
type metric struct {
	TimeRange, StorageUtilized, NumberOfObjects [2]int64
	IncomingBytes, OutgoingBytes                int64
	Operations                                  map[string]int64
	BucketName, AccountID, UserID, ServiceName  string
}

// ask lists metrics as u.
func (l *lab) ask(u s3test.User, target, body string) (status int, list []metric, code string) {
	l.t.Helper()
	w := l.answer(l.request(u, "POST", target, body))
	if w.Code == 200 {
		require.NoError(l.t, json.Unmarshal(w.Body.Bytes(), &list))
		return w.Code, list, ""
	}
	var failed struct{ Code, Message string }
	require.NoError(l.t, json.Unmarshal(w.Body.Bytes(), &failed))
	return w.Code, nil, failed.Code
}
