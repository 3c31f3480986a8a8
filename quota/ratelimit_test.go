package quota_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/quota"
	"github.com/cofferstore/coffer/s3http/s3test"
)

// clock stands still but for who waits.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func (c *clock) Wait(ctx context.Context, d time.Duration) error {
	c.Advance(d)
	return ctx.Err()
}

// lane is a handler behind a limiter; headers of a request name its subject.
type lane struct {
	t *testing.T
	l *quota.RateLimiter
	c *clock
	h http.Handler
}

func newLane(t *testing.T, o quota.LimiterOptions, h http.HandlerFunc) *lane {
	t.Helper()
	c := &clock{now: time.Unix(1e9, 0)}
	o.Now, o.Wait = c.Now, c.Wait
	l, err := quota.OpenLimiter(memengine.New().Index, &o)
	require.NoError(t, err)
	if h == nil {
		h = func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }
	}
	describe := func(r *http.Request) quota.Subject {
		get := r.Header.Get
		return quota.Subject{User: get("User"), Bucket: get("Bucket"), Class: quota.Class(get("Class")), Exempt: get("Exempt") != ""}
	}
	return &lane{t: t, l: l, c: c, h: quota.RateLimit(l, describe)(h)}
}

func (n *lane) set(k quota.Kind, id string, fn func(*quota.Limits)) {
	n.t.Helper()
	_, err := n.l.UpdateLimits(n.t.Context(), k, id, func(l *quota.Limits) error { fn(l); return nil })
	require.NoError(n.t, err)
}

// do sends a request; subject is "user bucket class", with "-" for none.
func (n *lane) do(method, subject, body string) *httptest.ResponseRecorder {
	n.t.Helper()
	r := httptest.NewRequest(method, "/", strings.NewReader(body))
	for i, f := range strings.Fields(subject) {
		if f != "-" {
			r.Header.Set([]string{"User", "Bucket", "Class", "Exempt"}[i], f)
		}
	}
	w := httptest.NewRecorder()
	n.h.ServeHTTP(w, r)
	return w
}

// passes counts how many of so many requests in a row are let through.
func (n *lane) passes(of int, method, subject string) (passed int) {
	n.t.Helper()
	for range of {
		w := n.do(method, subject, "")
		switch w.Code {
		case http.StatusOK:
			passed++
		case http.StatusServiceUnavailable:
			require.NotEmpty(n.t, w.Header().Get("Retry-After"))
		default:
			n.t.Fatal(w.Code)
		}
	}
	return passed
}

func TestOperationLimits(t *testing.T) {
	for _, c := range []struct {
		why     string
		user    quota.OpsLimits
		bucket  quota.OpsLimits
		request string // GET
		first   int    // of 10 at once
		later   int    // of 10 two seconds later
	}{
		{"no limit", quota.OpsLimits{}, quota.OpsLimits{}, "alice b get", 10, 10},
		{"so many a second, and no more than a second's at once", quota.OpsLimits{Get: 3}, quota.OpsLimits{}, "alice b get", 3, 3},
		{"less than one a second", quota.OpsLimits{Get: 0.5}, quota.OpsLimits{}, "alice b get", 1, 1},
		{"a fraction is rounded up at once", quota.OpsLimits{Get: 1.5}, quota.OpsLimits{}, "alice b get", 2, 2},
		{"another class is not limited", quota.OpsLimits{Get: 3}, quota.OpsLimits{}, "alice b put", 10, 10},
		{"without an own limit the default holds", quota.OpsLimits{Get: 3, Default: 2}, quota.OpsLimits{}, "alice b list", 2, 2},
		{"an own limit goes before it", quota.OpsLimits{Delete: 3, Default: 2}, quota.OpsLimits{}, "alice b delete", 3, 3},
		{"other operations have only the default", quota.OpsLimits{Get: 1, Put: 1, List: 1, Delete: 1, Default: 4}, quota.OpsLimits{}, "alice b other", 4, 4},
		{"the bucket may refuse too", quota.OpsLimits{Get: 5}, quota.OpsLimits{Get: 2}, "alice b get", 2, 2},
		{"another user has other tokens", quota.OpsLimits{Get: 3}, quota.OpsLimits{}, "bob b get", 10, 10},
		{"an anonymous caller has the bucket's limit alone", quota.OpsLimits{Get: 1}, quota.OpsLimits{Get: 3}, "- b get", 3, 3},
		{"administrators are exempt", quota.OpsLimits{Get: 1}, quota.OpsLimits{Get: 1}, "alice b get yes", 10, 10},
	} {
		t.Run(c.why, func(t *testing.T) {
			n := newLane(t, quota.LimiterOptions{}, nil)
			n.set(quota.KindUser, "alice", func(l *quota.Limits) { l.Ops = c.user })
			n.set(quota.KindBucket, "b", func(l *quota.Limits) { l.Ops = c.bucket })
			assert.Equal(t, c.first, n.passes(10, "GET", c.request))
			n.c.Advance(2 * time.Second)
			assert.Equal(t, c.later, n.passes(10, "GET", c.request))
		})
	}
}

