package objstore

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/bufpool"
	"github.com/cofferstore/coffer/objstore/driver"
)

// extentsObject makes an object out of several extents, as a multipart upload
// does, and returns its bytes.
func (f *fixture) extentsObject(b *Bucket, key string, sizes ...int) []byte {
	f.t.Helper()
	var whole []byte
	var es []extent
	for i, n := range sizes {
		data := append([]byte("skipped"), noise(n)...)
		for j := range data {
			data[j] += byte(i)
		}
		st, err := f.storeBody(f.t.Context(), bytes.NewReader(data), bodyOptions{})
		require.NoError(f.t, err)
		st.keep()
		es = append(es, extent{blob: st.extents[0].blob, off: 7, n: int64(n)})
		whole = append(whole, data[7:]...)
	}
	err := f.mutate(f.t.Context(), func(txn driver.Txn) error {
		if err := newRefs(txn, es); err != nil {
			return err
		}
		rec := record{extents: es, info: ObjectInfo{Size: int64(len(whole)), ETag: "multi-3"}}
		return b.placeVersion(f.t.Context(), txn, &Mutation{Op: OpComplete, Key: key}, &rec, Conditions{})
	})
	require.NoError(f.t, err)
	return whole
}

// plainWriter hides that a buffer implements io.ReaderFrom.
type plainWriter struct{ w io.Writer }

func (w plainWriter) Write(p []byte) (int, error) { return w.w.Write(p) }

func TestReaderRanges(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningOff)
	bodies := map[string][]byte{"empty": {}, "inline": noise(100), "blob": noise(bufpool.Medium + 100)}
	for key, data := range bodies {
		_, err := b.Put(t.Context(), key, bytes.NewReader(data), nil)
		require.NoError(t, err)
	}
	bodies["extents"] = f.extentsObject(b, "extents", 100, 1, bufpool.Medium+5, 30)
	for key, data := range bodies {
		o, err := b.Object(t.Context(), key, nil)
		require.NoError(t, err)
		r, err := o.Open(t.Context())
		require.NoError(t, err)
		require.NoError(t, o.Close(), "the reader keeps the object")
		size := int64(len(data))
		require.Equal(t, size, r.Size())
		for _, cut := range [][2]int64{{0, size}, {0, 1}, {99, 3}, {100, 1}, {101, 5}, {size - 1, 1}, {size / 2, size / 3}, {size, 0}} {
			off, n := cut[0], cut[1]
			if off < 0 || off+n > size {
				continue
			}
			want := data[off : off+n]
			p := make([]byte, n)
			m, err := r.ReadAt(p, off)
			if n > 0 {
				require.NoError(t, ignoreEOF(err, off+n == size), "%s %v", key, cut)
			}
			require.Equal(t, want, p[:m], "%s %v", key, cut)
			var whole, plain bytes.Buffer
			for _, w := range []struct {
				io.Writer
				got *bytes.Buffer
			}{{&whole, &whole}, {plainWriter{&plain}, &plain}} {
				m, err := r.CopyRange(w.Writer, off, n)
				require.NoError(t, err)
				require.Equal(t, n, m)
				require.True(t, bytes.Equal(want, w.got.Bytes()), "%s %v", key, cut)
			}
		}
		for _, bad := range [][2]int64{{-1, 1}, {0, -1}, {0, size + 1}, {size + 1, 0}, {1, 1<<63 - 1}} {
			_, err := r.CopyRange(io.Discard, bad[0], bad[1])
			require.ErrorIs(t, err, ErrInvalidRange, "%s %v", key, bad)
		}
		n, err := r.ReadAt(make([]byte, 1), size)
		require.Equal(t, io.EOF, err)
		require.Zero(t, n)
		_, err = r.ReadAt(make([]byte, 1), -1)
		require.ErrorIs(t, err, ErrInvalidRange)
		require.NoError(t, r.Close())
		require.NoError(t, r.Close(), "a second Close does nothing")
	}
	assert.Zero(t, f.Stats().OpenReaders)
	_, pinned := f.pins.oldest()
	assert.False(t, pinned)
	assert.Empty(t, f.pins.blobs)
}

