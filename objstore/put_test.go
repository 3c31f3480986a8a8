package objstore

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/bufpool"
	"github.com/cofferstore/coffer/objstore/checksum"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// noise returns n bytes that no two places have alike.
func noise(n int) []byte {
	p := make([]byte, n)
	src := rand.NewChaCha8([32]byte{1})
	_, _ = src.Read(p)
	return p
}

func TestPutSizes(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningOff)
	sizes := []int{
		0, 1, 4095, 4096, 4097, bufpool.Small - 1, bufpool.Small, bufpool.Small + 1,
		bufpool.Medium - 1, bufpool.Medium, bufpool.Medium + 1, 4*bufpool.Medium + 7, 8 * bufpool.Medium,
	}
	for _, n := range sizes {
		data := noise(n)
		sum := md5.Sum(data)
		want := checksum.SHA256.New()
		want.Write(data)
		for _, known := range []bool{true, false} {
			o := &PutOptions{Checksum: checksum.SHA256}
			if known {
				o.Size = ptr(int64(n))
			}
			info, err := b.Put(t.Context(), "k", iotest.HalfReader(bytes.NewReader(data)), o)
			require.NoError(t, err)
			assert.Equal(t, int64(n), info.Size)
			assert.Equal(t, hex.EncodeToString(sum[:]), info.ETag)
			assert.Equal(t, Checksum{checksum.SHA256, ChecksumFullObject, checksum.Encode(want.Sum(nil))}, info.Checksum)
			body, err := f.get(b, "k", "")
			require.NoError(t, err)
			assert.Equal(t, data, append([]byte{}, body...), "%d bytes, size known: %v", n, known)
			f.audit()
		}
	}
	assert.Zero(t, f.Stats().PendingBlobs)
	assert.Zero(t, f.Stats().OpenReaders)
}

func TestPutKeepsDescription(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningEnabled)
	o := &PutOptions{
		Owner: "bob", StorageClass: "STANDARD_IA", ACL: []byte("acl"), Tags: []Tag{{"a", "b"}},
		Meta: Metadata{ContentType: "text/plain", User: map[string]string{"x": "y"}}, Checksum: checksum.MD5,
	}
	put, err := b.Put(t.Context(), "k", strings.NewReader("hello"), o)
	require.NoError(t, err)
	obj, err := b.Object(t.Context(), "k", nil)
	require.NoError(t, err)
	defer obj.Close()
	want := ObjectInfo{
		Key: "k", VersionID: put.VersionID, IsLatest: true, Size: 5, ETag: "5d41402abc4b2a76b9719d911017c592",
		ModTime: f.clock.Now(), StorageClass: "STANDARD_IA", Owner: "bob", Meta: o.Meta, Tags: o.Tags, ACL: o.ACL,
		Checksum: Checksum{checksum.MD5, ChecksumFullObject, "XUFAKrxLKna5cZ2REBfFkg=="},
	}
	assert.Equal(t, want, *obj.Info())
	assert.Equal(t, want, put, "the writer is told what a reader will see")
}

// failReader fails after n bytes.
type failReader struct {
	n   int
	err error
}

func (r *failReader) Read(p []byte) (int, error) {
	if r.n == 0 {
		return 0, r.err
	}
	n := min(len(p), r.n)
	r.n -= n
	return n, nil
}

type bodyError struct{ reason string }

func (e *bodyError) Error() string { return e.reason }

