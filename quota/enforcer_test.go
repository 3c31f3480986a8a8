package quota_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/quota"
	"github.com/cofferstore/coffer/s3http/s3test"
)

// world is a store with an enforcer, and a bucket of alice's.
type world struct {
	t *testing.T
	e *quota.Enforcer
	s *objstore.Store
	b *objstore.Bucket
}

func newWorld(t *testing.T, o *quota.Options) *world {
	t.Helper()
	eng := memengine.New()
	e, err := quota.Open(eng.Index, o)
	require.NoError(t, err)
	s, err := objstore.Open(eng, &objstore.Options{Hooks: []objstore.Hook{e}, SweepEvery: -1, MinPartSize: 1})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	w := &world{t: t, e: e, s: s}
	w.b = w.bucket("photos")
	return w
}

func (w *world) bucket(name string) *objstore.Bucket {
	w.t.Helper()
	b, err := w.s.CreateBucket(w.t.Context(), objstore.BucketID{Name: name}, &objstore.CreateBucketOptions{Owner: "alice"})
	require.NoError(w.t, err)
	return b
}

func (w *world) setUser(fn func(*quota.UserSpecs)) {
	w.t.Helper()
	_, err := w.e.UpdateUser(w.t.Context(), "alice", func(s *quota.UserSpecs) error { fn(s); return nil })
	require.NoError(w.t, err)
}

func (w *world) setBucket(s quota.Spec) {
	w.t.Helper()
	require.NoError(w.t, w.e.SetBucket(w.t.Context(), w.b.Info().Ref, s))
}

func (w *world) put(key string, size int64) error {
	_, err := w.b.Put(w.t.Context(), key, zeroes(size), &objstore.PutOptions{Size: &size})
	return err
}

func zeroes(n int64) io.Reader { return bytes.NewReader(make([]byte, n)) }

func bytesOnly(n int64) quota.Spec { return quota.Spec{Enabled: true, MaxBytes: n, MaxObjects: -1} }
func objectsOnly(n int64) quota.Spec {
	return quota.Spec{Enabled: true, MaxBytes: -1, MaxObjects: n}
}

func TestWhichQuotaHolds(t *testing.T) {
	type u = quota.UserSpecs
	off := quota.Spec{Enabled: false, MaxBytes: 0}
	free := quota.Spec{Enabled: true, MaxBytes: -1, MaxObjects: -1}
	for _, c := range []struct {
		why              string
		configured, all  u
		user             u
		bucket           quota.Spec
		refused, allowed bool
	}{
		{why: "nothing is set", bucket: off, allowed: true},
		{why: "the user's own", user: u{User: bytesOnly(9)}, refused: true},
		{why: "the user's for each bucket", user: u{Bucket: bytesOnly(9)}, refused: true},
		{why: "the bucket's own", bucket: bytesOnly(9), refused: true},
		{why: "one that is not enabled is passed over", user: u{User: off, Bucket: off}, bucket: off, allowed: true},
		{why: "the bucket's own goes before the user's for each", user: u{Bucket: bytesOnly(9)}, bucket: bytesOnly(10), allowed: true},
		{why: "and an unlimited one lifts it", user: u{Bucket: bytesOnly(9)}, bucket: free, allowed: true},
		{why: "one that is off does not", user: u{Bucket: bytesOnly(9)}, bucket: off, refused: true},
		{why: "both must hold", user: u{User: bytesOnly(9)}, bucket: bytesOnly(10), refused: true},
		{why: "a default for users", all: u{User: bytesOnly(9)}, refused: true},
		{why: "a default for buckets", all: u{Bucket: bytesOnly(9)}, refused: true},
		{why: "own ones go before defaults", all: u{User: bytesOnly(9), Bucket: bytesOnly(9)}, user: u{User: free, Bucket: free}, allowed: true},
		{why: "a default of the configuration", configured: u{Bucket: bytesOnly(9)}, refused: true},
		{why: "the server's stored default goes before it", configured: u{Bucket: bytesOnly(9)}, all: u{Bucket: free}, allowed: true},
		{why: "any negative number is no limit", user: u{User: quota.Spec{Enabled: true, MaxBytes: -5, MaxObjects: -7}}, allowed: true},
		{why: "0 lets nothing in", user: u{User: bytesOnly(0)}, refused: true},
	} {
		t.Run(c.why, func(t *testing.T) {
			w := newWorld(t, &quota.Options{Defaults: c.configured})
			if c.all != (u{}) {
				_, err := w.e.UpdateDefaults(t.Context(), func(s *u) error { *s = c.all; return nil })
				require.NoError(t, err)
			}
			w.setUser(func(s *u) { *s = c.user })
			w.setBucket(c.bucket)
			err := w.put("k", 10)
			if c.refused {
				assert.ErrorIs(t, err, quota.ErrExceeded)
			}
			if c.allowed {
				assert.NoError(t, err)
			}
		})
	}
}