func ignoreEOF(err error, allowed bool) error {
	if err == io.EOF && allowed {
		return nil
	}
	return err
}

func TestReadAtConcurrently(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningOff)
	data := f.extentsObject(b, "k", 1000, 1000, 1000, 1000)
	o, err := b.Object(t.Context(), "k", nil)
	require.NoError(t, err)
	defer o.Close()
	r, err := o.Open(t.Context())
	require.NoError(t, err)
	defer r.Close()
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 50 {
				off := (i*317 + j*131) % 3000
				p := make([]byte, 900)
				_, err := r.ReadAt(p, int64(off))
				assert.NoError(t, err)
				assert.True(t, bytes.Equal(data[off:off+900], p))
			}
		})
	}
	wg.Wait()
}

// blobAs opens all blobs as something else.
type blobAs struct {
	driver.Blobs
	open func(driver.BlobReader) (driver.BlobReader, error)
}

func (b *blobAs) Open(ctx context.Context, id driver.BlobID) (driver.BlobReader, error) {
	r, err := b.Blobs.Open(ctx, id)
	if err != nil {
		return nil, err
	}
	return b.open(r)
}

type shortBlob struct {
	driver.BlobReader
	size int64
}

func (s shortBlob) Size() int64 { return s.size }

func (s shortBlob) ReadAt(p []byte, off int64) (int, error) {
	return io.NewSectionReader(s.BlobReader, 0, 5000).ReadAt(p, off)
}

func TestDamagedBlobs(t *testing.T) {
	tests := []struct {
		name string
		open func(driver.BlobReader) (driver.BlobReader, error)
		want error
		why  string
	}{
		{"missing", func(driver.BlobReader) (driver.BlobReader, error) { return nil, driver.ErrNotFound },
			ErrInvalidStorageStructure, "no bytes"},
		{"short", func(r driver.BlobReader) (driver.BlobReader, error) { return shortBlob{r, 5000}, nil },
			ErrInvalidStorageStructure, "found at Open"},
		{"ends early", func(r driver.BlobReader) (driver.BlobReader, error) { return shortBlob{r, 10_000}, nil },
			io.ErrUnexpectedEOF, "found while reading"},
	}
	for _, tt := range tests {
		f := newFixture(t, nil)
		b := f.bucket("photos", VersioningOff)
		_, err := b.Put(t.Context(), "k", zeroes(10_000), nil)
		require.NoError(t, err)
		f.eng.Blobs = &blobAs{f.eng.Blobs, tt.open}
		o, err := b.Object(t.Context(), "k", nil)
		require.NoError(t, err)
		_, err = readObject(t.Context(), o)
		require.ErrorIs(t, err, tt.want, "ReadAt: "+tt.why)
		if r, err := o.Open(t.Context()); err == nil {
			var got bytes.Buffer
			n, err := r.CopyRange(&got, 0, 10_000)
			require.ErrorIs(t, err, tt.want, "CopyRange: "+tt.why)
			assert.Equal(t, int64(got.Len()), n, "what was written is told")
			require.NoError(t, r.Close())
		}
		require.NoError(t, o.Close())
		assert.Zero(t, f.Stats().OpenReaders)
	}
}

// fileBlob is a blob in a file, behind some other bytes.
type fileBlob struct {
	driver.BlobReader
	f *os.File
}

func (b fileBlob) File() (*os.File, int64, bool) { return b.f, 3, true }

// fromWriter notes what a file was handed to it.
type fromWriter struct {
	bytes.Buffer
	file *os.File
}

func (w *fromWriter) ReadFrom(r io.Reader) (int64, error) {
	if l, ok := r.(*io.LimitedReader); ok {
		w.file, _ = l.R.(*os.File)
	}
	return w.Buffer.ReadFrom(r)
}