func TestSharedDefault(t *testing.T) {
	n := newLane(t, quota.LimiterOptions{}, nil)
	n.set(quota.KindUser, "alice", func(l *quota.Limits) { l.Ops.Default = 3 })
	assert.Equal(t, 2, n.passes(2, "GET", "alice b list"))
	assert.Equal(t, 1, n.passes(5, "GET", "alice b get"), "classes without a limit of their own share the default's tokens")
}

func TestRefusalTakesNothing(t *testing.T) {
	n := newLane(t, quota.LimiterOptions{}, func(http.ResponseWriter, *http.Request) {})
	n.set(quota.KindUser, "alice", func(l *quota.Limits) { l.Ops.Get = 5 })
	n.set(quota.KindBucket, "full", func(l *quota.Limits) { l.Ops.Get = 1 })
	assert.Equal(t, 1, n.passes(20, "GET", "alice full get"))
	assert.Equal(t, 4, n.passes(20, "GET", "alice other get"), "what the bucket refused took no token of the user")

	r := httptest.NewRequest("PUT", "/", unread{t})
	r.Header.Set("User", "alice")
	r.Header.Set("Bucket", "full")
	r.Header.Set("Class", "get")
	w := httptest.NewRecorder()
	n.h.ServeHTTP(w, r)
	assert.Equal(t, http.StatusServiceUnavailable, w.Code)
	assert.Equal(t, "1", w.Header().Get("Retry-After"))
}

func TestCephLimits(t *testing.T) {
	for _, c := range []struct {
		why    string
		spec   quota.RateSpec
		method string
		pass   int // of 10 at once
	}{
		{"off", quota.RateSpec{MaxReadOps: 1}, "GET", 10},
		{"reads a minute", quota.RateSpec{Enabled: true, MaxReadOps: 3}, "GET", 3},
		{"HEAD is a read", quota.RateSpec{Enabled: true, MaxReadOps: 3}, "HEAD", 3},
		{"reads do not limit writes", quota.RateSpec{Enabled: true, MaxReadOps: 3}, "PUT", 10},
		{"writes a minute", quota.RateSpec{Enabled: true, MaxWriteOps: 2}, "DELETE", 2},
		{"0 is no limit", quota.RateSpec{Enabled: true}, "GET", 10},
	} {
		t.Run(c.why, func(t *testing.T) {
			for _, k := range []quota.Kind{quota.KindUser, quota.KindBucket} {
				n := newLane(t, quota.LimiterOptions{}, nil)
				n.set(k, "x", func(l *quota.Limits) { l.Rate = c.spec })
				assert.Equal(t, c.pass, n.passes(10, c.method, "x x get"))
			}
		})
	}
}

func TestCephBytes(t *testing.T) {
	answer := strings.Repeat("x", 700)
	n := newLane(t, quota.LimiterOptions{}, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, answer)
	})
	n.set(quota.KindUser, "alice", func(l *quota.Limits) {
		l.Rate = quota.RateSpec{Enabled: true, MaxReadBytes: 600, MaxWriteBytes: 600}
	})
	assert.Equal(t, 200, n.do("GET", "alice b get", "").Code, "it is known afterwards that this was too much")
	assert.Equal(t, 503, n.do("GET", "alice b get", "").Code, "so the next is refused")
	assert.Equal(t, 200, n.do("PUT", "alice b put", "small").Code, "writes have their own limit, of what comes in")
	n.c.Advance(11 * time.Second)
	assert.Equal(t, 200, n.do("GET", "alice b get", "").Code, "the debt of 100 bytes is paid in 10 seconds")
	assert.Equal(t, 200, n.do("PUT", "alice b put", strings.Repeat("x", 100_000)).Code)
	w := n.do("PUT", "alice b put", "")
	assert.Equal(t, 503, w.Code)
	assert.Equal(t, "60", w.Header().Get("Retry-After"), "a debt is never more than a minute's worth")
}