func TestPutRefused(t *testing.T) {
	bad := &bodyError{"signature of a chunk does not match"}
	long := strings.Repeat("x", MaxKeyLen+1)
	tests := []struct {
		name, key string
		body      func(n int) io.Reader
		size      func(n int) *int64
		verify    func(Digests) error
		want      error
		why       string
	}{
		{name: "short", body: zeroes, size: func(n int) *int64 { return ptr(int64(n) + 1) }, want: ErrIncompleteBody,
			why: "the body ends before its declared size"},
		{name: "cut off", body: func(n int) io.Reader { return &failReader{n, io.ErrUnexpectedEOF} },
			size: func(n int) *int64 { return ptr(int64(n) + 1) }, want: ErrIncompleteBody, why: "how net/http reports a lost client"},
		{name: "long", body: zeroes, size: func(n int) *int64 { return ptr(int64(n) - 1) }, want: ErrInvalidRequest,
			why: "bytes behind the declared size"},
		{name: "error", body: func(n int) io.Reader { return &failReader{n, bad} }, want: bad, why: "the body's own error comes out"},
		{name: "error at the end", body: func(n int) io.Reader { return &failReader{n, bad} },
			size: func(n int) *int64 { return ptr(int64(n)) }, want: bad, why: "a body that verifies itself reports at EOF"},
		{name: "no progress", body: func(int) io.Reader { return emptyReader{} }, want: io.ErrNoProgress, why: "no endless loop"},
		{name: "verify", body: zeroes, verify: func(Digests) error { return ErrBadDigest }, want: ErrBadDigest, why: "digests differ"},
		{name: "negative", body: zeroes, size: func(int) *int64 { return ptr(int64(-1)) }, want: ErrInvalidArgument, why: "no such size"},
		{name: "too large", body: zeroes, size: func(int) *int64 { return ptr(int64(MaxPutSize + 1)) }, want: ErrEntityTooLarge,
			why: "refused before a byte is read"},
		{name: "empty key", key: "-", body: zeroes, want: ErrInvalidArgument, why: "a key has a byte at least"},
		{name: "long key", key: long, body: zeroes, want: ErrKeyTooLong, why: "1024 bytes at most"},
	}
	for _, tt := range tests {
		for _, n := range []int{10, 10_000, 3 << 20} {
			t.Run(tt.name, func(t *testing.T) {
				f := newFixture(t, nil)
				b := f.bucket("photos", VersioningOff)
				key := "k"
				if tt.key != "" {
					key = strings.TrimPrefix(tt.key, "-")
				}
				o := &PutOptions{Verify: tt.verify}
				if tt.size != nil {
					o.Size = tt.size(n)
				}
				_, err := b.Put(t.Context(), key, tt.body(n), o)
				require.ErrorIs(t, err, tt.want, tt.why)
				var e *Error
				require.ErrorAs(t, err, &e)
				assert.Equal(t, "Put", e.Op)
				f.requireNothing(b)
			})
		}
	}
	var e *bodyError
	f := newFixture(t, nil)
	_, err := f.bucket("photos", VersioningOff).Put(t.Context(), "k", &failReader{5, bad}, nil)
	assert.ErrorAs(t, err, &e, "callers find the body's error by its type")
}

type emptyReader struct{}

func (emptyReader) Read([]byte) (int, error) { return 0, nil }

// requireNothing fails unless the bucket is empty and nothing is left behind.
func (f *fixture) requireNothing(b *Bucket) {
	f.t.Helper()
	totals, err := b.Totals(f.t.Context())
	require.NoError(f.t, err)
	require.Zero(f.t, totals)
	require.Zero(f.t, f.blobs(), "blobs")
	require.Zero(f.t, f.Stats().PendingBlobs, "pending")
	f.audit()
}