func TestCopyRangeHandsOverFile(t *testing.T) {
	data := noise(300_000)
	name := filepath.Join(t.TempDir(), "blob")
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningOff)
	_, err := b.Put(t.Context(), "k", bytes.NewReader(data), nil)
	require.NoError(t, err)
	for _, tt := range []struct {
		file []byte
		want error
		why  string
	}{
		{append([]byte("abc"), data...), nil, "from the offset at which the blob starts"},
		{append([]byte("abc"), data[:200_000]...), io.ErrUnexpectedEOF, "a file that is cut off is no silent short answer"},
	} {
		require.NoError(t, os.WriteFile(name, tt.file, 0o600))
		file, err := os.Open(name)
		require.NoError(t, err)
		f.eng.Blobs = &blobAs{f.eng.Blobs, func(r driver.BlobReader) (driver.BlobReader, error) { return fileBlob{r, file}, nil }}
		o, err := b.Object(t.Context(), "k", nil)
		require.NoError(t, err)
		r, err := o.Open(t.Context())
		require.NoError(t, err)
		var w fromWriter
		_, err = r.CopyRange(&w, 1000, 299_000)
		assert.Same(t, file, w.file, "so that the system can send it by itself")
		if tt.want == nil {
			require.NoError(t, err, tt.why)
			assert.True(t, bytes.Equal(data[1000:], w.Bytes()), tt.why)
		} else {
			require.ErrorIs(t, err, tt.want, tt.why)
		}
		require.NoError(t, errors.Join(r.Close(), o.Close(), file.Close()))
	}
}

func TestObjectSurvivesChanges(t *testing.T) {
	for _, n := range []int{10, 10_000} {
		f := newFixture(t, &Options{TrashGrace: time.Minute})
		b := f.bucket("photos", VersioningOff)
		_, err := b.Put(t.Context(), "k", bytes.NewReader(noise(n)), nil)
		require.NoError(t, err)
		o, err := b.Object(t.Context(), "k", nil)
		require.NoError(t, err)
		f.drop(b, "k")
		f.clock.Advance(time.Hour)
		_, err = f.Sweep(t.Context())
		require.NoError(t, err)
		body, err := readObject(t.Context(), o)
		require.NoError(t, err, "an object that was found stays readable")
		assert.Equal(t, string(noise(n)), body)
		require.NoError(t, o.Close())
		require.NoError(t, o.Close(), "a second Close does nothing")

		_, err = f.Sweep(t.Context())
		require.NoError(t, err)
		assert.Zero(t, f.blobs(), "then its blob goes")
	}
}

func TestTrashHorizon(t *testing.T) {
	f := newFixture(t, &Options{TrashGrace: time.Minute})
	start := f.clock.Now()
	old := f.pins.add(start)
	young := f.pins.add(start.Add(time.Second))
	now := start.Add(time.Hour)
	assert.Equal(t, start.Add(-time.Minute), f.trashHorizon(now), "the oldest reader holds it")
	old.hold()
	old.release()
	assert.Equal(t, start.Add(-time.Minute), f.trashHorizon(now), "it has another use")
	old.release()
	assert.Equal(t, start.Add(time.Second-time.Minute), f.trashHorizon(now))
	young.release()
	assert.Equal(t, now.Add(-time.Minute), f.trashHorizon(now), "nobody reads")
}

func TestOpenRefused(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningOff)
	_, err := b.Put(t.Context(), "k", zeroes(10_000), nil)
	require.NoError(t, err)
	o, err := b.Object(t.Context(), "k", &GetOptions{NoBody: true})
	require.NoError(t, err)
	_, err = o.Open(t.Context())
	require.ErrorIs(t, err, ErrInvalidArgument, "it was opened without its bytes")
	require.NoError(t, o.Close())
	o, err = b.Object(t.Context(), "k", nil)
	require.NoError(t, err)
	require.NoError(t, o.Close())
	_, err = o.Open(t.Context())
	require.ErrorIs(t, err, ErrInvalidArgument, "nothing keeps its blobs any more")
}