func TestDefaults(t *testing.T) {
	n := newLane(t, quota.LimiterOptions{}, nil)
	limit := func(k quota.Kind, ops int64) {
		require.NoError(t, n.l.SetDefault(t.Context(), k, quota.RateSpec{Enabled: true, MaxReadOps: ops}))
	}
	limit(quota.KindUser, 4)
	limit(quota.KindAnonymous, 3)
	limit(quota.KindBucket, 5)
	assert.Equal(t, 4, n.passes(10, "GET", "alice a get"), "of users without a limit of their own")
	assert.Equal(t, 3, n.passes(10, "GET", "- b get"), "of all anonymous callers together")
	n.set(quota.KindUser, "bob", func(l *quota.Limits) { l.Rate = quota.RateSpec{Enabled: true} })
	assert.Equal(t, 5, n.passes(10, "GET", "bob c get"), "of buckets")
	got, err := n.l.Default(t.Context(), quota.KindBucket)
	require.NoError(t, err)
	assert.Equal(t, quota.RateSpec{Enabled: true, MaxReadOps: 5}, got)
}

func TestChangesHoldAtOnce(t *testing.T) {
	n := newLane(t, quota.LimiterOptions{MaxStale: time.Hour}, nil)
	assert.Equal(t, 10, n.passes(10, "GET", "alice b get"))
	n.set(quota.KindUser, "alice", func(l *quota.Limits) { l.Ops.Get = 2 })
	assert.Equal(t, 2, n.passes(10, "GET", "alice b get"))
	n.set(quota.KindUser, "alice", func(l *quota.Limits) { l.Ops.Put = 2 })
	assert.Equal(t, 0, n.passes(10, "GET", "alice b get"), "another limit's tokens stay as they were")
	require.NoError(t, n.l.ForgetLimits(t.Context(), quota.KindUser, "alice"))
	assert.Equal(t, 10, n.passes(10, "GET", "alice b get"))
	for _, get := range []float64{0.5, 0.25} { // of the same capacity
		n.set(quota.KindUser, "alice", func(l *quota.Limits) { l.Ops.Get = get })
		assert.Equal(t, 1, n.passes(10, "GET", "alice b get"))
	}
	n.c.Advance(2 * time.Second)
	assert.Equal(t, 0, n.passes(10, "GET", "alice b get"), "one in four seconds by now")
	n.c.Advance(2 * time.Second)
	assert.Equal(t, 1, n.passes(10, "GET", "alice b get"))
}

func TestInvalidLimits(t *testing.T) {
	n := newLane(t, quota.LimiterOptions{}, nil)
	set := func(fn func(*quota.Limits)) error {
		_, err := n.l.UpdateLimits(t.Context(), quota.KindUser, "alice", func(l *quota.Limits) error { fn(l); return nil })
		return err
	}
	nan := 0.0
	nan /= nan
	assert.ErrorIs(t, set(func(l *quota.Limits) { l.Ops.Get = -1 }), quota.ErrInvalid)
	assert.ErrorIs(t, set(func(l *quota.Limits) { l.Ops.Get = nan }), quota.ErrInvalid)
	assert.ErrorIs(t, set(func(l *quota.Limits) { l.BandwidthOut = -1 }), quota.ErrInvalid)
	assert.ErrorIs(t, set(func(l *quota.Limits) { l.Rate.MaxReadBytes = 1 << 60 }), quota.ErrInvalid)
	assert.ErrorIs(t, n.l.SetDefault(t.Context(), "planet", quota.RateSpec{}), quota.ErrInvalid)
	_, err := n.l.Limits(t.Context(), quota.KindAnonymous, "x")
	assert.ErrorIs(t, err, quota.ErrInvalid)
	got, err := n.l.Limits(t.Context(), quota.KindUser, "alice")
	require.NoError(t, err)
	assert.Zero(t, got, "nothing was changed")
}

func TestMemoryIsBounded(t *testing.T) {
	n := newLane(t, quota.LimiterOptions{MaxSubjects: 8}, nil)
	require.NoError(t, n.l.SetDefault(t.Context(), quota.KindUser, quota.RateSpec{Enabled: true, MaxReadOps: 1}))
	for i := range 100 {
		assert.Equal(t, 1, n.passes(1, "GET", strings.Repeat("u", i+1)+" - get"))
	}
}