func TestPutCancelled(t *testing.T) {
	for _, n := range []int{10, 3 << 20} {
		f := newFixture(t, nil)
		b := f.bucket("photos", VersioningOff)
		ctx, cancel := context.WithCancel(t.Context())
		body := io.MultiReader(zeroes(n), readerFunc(func([]byte) (int, error) { cancel(); return 1, nil }), zeroes(1<<20))
		_, err := b.Put(ctx, "k", body, nil)
		require.ErrorIs(t, err, context.Canceled)
		f.requireNothing(b)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func TestPutVerifySeesDigests(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningOff)
	for _, n := range []int{0, 10, 10_000, 1 << 20} {
		data := noise(n)
		var got Digests
		var sum [16]byte
		_, err := b.Put(t.Context(), "k", bytes.NewReader(data), &PutOptions{
			Checksum: checksum.CRC32C,
			Verify: func(d Digests) error {
				got, sum = d, d.MD5()
				return nil
			},
		})
		require.NoError(t, err)
		assert.Equal(t, md5.Sum(data), sum)
		h := checksum.CRC32C.New()
		h.Write(data)
		assert.EqualValues(t, n, got.Size)
		assert.Equal(t, wholeChecksum(checksum.CRC32C, h.Sum(nil)), got.Checksum)
	}
}

func TestRefusedBeforeBody(t *testing.T) {
	tests := []struct {
		name string
		opt  *PutOptions
		want Code
		why  string
	}{
		{"condition", &PutOptions{If: Conditions{IfNoneMatch: []string{"*"}}}, ErrPreconditionFailed, "the key exists"},
		{"declared size", &PutOptions{Size: ptr(int64(5000)), If: Conditions{IfMatch: []string{"x"}}}, ErrPreconditionFailed, "no match"},
	}
	for _, tt := range tests {
		f := newFixture(t, nil)
		b := f.bucket("photos", VersioningOff)
		f.put(b, "k", "body")
		unread := readerFunc(func([]byte) (int, error) {
			t.Error("the body was read: a client sends it for nothing")
			return 0, io.EOF
		})
		_, err := b.Put(t.Context(), "k", unread, tt.opt)
		require.ErrorIs(t, err, tt.want, tt.why)
	}
}

// raceReader lets a competitor write between the plan and the commit.
func raceReader(t *testing.T, n int, competitor func()) io.Reader {
	return io.MultiReader(zeroes(n), readerFunc(func([]byte) (int, error) {
		competitor()
		return 0, io.EOF
	}))
}

func TestConditionsDecidedAtCommit(t *testing.T) {
	tests := []struct {
		name       string
		before     bool
		c          Conditions
		competitor func(*fixture, *Bucket)
		want       Code
		why        string
	}{
		{"create", false, Conditions{IfNoneMatch: []string{"*"}},
			func(f *fixture, b *Bucket) { f.put(b, "k", "first") }, ErrPreconditionFailed, "the first to finish wins, the other gets 412"},
		{"create after delete", false, Conditions{IfNoneMatch: []string{"*"}}, func(f *fixture, b *Bucket) {
			f.put(b, "k", "first")
			f.drop(b, "k")
		}, "", "at the commit the key is free"},
		{"replace changed", true, Conditions{IfMatch: []string{"*"}},
			func(f *fixture, b *Bucket) { f.drop(b, "k") }, ErrNoSuchKey, "a concurrent delete came first: 404"},
	}
	for _, tt := range tests {
		for _, n := range []int{10, 1 << 20} {
			f := newFixture(t, nil)
			b := f.bucket("photos", VersioningOff)
			if tt.before {
				f.put(b, "k", "before")
			}
			body := raceReader(t, n, func() { tt.competitor(f, b) })
			_, err := b.Put(t.Context(), "k", body, &PutOptions{If: tt.c})
			if tt.want == "" {
				require.NoError(t, err, tt.why)
			} else {
				require.ErrorIs(t, err, tt.want, tt.why)
			}
			f.audit()
			assert.Zero(t, f.Stats().PendingBlobs)
		}
	}
}

// drop deletes the current object.
func (f *fixture) drop(b *Bucket, key string) {
	f.t.Helper()
	_, err := b.Delete(f.t.Context(), DeleteRequest{Key: key})
	require.NoError(f.t, err)
}

func TestBucketDeletedDuringPut(t *testing.T) {
	for _, again := range []bool{false, true} {
		f := newFixture(t, nil)
		b := f.bucket("photos", VersioningOff)
		body := raceReader(t, 1<<20, func() {
			require.NoError(t, f.DeleteBucket(t.Context(), b.Info().BucketID))
			if again {
				f.bucket("photos", VersioningOff)
			}
		})
		_, err := b.Put(t.Context(), "k", body, nil)
		require.ErrorIs(t, err, ErrNoSuchBucket, "a bucket of the same name is another one")
		assert.Zero(t, f.blobs())
		f.audit()
	}
}

// faulty is an engine whose commits and blob writes can be made to fail.
type faulty struct {
	driver.Index
	driver.Blobs
	update func(commit func() error) error
	commit error
	write  error
}

func (e *faulty) Update(ctx context.Context, fn func(driver.Txn) error) error {
	if e.update == nil {
		return e.Index.Update(ctx, fn)
	}
	return e.update(func() error { return e.Index.Update(ctx, fn) })
}

func (e *faulty) Create(ctx context.Context, id driver.BlobID) (driver.BlobWriter, error) {
	w, err := e.Blobs.Create(ctx, id)
	return &faultyWriter{w, e}, err
}

type faultyWriter struct {
	driver.BlobWriter
	e *faulty
}

func (w *faultyWriter) Write(p []byte) (int, error) {
	if w.e.write != nil {
		return 0, w.e.write
	}
	return w.BlobWriter.Write(p)
}

func (w *faultyWriter) Commit() error {
	if w.e.commit != nil {
		return w.e.commit
	}
	return w.BlobWriter.Commit()
}

func newFaulty(t *testing.T, o *Options) (*fixture, *faulty) {
	mem := memengine.New()
	e := &faulty{Index: mem.Index, Blobs: mem.Blobs}
	return newFixtureOn(t, driver.Engine{Index: e, Blobs: e, Exclusive: true}, o), e
}

func TestMediaFailures(t *testing.T) {
	broken := errors.New("broken")
	tests := []struct {
		name string
		fail func(*faulty)
		want error
		why  string
	}{
		{"write", func(e *faulty) { e.write = broken }, broken, "the medium's error comes out"},
		{"full", func(e *faulty) { e.write = driver.ErrNoSpace }, ErrInsufficientStorage, "a full medium has a code"},
		{"sync", func(e *faulty) { e.commit = broken }, broken, "what is not durable is not named"},
		{"commit", func(e *faulty) { e.update = func(func() error) error { return broken } }, broken, "not applied"},
	}
	for _, tt := range tests {
		for _, n := range []int{10_000, 3 << 20} {
			f, e := newFaulty(t, nil)
			b := f.bucket("photos", VersioningOff)
			tt.fail(e)
			_, err := b.Put(t.Context(), "k", zeroes(n), nil)
			require.ErrorIs(t, err, tt.want, tt.why)
			*e = faulty{Index: e.Index, Blobs: e.Blobs}
			f.requireNothing(b)
		}
	}
}

func TestOutcomeUnknownKeepsBlob(t *testing.T) {
	for _, applied := range []bool{true, false} {
		f, e := newFaulty(t, nil)
		b := f.bucket("photos", VersioningOff)
		e.update = func(commit func() error) error {
			if applied {
				require.NoError(t, commit())
			}
			return driver.ErrOutcomeUnknown
		}
		_, err := b.Put(t.Context(), "k", zeroes(10_000), nil)
		require.ErrorIs(t, err, driver.ErrOutcomeUnknown)
		e.update = nil
		assert.Equal(t, 1, f.blobs(), "the commit may have happened: the blob must stay")
		assert.Zero(t, f.Stats().PendingBlobs, "the sweep decides")
		if applied {
			_, err := f.get(b, "k", "")
			require.NoError(t, err)
		}
		f.audit()
	}
}

func TestRecordTooLarge(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningOff)
	_, err := b.Put(t.Context(), "k", zeroes(10), &PutOptions{ACL: make([]byte, driver.MaxValueLen)})
	require.ErrorIs(t, err, ErrInvalidRequest)
	f.requireNothing(b)
}