func TestObjectErrors(t *testing.T) {
	f := newFixture(t, nil)
	off, on := f.bucket("off", VersioningOff), f.bucket("versions", VersioningEnabled)
	f.put(off, "k", "body")
	missing := f.put(on, "other", "body").VersionID
	tests := []struct {
		b            *Bucket
		key, version string
		want         Code
		why          string
	}{
		{off, "absent", "", ErrNoSuchKey, "no such key"},
		{off, "absent", NullVersion, ErrNoSuchVersion, "no such version"},
		{off, "k", missing, ErrNoSuchVersion, "well formed, but not of this key"},
		{on, "absent", missing, ErrNoSuchVersion, "well formed, but not of this key"},
		{on, "other", NullVersion, ErrNoSuchVersion, "there is no null version"},
		{on, "k", "garbage", ErrInvalidArgument, "S3: Invalid version id specified"},
		{off, "k", "garbage", ErrInvalidArgument, "the form is judged in any bucket"},
		{on, "", "", ErrInvalidArgument, "an empty key"},
		{on, strings.Repeat("k", 1025), "", ErrKeyTooLong, "a long key"},
	}
	for _, tt := range tests {
		_, err := tt.b.Object(t.Context(), tt.key, &GetOptions{Version: tt.version})
		require.ErrorIs(t, err, tt.want, tt.why)
		_, err = tt.b.SetTags(t.Context(), tt.key, tt.version, nil)
		require.ErrorIs(t, err, tt.want, tt.why)
	}
	require.NoError(t, f.DeleteBucket(t.Context(), f.bucket("gone", VersioningOff).Info().BucketID))
	f.drop(off, "k")
	require.NoError(t, f.DeleteBucket(t.Context(), off.Info().BucketID))
	_, err := off.Object(t.Context(), "k", nil)
	require.ErrorIs(t, err, ErrNoSuchBucket, "the bucket was deleted after it was opened")
}

func TestVersioningEnabledAfterOpen(t *testing.T) {
	f := newFixture(t, nil)
	stale := f.bucket("photos", VersioningOff)
	f.put(stale, "k", "first")
	b, err := f.Bucket(t.Context(), stale.Info().BucketID)
	require.NoError(t, err)
	require.NoError(t, b.SetVersioning(t.Context(), VersioningEnabled))
	f.put(stale, "k", "second")
	body, err := f.get(stale, "k", NullVersion)
	require.NoError(t, err, "a bucket that was opened before sees versions")
	assert.Equal(t, "first", body)
	f.drop(stale, "k")
	_, err = f.get(stale, "k", "")
	require.ErrorIs(t, err, ErrNoSuchKey)
	assert.True(t, err.(*Error).DeleteMarker)
	f.audit()
}

func TestPinsAreReleased(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningOff)
	f.put(b, "inline", "body")
	_, err := b.Put(t.Context(), "blob", zeroes(10_000), nil)
	require.NoError(t, err)
	_, err = b.Object(t.Context(), "absent", nil)
	require.ErrorIs(t, err, ErrNoSuchKey)
	f.source(b, "inline", nil)
	_, pinned := f.pins.oldest()
	assert.False(t, pinned, "neither a miss nor an inline object holds up the sweep")
	o := f.source(b, "blob", nil)
	again := f.source(b, "blob", nil)
	_, pinned = f.pins.oldest()
	assert.False(t, pinned, "what is read is known")
	require.NoError(t, o.Close())
	assert.Len(t, f.pins.blobs, 1, "it is read a second time")
	require.NoError(t, again.Close())
	assert.Empty(t, f.pins.blobs)
}

