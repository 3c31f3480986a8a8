package objstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// fakeClock is a clock that only moves when it is told to.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func newFakeClock() *fakeClock {
	return &fakeClock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *fakeClock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// fixture is a store in memory without background work.
type fixture struct {
	*Store
	t     *testing.T
	clock *fakeClock
}

func newFixture(t *testing.T, o *Options) *fixture {
	t.Helper()
	return newFixtureOn(t, memengine.New(), o)
}

func newFixtureOn(t *testing.T, e driver.Engine, o *Options) *fixture {
	t.Helper()
	clock := newFakeClock()
	opt := Options{}
	if o != nil {
		opt = *o
	}
	opt.Now, opt.SweepEvery = clock.Now, -1
	if opt.InlineMax == 0 {
		opt.InlineMax = 4096 // so that small bodies make blobs
	}
	s, err := Open(e, &opt)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return &fixture{Store: s, t: t, clock: clock}
}

// bucket makes a bucket of owner "alice" in a versioning state.
func (f *fixture) bucket(name string, v Versioning) *Bucket {
	f.t.Helper()
	b, err := f.CreateBucket(f.t.Context(), BucketID{Name: name}, &CreateBucketOptions{Owner: "alice"})
	require.NoError(f.t, err)
	if v != VersioningOff {
		require.NoError(f.t, b.SetVersioning(f.t.Context(), v))
	}
	return b
}

func (f *fixture) put(b *Bucket, key, body string) ObjectInfo {
	f.t.Helper()
	info, err := b.Put(f.t.Context(), key, strings.NewReader(body), nil)
	require.NoError(f.t, err)
	return info
}

// get returns the bytes of a version.
func (f *fixture) get(b *Bucket, key, version string) (string, error) {
	o, err := b.Object(f.t.Context(), key, &GetOptions{Version: version})
	if err != nil {
		return "", err
	}
	defer o.Close()
	return readObject(f.t.Context(), o)
}

func readObject(ctx context.Context, o *Object) (string, error) {
	r, err := o.Open(ctx)
	if err != nil {
		return "", err
	}
	defer r.Close()
	data, err := io.ReadAll(io.NewSectionReader(r, 0, r.Size()))
	return string(data), err
}

// current returns the version id of the current object.
func (f *fixture) current(b *Bucket, key string) string {
	f.t.Helper()
	o, err := b.Object(f.t.Context(), key, &GetOptions{NoBody: true})
	require.NoError(f.t, err)
	defer o.Close()
	return o.Info().VersionID
}

// zeroes returns a body of n bytes.
func zeroes(n int) io.Reader { return bytes.NewReader(make([]byte, n)) }

// blobs returns how many blobs there are in the medium.
func (f *fixture) blobs() int {
	n := 0
	for _, err := range f.eng.Blobs.All(f.t.Context()) {
		require.NoError(f.t, err)
		n++
	}
	return n
}

// rowsOf calls fn with each row of a kind.
func rowsOf(t *testing.T, r driver.Reader, kind byte, fn func(key, value []byte)) {
	prefix := row(kind, 0)
	c := r.Scan(prefix, after(prefix), driver.ScanOptions{})
	for c.Next() {
		value, err := c.Value()
		require.NoError(t, err)
		fn(c.Key()[len(prefix):], value)
	}
	require.NoError(t, c.Close())
}

// audit recounts the rows and compares: totals of buckets and owners, reference
// counts, inline rows, the order of versions and the null pointers. It knows
// nothing of uploads.
type audit struct {
	totals map[[16]byte]*Totals
	refs   map[driver.BlobID]uint64
	inline map[driver.BlobID]int64
	latest map[string]*record // by ref and key: the current row
	newest map[string]*record // by ref and key: the newest other version
	nulls  map[string]uint64
}