func TestWhatCounts(t *testing.T) {
	for _, c := range []struct {
		why   string
		quota quota.Spec
		do    func(*world) error // fills up
		then  func(*world) error
		want  error
	}{
		{"up to the limit", bytesOnly(20), func(w *world) error { return w.put("a", 10) }, func(w *world) error { return w.put("b", 10) }, nil},
		{"one byte more", bytesOnly(19), func(w *world) error { return w.put("a", 10) }, func(w *world) error { return w.put("b", 10) }, quota.ErrExceeded},
		{"what is replaced makes room", bytesOnly(10), func(w *world) error { return w.put("a", 10) }, func(w *world) error { return w.put("a", 10) }, nil},
		{"overwriting at the object limit counts as one more, as Ceph has it", objectsOnly(1), func(w *world) error { return w.put("a", 1) }, func(w *world) error { return w.put("a", 2) }, quota.ErrExceeded},
		{"with something smaller it is let through", objectsOnly(1), func(w *world) error { return w.put("a", 2) }, func(w *world) error { return w.put("a", 1) }, nil},
		{"old versions count", bytesOnly(19), (*world).version, func(w *world) error { return w.put("a", 5) }, quota.ErrExceeded},
		{"old versions are objects", objectsOnly(1), (*world).version, func(w *world) error { return w.put("a", 1) }, quota.ErrExceeded},
		{"parts of an upload count", bytesOnly(19), (*world).part, func(w *world) error { return w.put("b", 15) }, quota.ErrExceeded},
		{"parts are objects", objectsOnly(1), (*world).part, func(w *world) error { return w.put("b", 1) }, quota.ErrExceeded},
		{"deleting makes room", bytesOnly(10), func(w *world) error { return w.put("a", 10) }, func(w *world) error {
			if _, err := w.b.Delete(w.t.Context(), objstore.DeleteRequest{Key: "a"}); err != nil {
				return err
			}
			return w.put("b", 10)
		}, nil},
		{"a copy counts", bytesOnly(15), func(w *world) error { return w.put("a", 10) }, func(w *world) error { return w.copy("a", "b") }, quota.ErrExceeded},
		{"a large body is refused before it is read", bytesOnly(1_500_000), func(w *world) error { return w.put("a", 1_000_000) }, func(w *world) error {
			size := int64(1_000_000)
			_, err := w.b.Put(w.t.Context(), "b", unread{w.t}, &objstore.PutOptions{Size: &size})
			return err
		}, quota.ErrExceeded},
		{"and a small one whose client waits for that", bytesOnly(15), func(w *world) error { return w.put("a", 10) }, func(w *world) error {
			size := int64(10)
			_, err := w.b.Put(w.t.Context(), "b", unread{w.t}, &objstore.PutOptions{Size: &size, PlanFirst: true})
			return err
		}, quota.ErrExceeded},
	} {
		t.Run(c.why, func(t *testing.T) {
			w := newWorld(t, nil)
			w.setUser(func(s *quota.UserSpecs) { s.User = c.quota })
			require.NoError(t, c.do(w))
			assert.ErrorIs(t, c.then(w), c.want)
		})
	}
}

func (w *world) version() error {
	if err := w.b.SetVersioning(w.t.Context(), objstore.VersioningEnabled); err != nil {
		return err
	}
	return w.put("a", 15)
}

func (w *world) part() error {
	u, err := w.b.CreateUpload(w.t.Context(), "a", nil)
	if err == nil {
		_, err = u.PutPart(w.t.Context(), 1, zeroes(10), nil)
	}
	return err
}

func (w *world) copy(from, to string) error {
	src, err := w.b.Object(w.t.Context(), from, nil)
	if err != nil {
		return err
	}
	defer src.Close()
	_, err = w.b.Copy(w.t.Context(), to, src, nil)
	return err
}

// unread fails the test when it is read.
type unread struct{ t *testing.T }

func (r unread) Read([]byte) (int, error) {
	r.t.Error("the body was read")
	return 0, io.EOF
}