// TestSlowReaders: a reader that takes a week keeps what it reads, and nothing
// else.
func TestSlowReaders(t *testing.T) {
	f := newFixture(t, &Options{InlineMax: 1, TrashGrace: time.Minute})
	b := f.bucket("photos", VersioningOff)
	f.put(b, "slow", "what is read")
	o := f.source(b, "slow", nil)
	r, err := o.Open(t.Context())
	require.NoError(t, err)
	f.drop(b, "slow")
	for range sweepChunk + 10 {
		f.put(b, "other", "body")
	}
	f.clock.Advance(7 * 24 * time.Hour)
	due, err := f.Trash(t.Context(), 2*sweepChunk, true)
	require.NoError(t, err)
	assert.Len(t, due, sweepChunk+9)
	report := f.sweepNow()
	assert.Equal(t, sweepChunk+9, report.Removed)
	assert.Equal(t, 1, report.Backlog, "who reads has the blob")
	assert.Equal(t, 2, f.blobs())
	var text bytes.Buffer
	_, err = r.CopyRange(&text, 0, r.Size())
	require.NoError(t, err)
	assert.Equal(t, "what is read", text.String())

	require.NoError(t, o.Close())
	assert.Zero(t, f.sweepNow().Removed, "the reader is not done")
	require.NoError(t, r.Close())
	assert.Equal(t, 1, f.sweepNow().Removed)
	f.audit()
}

func TestInlineMax(t *testing.T) {
	tests := []struct {
		max, size int
		inline    bool
		why       string
	}{
		{4096, 4096, true, "that size"},
		{4096, 4097, false, "above it"},
		{-1, 1, false, "none"},
		{1 << 30, bufpool.Medium - 1, true, "the bound is lowered to what fits"},
		{1 << 30, bufpool.Medium + 1, false, "and larger objects are blobs"},
	}
	for _, tt := range tests {
		f := newFixture(t, &Options{InlineMax: tt.max})
		b := f.bucket("photos", VersioningOff)
		_, err := b.Put(t.Context(), "k", zeroes(tt.size), nil)
		require.NoError(t, err)
		assert.Equal(t, tt.inline, f.blobs() == 0, tt.why)
		f.audit()
	}
}

func TestInlineDefault(t *testing.T) {
	assert.Equal(t, 64<<10, (*Options)(nil).withDefaults().InlineMax)
}

func TestReaderKeepsBlobsItHasNotOpened(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningOff)
	data := f.extentsObject(b, "k", 1000, 1000, 1000)
	o := f.source(b, "k", nil)
	r, err := o.Open(t.Context())
	require.NoError(t, err)
	require.NoError(t, o.Close())
	f.drop(b, "k")
	f.clock.Advance(time.Hour)
	_, err = f.Sweep(t.Context())
	require.NoError(t, err)
	var got bytes.Buffer
	_, err = r.CopyRange(&got, 0, r.Size())
	require.NoError(t, err, "the reader holds what the object held")
	assert.True(t, bytes.Equal(data, got.Bytes()))
	require.NoError(t, r.Close())
	_, err = f.Sweep(t.Context())
	require.NoError(t, err)
	assert.Zero(t, f.blobs())
}

// countedBlob counts how many blobs are open.
type countedBlob struct {
	driver.BlobReader
	open *int
}

func (c countedBlob) Close() error {
	*c.open--
	return c.BlobReader.Close()
}

func TestReaderHoldsFewBlobsOpen(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningOff)
	f.extentsObject(b, "k", 10, 10, 10, 10, 10, 10, 10, 10)
	var open, most int
	f.eng.Blobs = &blobAs{f.eng.Blobs, func(r driver.BlobReader) (driver.BlobReader, error) {
		open++
		most = max(most, open)
		return countedBlob{r, &open}, nil
	}}
	o := f.source(b, "k", nil)
	r, err := o.Open(t.Context())
	require.NoError(t, err)
	_, err = r.CopyRange(io.Discard, 0, r.Size())
	require.NoError(t, err)
	require.NoError(t, r.Close())
	assert.LessOrEqual(t, most, 2, "an object of ten thousand parts is not ten thousand open files")
	assert.Zero(t, open, "all are closed")
}