func (f *fixture) audit() {
	f.t.Helper()
	a := audit{
		totals: map[[16]byte]*Totals{}, refs: map[driver.BlobID]uint64{}, inline: map[driver.BlobID]int64{},
		latest: map[string]*record{}, newest: map[string]*record{}, nulls: map[string]uint64{},
	}
	require.NoError(f.t, f.view(f.t.Context(), func(r driver.Reader) error {
		owners := map[string]Totals{}
		buckets := map[[16]byte]BucketInfo{}
		rowsOf(f.t, r, kindBucket, func(key, value []byte) {
			tenant, name, ok := cutEscaped(key)
			require.True(f.t, ok)
			info, err := decodeBucket(value, BucketID{tenant, string(name)})
			require.NoError(f.t, err)
			a.totals[info.Ref], buckets[info.Ref] = &Totals{}, info
		})
		a.versions(f.t, r)
		a.references(f.t, r)
		for ref, want := range a.totals {
			got, err := readTotals(r, bucketScope(ref))
			require.NoError(f.t, err)
			require.Equal(f.t, *want, got, "totals of bucket %s", buckets[ref].Name)
			owners[buckets[ref].Owner] = owners[buckets[ref].Owner].plus(*want)
		}
		for owner, want := range owners {
			got, err := readTotals(r, ownerScope(owner))
			require.NoError(f.t, err)
			require.Equal(f.t, want, got, "totals of owner %s", owner)
		}
		return nil
	}))
}

func (a *audit) versions(t *testing.T, r driver.Reader) {
	rowsOf(t, r, kindCurrent, func(key, value []byte) {
		rec := a.record(t, value)
		require.False(t, rec.info.DeleteMarker, "a delete marker in the current range")
		a.latest[string(key)] = rec
		ref := [16]byte(key[:16])
		require.Contains(t, a.totals, ref, "an object without a bucket")
		*a.totals[ref] = a.totals[ref].plus(currentTotals(&rec.info))
	})
	rowsOf(t, r, kindVersion, func(key, value []byte) {
		rec := a.record(t, value)
		ref := [16]byte(key[:16])
		name, tail, ok := cutEscaped(key[16:])
		require.True(t, ok)
		require.Equal(t, rec.order, ^binary.BigEndian.Uint64(tail))
		id := string(ref[:]) + name
		if current := a.latest[id]; current != nil {
			require.Greater(t, current.order, rec.order, "the current version is not the latest")
		} else if a.newest[id] == nil {
			require.True(t, rec.info.DeleteMarker, "the latest version is an object, but not current")
		}
		if a.newest[id] == nil {
			a.newest[id] = rec
		}
		if rec.isNull() {
			require.Zero(t, a.nulls[id], "two null versions")
			a.nulls[id] = rec.order
			if current := a.latest[id]; current != nil {
				require.False(t, current.isNull(), "two null versions")
			}
		}
		require.Contains(t, a.totals, ref, "a version without a bucket")
		*a.totals[ref] = a.totals[ref].plus(noncurrentTotals(&rec.info))
	})
	pointers := map[string]uint64{}
	rowsOf(t, r, kindNull, func(key, value []byte) { pointers[string(key)] = binary.BigEndian.Uint64(value) })
	require.Equal(t, a.nulls, pointers, "null pointers")
}

func (a *audit) record(t *testing.T, value []byte) *record {
	rec := &record{}
	require.NoError(t, decodeRecord(value, rec))
	for _, e := range rec.extents {
		a.refs[e.blob]++
	}
	if rec.hasInline {
		a.inline[rec.inline] = rec.info.Size
	}
	return rec
}

func (a *audit) references(t *testing.T, r driver.Reader) {
	refs := map[driver.BlobID]uint64{}
	rowsOf(t, r, kindRefs, func(key, value []byte) {
		n, err := decodeRefs(value)
		require.NoError(t, err)
		refs[driver.BlobID(key)] = n
	})
	require.Equal(t, a.refs, refs, "references")
	inline := map[driver.BlobID]int64{}
	rowsOf(t, r, kindInline, func(key, value []byte) { inline[driver.BlobID(key)] = int64(len(value)) })
	require.Equal(t, a.inline, inline, "inline rows")
}

func ptr[T any](v T) *T { return &v }