// Who has no limits is forgotten first: nothing is lost with them.
func TestLimitsAreNotForgottenForOthers(t *testing.T) {
	n := newLane(t, quota.LimiterOptions{MaxSubjects: 4}, nil)
	n.set(quota.KindUser, "alice", func(l *quota.Limits) { l.Ops.Get = 1 })
	assert.Equal(t, 1, n.passes(3, "GET", "alice - get"))
	for i := range 20 {
		assert.Equal(t, 1, n.passes(1, "GET", strings.Repeat("u", i+1)+" - get"))
	}
	assert.Equal(t, 0, n.passes(3, "GET", "alice - get"), "her token is still spent")
}

func TestPacing(t *testing.T) {
	const rate, size = 100, 1000 << 10 // KiB a second, bytes
	for _, c := range []struct {
		why          string
		user, bucket int64
		want         time.Duration
	}{
		{"no bandwidth to keep", 0, 0, 0},
		{"the user's, of which one second's is free", rate, 0, 9 * time.Second},
		{"the bucket's", 0, rate, 9 * time.Second},
		{"the smaller of both", rate, rate * 2, 9 * time.Second},
		{"less than a piece a second", 1, 0, 999 * time.Second},
	} {
		for _, direct := range []bool{false, true} {
			n := newLane(t, quota.LimiterOptions{}, func(w http.ResponseWriter, _ *http.Request) {
				if direct {
					_, _ = io.Copy(w, io.LimitReader(zeroes(size), size))
					return
				}
				_, _ = w.Write(make([]byte, size))
			})
			n.set(quota.KindUser, "alice", func(l *quota.Limits) { l.BandwidthOut = c.user })
			n.set(quota.KindBucket, "b", func(l *quota.Limits) { l.BandwidthOut = c.bucket })
			start := n.c.Now()
			w := n.do("GET", "alice b get", "")
			assert.Equal(t, size, w.Body.Len(), c.why)
			assert.InDelta(t, c.want.Seconds(), n.c.Now().Sub(start).Seconds(), 0.01, c.why)
		}
	}
}

// Answers that are on their way at once have one bandwidth together.
func TestPacingIsShared(t *testing.T) {
	const rate, size = 100, 500 << 10 // KiB a second, bytes
	for _, c := range []struct {
		why, other string
		want       time.Duration
	}{
		{"of a user, whatever the buckets", "alice c get", 9 * time.Second},
		{"of a bucket, whoever the users", "bob b get", 9 * time.Second},
		{"not with another user's of another bucket", "bob c get", 4 * time.Second},
	} {
		var n *lane
		depth := 0
		n = newLane(t, quota.LimiterOptions{}, func(w http.ResponseWriter, _ *http.Request) {
			depth++
			_, _ = w.Write(make([]byte, size/2))
			if depth == 1 {
				assert.Equal(t, size, n.do("GET", c.other, "").Body.Len(), c.why)
			}
			_, _ = w.Write(make([]byte, size/2))
		})
		n.set(quota.KindUser, "alice", func(l *quota.Limits) { l.BandwidthOut = rate })
		n.set(quota.KindBucket, "b", func(l *quota.Limits) { l.BandwidthOut = rate })
		start := n.c.Now()
		assert.Equal(t, size, n.do("GET", "alice b get", "").Body.Len(), c.why)
		assert.InDelta(t, c.want.Seconds(), n.c.Now().Sub(start).Seconds(), 0.01, c.why)
	}
}

func TestPacingEndsWithTheRequest(t *testing.T) {
	var failed error
	ctx, cancel := context.WithCancel(t.Context())
	n := newLane(t, quota.LimiterOptions{}, func(w http.ResponseWriter, _ *http.Request) {
		cancel()
		_, failed = w.Write(make([]byte, 1<<20))
	})
	n.set(quota.KindUser, "alice", func(l *quota.Limits) { l.BandwidthOut = 1 })
	r := httptest.NewRequestWithContext(ctx, "GET", "/", nil)
	r.Header.Set("User", "alice")
	n.h.ServeHTTP(httptest.NewRecorder(), r)
	assert.ErrorIs(t, failed, context.Canceled, "a client that is gone holds up nothing")
}

// fileSink is a server's writer that tells what its ReadFrom got.
type fileSink struct {
	*httptest.ResponseRecorder
	source io.Reader
}

func (w *fileSink) ReadFrom(src io.Reader) (int64, error) {
	w.source = src
	return w.Body.ReadFrom(src)
}