func TestOverQuota(t *testing.T) {
	w := newWorld(t, nil)
	require.NoError(t, w.put("a", 20_000))
	u, err := w.b.CreateUpload(t.Context(), "u", nil)
	require.NoError(t, err)
	p, err := u.PutPart(t.Context(), 1, zeroes(10_000), nil)
	require.NoError(t, err)
	w.setUser(func(s *quota.UserSpecs) { s.User = quota.Spec{Enabled: true, MaxBytes: 5, MaxObjects: 1} })

	require.NoError(t, w.put("a", 19_999), "an overwrite with something smaller")
	require.ErrorIs(t, w.put("a", 19_999), quota.ErrExceeded, "one of the same size brings as much as it frees")
	_, err = u.PutPart(t.Context(), 1, zeroes(10_001), nil)
	require.ErrorIs(t, err, quota.ErrExceeded, "a larger part")
	_, err = u.Complete(t.Context(), []objstore.CompletePart{{Number: 1, ETag: p.ETag}}, nil)
	require.NoError(t, err, "what is completed was counted when it arrived")
	_, err = w.b.Delete(t.Context(), objstore.DeleteRequest{Key: "a"})
	require.NoError(t, err, "deleting always works")
	require.ErrorIs(t, w.put("c", 0), quota.ErrExceeded, "nothing new, be it empty")
}

// endless counts how much of it was read.
type endless struct{ n int64 }

func (r *endless) Read(p []byte) (int, error) {
	r.n += int64(len(p))
	return len(p), nil
}

func TestUnknownSize(t *testing.T) {
	const limit = 3 << 20
	w := newWorld(t, nil)
	w.setUser(func(s *quota.UserSpecs) { s.User = bytesOnly(limit) })
	body := &endless{}
	_, err := w.b.Put(t.Context(), "k", body, nil)
	require.ErrorIs(t, err, quota.ErrExceeded)
	assert.Less(t, body.n, int64(2*limit), "the stream is stopped, not judged at its end")
	_, err = w.b.Put(t.Context(), "k", zeroes(limit), nil)
	require.NoError(t, err, "exactly what fits")
	_, err = w.b.Put(t.Context(), "l", zeroes(1), nil)
	require.ErrorIs(t, err, quota.ErrExceeded, "not one byte more")
	_, err = w.b.Put(t.Context(), "k", zeroes(limit-1), nil)
	require.NoError(t, err, "smaller than what it replaces")
	w.setUser(func(s *quota.UserSpecs) { s.User = quota.Spec{Enabled: true, MaxBytes: -1, MaxObjects: 0} })
	_, err = w.b.Put(t.Context(), "m", unread{t}, nil)
	require.ErrorIs(t, err, quota.ErrExceeded, "no object fits, so nothing is read")
}