func TestClosedStore(t *testing.T) {
	s, err := Open(memengine.New(), &Options{SweepEvery: -1})
	require.NoError(t, err)
	b, err := s.CreateBucket(t.Context(), BucketID{Name: "photos"}, nil)
	require.NoError(t, err)
	entered, done := make(chan struct{}), make(chan error)
	resume := make(chan struct{})
	go func() {
		_, err := b.Put(t.Context(), "k", io.MultiReader(zeroes(10), readerFunc(func([]byte) (int, error) {
			close(entered)
			<-resume
			return 0, io.EOF
		})), nil)
		done <- err
	}()
	<-entered
	closed := make(chan error)
	go func() { closed <- s.Close() }()
	for s.gate.enter() == nil { // until Close has shut the gate
		s.gate.leave()
	}
	_, err = b.Put(t.Context(), "k2", zeroes(1), nil)
	require.ErrorIs(t, err, driver.ErrClosed, "no new requests")
	close(resume)
	require.NoError(t, <-done, "requests in progress finish")
	require.NoError(t, <-closed)
	require.ErrorIs(t, s.Close(), driver.ErrClosed)
}

func TestSpaceReserve(t *testing.T) {
	mem := memengine.New()
	e := &spaceEngine{faulty: faulty{Index: mem.Index, Blobs: mem.Blobs}, free: 1000}
	f := newFixtureOn(t, driver.Engine{Index: e.Index, Blobs: e, Exclusive: true}, &Options{Reserve: 100})
	b := f.bucket("photos", VersioningOff)
	f.put(b, "k", "body")
	_, err := b.Put(t.Context(), "big", zeroes(901), &PutOptions{Size: ptr(int64(901))})
	require.ErrorIs(t, err, ErrInsufficientStorage, "the declared size does not fit above the reserve")
	assert.Equal(t, 1, e.looks, "looked up at most once a second")

	e.free = 99
	f.put(b, "k", "still believed")
	f.clock.Advance(time.Second)
	_, err = b.Put(t.Context(), "k", zeroes(1), nil)
	require.ErrorIs(t, err, ErrInsufficientStorage)
	_, err = f.get(b, "k", "")
	require.NoError(t, err, "reads work on a full disk")
	f.drop(b, "k")

	e.free = 1000
	f.space.expire()
	f.put(b, "k", "body")
}