func TestSendfileWithoutLimit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte("0123456789"), 0o600))
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	n := newLane(t, quota.LimiterOptions{}, func(w http.ResponseWriter, _ *http.Request) {
		_, err := io.CopyN(w, f, 7)
		assert.NoError(t, err)
	})
	w := &fileSink{ResponseRecorder: httptest.NewRecorder()}
	n.h.ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	lr, ok := w.source.(*io.LimitedReader)
	require.True(t, ok, "the server must see the file behind its limit, or it cannot use sendfile")
	assert.Same(t, f, lr.R)
}

// TestS3 limits requests to a real server, which knows by itself who asks.
func TestS3(t *testing.T) {
	srv := s3test.New(t)
	alice, err := srv.AddUser("alice")
	require.NoError(t, err)
	do := func(u s3test.User, method, path string) *http.Response {
		var body io.Reader
		if strings.HasSuffix(path, "/k") && method == "PUT" {
			body = strings.NewReader("x")
		}
		r, err := srv.Request(t.Context(), method, path, body)
		require.NoError(t, err)
		resp, err := srv.DoAs(u, r)
		require.NoError(t, err)
		t.Cleanup(func() { _ = resp.Body.Close() })
		return resp
	}
	require.Equal(t, 200, do(alice, "PUT", "/photos").StatusCode)
	require.Equal(t, 200, do(alice, "PUT", "/photos/k").StatusCode)
	b, err := srv.Store.Bucket(t.Context(), objstore.BucketID{Name: "photos"})
	require.NoError(t, err)
	ref := b.Info().Ref
	one := func(l *quota.Limits) error { l.Ops.Get = 0.01; return nil }

	_, err = srv.Limits.UpdateLimits(t.Context(), quota.KindBucket, string(ref[:]), one)
	require.NoError(t, err)
	assert.Equal(t, 200, do(alice, "GET", "/photos/k").StatusCode)
	refused := do(alice, "GET", "/photos/k")
	assert.Equal(t, 503, refused.StatusCode)
	assert.Equal(t, "1", refused.Header.Get("Retry-After"))
	text, err := io.ReadAll(refused.Body)
	require.NoError(t, err)
	assert.Contains(t, string(text), "<Code>SlowDown</Code>")
	assert.Equal(t, 200, do(alice, "PUT", "/photos/k").StatusCode, "another class")
	assert.Equal(t, 200, do(srv.Root(), "GET", "/photos/k").StatusCode, "administrators are not limited")
	srv.Clock.Advance(2 * time.Minute)
	assert.Equal(t, 200, do(alice, "GET", "/photos/k").StatusCode, "the token is back")
	require.NoError(t, srv.Limits.ForgetLimits(t.Context(), quota.KindBucket, string(ref[:])))

	_, err = srv.Limits.UpdateLimits(t.Context(), quota.KindUser, "alice", one)
	require.NoError(t, err)
	assert.Equal(t, 404, do(alice, "GET", "/nowhere/k").StatusCode)
	assert.Equal(t, 503, do(alice, "GET", "/nowhere/k").StatusCode, "guesses at buckets count for the caller")
	for _, e := range srv.Usage() {
		if e.Status == 503 {
			assert.Equal(t, "SlowDown", e.ErrorCode)
		}
	}

	_, err = srv.Limits.UpdateLimits(t.Context(), quota.KindBucket, string(ref[:]), one)
	require.NoError(t, err)
	require.NoError(t, do(alice, "DELETE", "/photos/k").Body.Close())
	require.NoError(t, srv.Store.DeleteBucket(t.Context(), b.Info().BucketID))
	left, err := srv.Limits.Limits(t.Context(), quota.KindBucket, string(ref[:]))
	require.NoError(t, err)
	assert.Zero(t, left, "the limits of a bucket go with it")
}

func TestAdmitWithoutMiddleware(t *testing.T) {
	assert.NoError(t, quota.FromContext(t.Context()).Admit(t.Context(), quota.Subject{User: "alice"}), "nothing is limited")
	assert.True(t, errors.Is(&quota.SlowDown{}, quota.ErrSlowDown))
}

func BenchmarkRateLimit(b *testing.B) {
	l, err := quota.OpenLimiter(memengine.New().Index, nil)
	require.NoError(b, err)
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	r, w := httptest.NewRequest("GET", "/", nil), httptest.NewRecorder()
	limited := quota.RateLimit(l, func(*http.Request) quota.Subject {
		return quota.Subject{User: "alice", Bucket: "b", Class: quota.ClassGet}
	})(h)
	b.ReportAllocs()
	for b.Loop() {
		limited.ServeHTTP(w, r)
	}
}