func TestConcurrentWriters(t *testing.T) {
	const writers, each, size, fit = 64, 8, 5000, 100
	w := newWorld(t, nil)
	w.setUser(func(s *quota.UserSpecs) { s.User = bytesOnly(fit*size + size - 1) })
	other := w.bucket("other")
	var stored atomic.Int64
	var wg sync.WaitGroup
	for i := range writers {
		b := w.b
		if i%2 == 0 {
			b = other
		}
		wg.Go(func() {
			for j := range each {
				_, err := b.Put(context.Background(), string(rune('a'+i))+string(rune('a'+j)), zeroes(size), nil)
				switch {
				case err == nil:
					stored.Add(1)
				case !errors.Is(err, quota.ErrExceeded):
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	assert.EqualValues(t, fit, stored.Load(), "what fits is let in, and not one object more")
	totals, err := w.s.OwnerTotals(t.Context(), "alice")
	require.NoError(t, err)
	assert.EqualValues(t, fit*size, totals.Bytes)
}

func TestForget(t *testing.T) {
	w := newWorld(t, nil)
	ref := w.b.Info().Ref
	w.setUser(func(s *quota.UserSpecs) { s.User = bytesOnly(1) })
	w.setBucket(quota.Spec{Enabled: true, MaxBytes: -4, MaxObjects: 2})
	got, err := w.e.Bucket(t.Context(), ref)
	require.NoError(t, err)
	assert.Equal(t, objectsOnly(2), got, "no limit has one spelling")
	require.NoError(t, w.e.ForgetUser(t.Context(), "alice"))
	user, err := w.e.User(t.Context(), "alice")
	require.NoError(t, err)
	assert.Equal(t, quota.Spec{MaxBytes: -1, MaxObjects: -1}, user.User)
	require.NoError(t, w.s.DeleteBucket(t.Context(), w.b.Info().BucketID))
	got, err = w.e.Bucket(t.Context(), ref)
	require.NoError(t, err)
	assert.Equal(t, quota.Spec{MaxBytes: -1, MaxObjects: -1}, got, "the quota of a bucket goes with it")

	refused := errors.New("refused")
	_, err = w.e.UpdateUser(t.Context(), "alice", func(s *quota.UserSpecs) error { s.User = bytesOnly(1); return refused })
	require.ErrorIs(t, err, refused)
	user, err = w.e.User(t.Context(), "alice")
	require.NoError(t, err)
	assert.False(t, user.User.Enabled, "an error changes nothing")
	_, err = w.e.UpdateUser(t.Context(), strings.Repeat("x", 2000), func(*quota.UserSpecs) error { return nil })
	require.ErrorIs(t, err, quota.ErrInvalid)
}

// TestAsRecorded replays what a Ceph gateway was asked and answered.
func TestAsRecorded(t *testing.T) {
	srv := s3test.New(t)
	user, err := srv.AddUser("lab-user")
	require.NoError(t, err)
	do := func(method, path, body, source string) (int, string) {
		r, err := srv.Request(t.Context(), method, path, strings.NewReader(body))
		require.NoError(t, err)
		if source != "" {
			r.Header.Set("X-Amz-Copy-Source", source)
		}
		resp, err := srv.DoAs(user, r)
		require.NoError(t, err)
		defer resp.Body.Close()
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		_, code, _ := strings.Cut(string(text), "<Code>")
		code, _, _ = strings.Cut(code, "</Code>")
		return resp.StatusCode, code
	}
	mustDo := func(path, body string) {
		status, code := do("PUT", path, body, "")
		require.Equal(t, http.StatusOK, status, code)
	}
	mustDo("/lab-s3", "")
	mustDo("/lab-s3/a", "x")
	mustDo("/lab-quota", "")
	mustDo("/lab-quota2", "")
	b, err := srv.Store.Bucket(t.Context(), objstore.BucketID{Name: "lab-quota"})
	require.NoError(t, err)
	require.NoError(t, srv.Quota.SetBucket(t.Context(), b.Info().Ref, quota.Spec{Enabled: true, MaxBytes: 10240, MaxObjects: 1}))
	for _, c := range []struct {
		recorded, method, path, body, source string
		status                               int
		code                                 string
	}{
		{"quota-bucket-put-first", "PUT", "/lab-quota/1", "x", "", 200, ""},
		{"quota-bucket-error-objects", "PUT", "/lab-quota/2", "x", "", 403, "QuotaExceeded"},
		{"quota-bucket-overwrite-at-limit", "PUT", "/lab-quota/1", "xy", "", 403, "QuotaExceeded"},
		{"quota-bucket-error-copy", "PUT", "/lab-quota/3", "", "/lab-s3/a", 403, "QuotaExceeded"},
		{"quota-bucket-multipart-init", "POST", "/lab-quota/mp?uploads", "", "", 200, ""},
		{"quota-bucket-error-size", "PUT", "/lab-quota/big", strings.Repeat("x", 20000), "", 403, "QuotaExceeded"},
	} {
		status, code := do(c.method, c.path, c.body, c.source)
		assert.Equal(t, c.status, status, c.recorded)
		assert.Equal(t, c.code, code, c.recorded)
	}
	set := func(s quota.Spec) {
		_, err := srv.Quota.UpdateUser(t.Context(), "lab-user", func(u *quota.UserSpecs) error { u.User = s; return nil })
		require.NoError(t, err)
	}
	set(objectsOnly(1))
	status, code := do("PUT", "/lab-quota2/1", "x", "")
	assert.Equal(t, http.StatusForbidden, status, "quota-user-error-objects")
	assert.Equal(t, "QuotaExceeded", code)
	status, _ = do("PUT", "/lab-quota3", "", "")
	assert.Equal(t, http.StatusOK, status, "quota-user-error-create-bucket: buckets are not objects")
	set(quota.Spec{MaxBytes: -1, MaxObjects: 1})
	status, _ = do("PUT", "/lab-quota2/1", "x", "")
	assert.Equal(t, http.StatusOK, status, "quota-user-disabled-again")
}

func TestMaxBuckets(t *testing.T) {
	srv := s3test.New(t)
	user, err := srv.AddUser("lab-other")
	require.NoError(t, err)
	for _, c := range []struct {
		why    string
		limit  int
		path   string
		status int
		code   string
	}{
		{"max-buckets-first", 1, "/lab-max1", 200, ""},
		{"max-buckets-error", 1, "/lab-max2", 400, "TooManyBuckets"},
		{"one that is there already is no further one (Amazon; Ceph refuses)", 1, "/lab-max1", 200, ""},
		{"max-buckets-minus-one", -1, "/lab-max3", 403, "AccessDenied"},
		{"max-buckets-zero", 0, "/lab-max4", 200, ""},
	} {
		_, err := srv.Directory.UpdateUser(t.Context(), iam.UserID{UID: "lab-other"}, func(u *iam.User) error { u.MaxBuckets = c.limit; return nil })
		require.NoError(t, err)
		r, err := srv.Request(t.Context(), "PUT", c.path, nil)
		require.NoError(t, err)
		resp, err := srv.DoAs(user, r)
		require.NoError(t, err)
		text, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		require.NoError(t, resp.Body.Close())
		assert.Equal(t, c.status, resp.StatusCode, c.why)
		if c.code != "" {
			assert.Contains(t, string(text), "<Code>"+c.code+"</Code>", c.why)
		}
	}
}