// TestSpaceIsPromised: bodies on their way have not taken yet what they will take.
func TestSpaceIsPromised(t *testing.T) {
	const mib = 1 << 20
	mem := memengine.New()
	e := &spaceEngine{faulty: faulty{Index: mem.Index, Blobs: mem.Blobs}, free: 100 * mib}
	f := newFixtureOn(t, driver.Engine{Index: e.Index, Blobs: e, Exclusive: true}, &Options{Reserve: 60 * mib})
	b := f.bucket("photos", VersioningOff)
	size := ptr(int64(15 * mib))
	resume := make(chan struct{})
	release := sync.OnceFunc(func() { close(resume) })
	t.Cleanup(release)
	slow := func(key string, first int, o *PutOptions) chan error {
		entered, done := make(chan struct{}), make(chan error, 1)
		go func() {
			_, err := b.Put(t.Context(), key, io.MultiReader(zeroes(first), readerFunc(func([]byte) (int, error) {
				close(entered)
				<-resume
				return 0, io.EOF
			}), zeroes(15*mib-first)), o)
			done <- err
		}()
		<-entered
		return done
	}
	one, two := slow("one", 1, &PutOptions{Size: size}), slow("two", 10*mib, &PutOptions{Size: size})
	_, err := b.Put(t.Context(), "three", zeroes(15*mib), &PutOptions{Size: size})
	require.ErrorIs(t, err, ErrInsufficientStorage, "two of 40 MiB are left by 15 and 15")
	_, err = b.Put(t.Context(), "three", zeroes(20*mib), nil)
	require.ErrorIs(t, err, ErrInsufficientStorage, "a body that does not tell its size is held to what there is")
	f.put(b, "small", "body")

	e.free -= 10 * mib // of the second body, and a look that sees them
	f.clock.Advance(time.Second)
	_, err = b.Put(t.Context(), "three", zeroes(9*mib), &PutOptions{Size: ptr(int64(9 * mib))})
	require.NoError(t, err, "what was taken counts once")
	release()
	require.NoError(t, <-one)
	require.NoError(t, <-two)
	assert.Zero(t, f.space.promised, "nothing is on its way")
	f.space.expire()
	assert.Panics(t, func() {
		_, _ = b.Put(t.Context(), "broken", readerFunc(func([]byte) (int, error) { panic("a body") }), &PutOptions{Size: size})
	})
	assert.Zero(t, f.space.promised, "nor is what panicked")
	f.audit()
}

