package ostorhttp_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/internal/admintest"
	"github.com/cofferstore/coffer/admin/ostorhttp"
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/drivertest"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/quota"
	"github.com/cofferstore/coffer/s3http"
	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/ostorstat"
)

// clock is the time of everything in a lab; it moves for who waits.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

// key is that of the system user of a lab, the one of the worked examples.
var key = awssig.Credentials{AccessKey: "a14040e0b2ef8b28FZZ8", Secret: "dbwTnQTW602aAAdq8DQVFzB6yrTCFTNiGB8C8RFA"}

// examples is the time of the worked examples.
var examples = time.Date(2026, 11, 22, 9, 31, 47, 0, time.UTC)

// lab is an S3 endpoint with the API in front.
type lab struct {
	*admintest.Lab
	t     testing.TB
	clock *clock
	index *drivertest.CountedIndex
	admin *admin.Ostor
	log   *ostorstat.Log
	sizes *ostorstat.Sizes
	api   *ostorhttp.Handler
	h     http.Handler // api, and S3 beside it
}

func newLab(t testing.TB) *lab {
	t.Helper()
	l := &lab{t: t, clock: &clock{now: examples}, index: drivertest.NewCountedIndex(memengine.NewIndex())}
	var err error
	l.sizes, err = ostorstat.OpenSizes(l.index, &ostorstat.SizesOptions{Now: l.clock.Now})
	require.NoError(t, err)
	l.Lab = admintest.New(t, &admintest.Options{
		Index: l.index, Now: l.clock.Now, Wait: l.clock.Wait,
		Store: objstore.Options{MinPartSize: 1, Hooks: []objstore.Hook{l.sizes}},
	})
	l.log, err = ostorstat.OpenLog(t.Context(), l.index, &ostorstat.LogOptions{Collect: true, FlushEvery: -1, Now: l.clock.Now})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, l.log.Close(context.Background())) })
	l.admin = admin.NewOstor(l.Service, &admin.OstorOptions{Gigabyte: 10})

	sig := &awssig.Options{Now: l.clock.Now, Domains: []string{"s3.example.com"}}
	verifier := auth.Chain(awssig.V4(l.Users, sig), awssig.V2(l.Users, sig), awssig.Anonymous())
	s3 := s3http.New(l.Store, &s3http.Options{Verifier: verifier, Forms: awssig.Form(l.Users, sig), Users: l.Users, Domains: sig.Domains, Now: l.clock.Now})
	l.api = ostorhttp.New(l.admin, &ostorhttp.Options{Verifier: verifier, Domains: sig.Domains, Sizes: l.sizes, Statistics: l.log})
	l.h = usage.Middleware(l.log)(l.api.Beside(quota.RateLimit(l.Rates, nil)(s3)))

	l.AddUser(iam.User{UserID: iam.UserID{UID: "a14040e0b2ef8b28"}, Email: "op@example.com", DisplayName: "op@example.com", System: true, Ostor: true},
		iam.AccountKey{AccessKey: key.AccessKey, Secret: key.Secret})
	return l
}

// send lets a request as it is through the handler.
func (l *lab) send(r *http.Request) *httptest.ResponseRecorder {
	l.t.Helper()
	w := httptest.NewRecorder()
	l.h.ServeHTTP(w, r)
	return w
}

// as sends a request "METHOD target", signed as the Bash client of the guide
// does, unless there is no key. headers are "Name: value".
func (l *lab) as(cred awssig.Credentials, request, body string, headers ...string) *httptest.ResponseRecorder {
	l.t.Helper()
	method, target, _ := strings.Cut(request, " ")
	r := httptest.NewRequest(method, "http://s3.example.com"+target, strings.NewReader(body))
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	if cred.AccessKey != "" {
		awssig.SignV2(r, cred, l.clock.Now(), nil)
	}
	return l.send(r)
}

// do sends a request of the system user.
func (l *lab) do(request string) *httptest.ResponseRecorder {
	l.t.Helper()
	return l.as(key, request, "")
}

// ok sends a request of the system user that must succeed, and returns the body.
func (l *lab) ok(request string) string {
	l.t.Helper()
	w := l.do(request)
	require.Less(l.t, w.Code, 300, "%s: %s", request, w.Body)
	return strings.TrimSpace(w.Body.String())
}

// user makes a user with credentials.
func (l *lab) user(email string) (iam.Account, awssig.Credentials) {
	l.t.Helper()
	a, err := l.admin.CreateUser(l.t.Context(), email, false)
	require.NoError(l.t, err)
	return a, credentials(a.Keys[0])
}

func credentials(k iam.AccountKey) awssig.Credentials {
	return awssig.Credentials{AccessKey: k.AccessKey, Secret: k.Secret}
}

// refused checks that an answer is an error in all the ways that clients read.
func refused(t testing.TB, w *httptest.ResponseRecorder, status int, code, why string) {
	t.Helper()
	assert.Equal(t, status, w.Code, why)
	assert.Equal(t, code, w.Header().Get("X-Amz-Err-Code"), why)
	assert.NotEmpty(t, w.Header().Get("X-Amz-Err-Message"), why)
	assert.Equal(t, "application/xml", w.Header().Get("Content-Type"), why)
	assert.NotEmpty(t, w.Header().Get("X-Amz-Request-Id"), why)
	body := w.Body.String()
	assert.Contains(t, body, "<Error><Code>"+code+"</Code><Message>", why)
	assert.Contains(t, body, "<Resource>/</Resource><RequestId>"+w.Header().Get("X-Amz-Request-Id")+"</RequestId></Error>", why)
}

// serve runs the lab behind a real server, for what depends on framing.
func (l *lab) serve() *httptest.Server {
	s := httptest.NewServer(l.h)
	l.t.Cleanup(s.Close)
	return s
}

func drain(t testing.TB, r io.Reader) string {
	t.Helper()
	var b bytes.Buffer
	_, err := b.ReadFrom(r)
	require.NoError(t, err)
	return b.String()
}