type spaceEngine struct {
	faulty
	free  int64
	looks int
}

func (e *spaceEngine) Space(context.Context) (free, total int64, err error) {
	e.looks++
	return e.free, 1 << 40, nil
}

// Remove fails as a medium does whose caller has gone away.
func (e *faulty) Remove(ctx context.Context, ids ...driver.BlobID) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return e.Blobs.Remove(ctx, ids...)
}

func TestCancelledAtCommit(t *testing.T) {
	f, _ := newFaulty(t, nil)
	b := f.bucket("photos", VersioningOff)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := b.Put(ctx, "k", zeroes(10_000), &PutOptions{Verify: func(Digests) error {
		cancel()
		return nil
	}})
	require.ErrorIs(t, err, context.Canceled)
	f.requireNothing(b)
}

func TestPutPanics(t *testing.T) {
	for _, n := range []int{10, 10_000, 3 << 20} {
		f := newFixture(t, &Options{Hooks: []Hook{panicHook{}}})
		b := f.bucket("photos", VersioningOff)
		body := io.MultiReader(zeroes(n), readerFunc(func([]byte) (int, error) { panic("body") }))
		require.PanicsWithValue(t, "body", func() { _, _ = b.Put(t.Context(), "k", body, nil) })
		f.requireNothing(b)
		require.Panics(t, func() { _, _ = b.Put(t.Context(), "panic", zeroes(n), nil) })
		assert.Zero(t, f.Stats().PendingBlobs, "what is left is for the sweep to find")
		f.audit()
	}
}

// panicHook panics in the commit of one key.
type panicHook struct{}

func (panicHook) Check(context.Context, *Mutation) error { return nil }

func (panicHook) Commit(_ context.Context, _ driver.Txn, m *Mutation) error {
	if m.Key == "panic" {
		panic("hook")
	}
	return nil
}

// runsTwice is an index that runs one Update function twice, as it may, with
// something between.
type runsTwice struct {
	driver.Index
	between func()
}

func (x *runsTwice) Update(ctx context.Context, fn func(driver.Txn) error) error {
	if between := x.between; between != nil {
		x.between = nil
		undone := errors.New("undone")
		err := x.Index.Update(ctx, func(txn driver.Txn) error { return errors.Join(undone, fn(txn)) })
		if !errors.Is(err, undone) {
			return err
		}
		between()
	}
	return x.Index.Update(ctx, fn)
}

// TestPutRunTwice: the second run of a put knows nothing of the first.
func TestPutRunTwice(t *testing.T) {
	e := memengine.New()
	x := &runsTwice{Index: e.Index}
	e.Index = x
	f := newFixtureOn(t, e, nil)
	b := f.bucket("photos", VersioningEnabled)
	require.NoError(t, b.SetObjectLock(t.Context(), DefaultRetention{Mode: LockGovernance, Days: 1}))
	var later time.Time
	x.between = func() {
		require.NoError(t, b.SetObjectLock(t.Context(), DefaultRetention{}))
		f.clock.Advance(time.Hour)
		later = f.clock.Now()
	}
	info, err := b.Put(t.Context(), "k", strings.NewReader("body"), nil)
	require.NoError(t, err)
	assert.Zero(t, info.Lock, "the bucket has no default any more")
	assert.Equal(t, later.UTC(), info.ModTime, "the time is that of the commit")
	f.put(b, "k2", "old")
	x.between = func() { f.put(b, "k2", "meanwhile") }
	f.put(b, "k2", "new")
	body, err := f.get(b, "k2", "")
	require.NoError(t, err)
	assert.Equal(t, "new", body)
	f.audit()
}
