package ostorstat

import (
	"context"
	"fmt"
	"io"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// clock is a clock that only moves when it is told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Set(t time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// hour returns a time in the hour of a number.
func hour(n int64) time.Time { return time.Unix(n*3600+1234, 0) }

// sized is a store with the hook.
type sized struct {
	*objstore.Store
	t     testing.TB
	clock *clock
	sizes *Sizes
	index driver.Index
}

func newSized(t testing.TB, e driver.Engine, c *clock, hooked bool) *sized {
	s, err := OpenSizes(e.Index, &SizesOptions{Now: c.Now})
	require.NoError(t, err)
	o := &objstore.Options{Now: c.Now, SweepEvery: -1, InlineMax: 64, MinPartSize: 1}
	if hooked {
		o.Hooks = []objstore.Hook{s}
	}
	st, err := objstore.Open(e, o)
	require.NoError(t, err)
	return &sized{st, t, c, s, e.Index}
}

func (s *sized) create(name string) *objstore.Bucket {
	s.t.Helper()
	b, err := s.CreateBucket(s.t.Context(), objstore.BucketID{Name: name}, &objstore.CreateBucketOptions{Owner: "alice"})
	require.NoError(s.t, err)
	return b
}

// open opens through this store a bucket that another one may have opened.
func (s *sized) open(b *objstore.Bucket) *objstore.Bucket {
	s.t.Helper()
	b, err := s.Store.Bucket(s.t.Context(), b.Info().BucketID)
	require.NoError(s.t, err)
	return b
}

func (s *sized) put(b *objstore.Bucket, key string, size int64) {
	s.t.Helper()
	_, err := s.open(b).Put(s.t.Context(), key, io.LimitReader(zeros{}, size), nil)
	require.NoError(s.t, err)
}

func (s *sized) remove(b *objstore.Bucket, key string) {
	s.t.Helper()
	_, err := s.open(b).Delete(s.t.Context(), objstore.DeleteRequest{Key: key})
	require.NoError(s.t, err)
}

func (s *sized) size(b *objstore.Bucket) Size {
	s.t.Helper()
	n, err := s.sizes.Bucket(s.t.Context(), b.Info())
	require.NoError(s.t, err)
	return n
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestSamples is the guide's sample of three buckets: their integrals are right
// in one hour only.
func TestSamples(t *testing.T) {
	const queried = 424840 // 2018-06-19T16:00Z
	for _, c := range []struct {
		explanation string
		size, hour  int64
		want        Size
	}{
		{"bucket1 of the guide", 12288, 424241, Size{12288, 12288, 7360512, 424241}},
		{"bucket2 of the guide", 46700160, 424237, Size{46700160, 46700160, 28160196480, 424237}},
		{"bucket3 of the guide", 12288, 424186, Size{12288, 12288, 8036352, 424186}},
	} {
		t.Run(c.explanation, func(t *testing.T) {
			s := newSized(t, memengine.New(), &clock{now: hour(c.hour)}, true)
			b := s.create("bucket")
			s.put(b, "k", c.size)
			s.clock.Set(hour(queried))
			assert.Equal(t, c.want, s.size(b))
		})
	}
}

func TestIntegral(t *testing.T) {
	type step struct{ hour, size int64 } // the size from then on; -1 = asked only
	for _, c := range []struct {
		explanation string
		created     int64
		steps       []step
		asked       int64
		want        Size
	}{
		{"a bucket that was never written to has the hour of its creation", 100, nil, 100, Size{LastHour: 100}},
		{"and costs nothing", 100, nil, 900, Size{LastHour: 100}},
		{"the present hour does not count yet", 100, []step{{100, 50}}, 100, Size{50, 50, 0, 100}},
		{"a full hour counts with its greatest size", 100, []step{{100, 50}}, 101, Size{50, 50, 50, 100}},
		{"hours without a change count with the size", 100, []step{{100, 50}}, 104, Size{50, 50, 200, 100}},
		{"the greatest of the hour stays when the size falls", 100, []step{{100, 50}, {100, 20}}, 100, Size{20, 50, 0, 100}},
		{"that hour is charged with it, later ones with what is left", 100, []step{{100, 50}, {100, 20}}, 103, Size{20, 50, 90, 100}},
		{"a new hour begins with what was there", 100, []step{{100, 50}, {102, 20}}, 102, Size{20, 50, 100, 102}},
		{"and ends with its own greatest", 100, []step{{100, 50}, {102, 20}}, 103, Size{20, 50, 150, 102}},
		{"growth in a later hour", 100, []step{{100, 50}, {103, 80}}, 104, Size{80, 80, 230, 103}},
		{"emptied: nothing is charged from the next hour on", 100, []step{{100, 50}, {100, 0}}, 200, Size{0, 50, 50, 100}},
		{"hours before the first write cost nothing", 100, []step{{150, 50}}, 151, Size{50, 50, 50, 150}},
		{"a clock that was set back goes on with the last hour", 100, []step{{100, 50}, {90, 70}}, 101, Size{70, 70, 70, 100}},
		{"and an answer for an earlier hour takes nothing away", 100, []step{{100, 50}, {103, 80}}, 99, Size{80, 80, 150, 103}},
		{"a change that leaves the size alone is none", 100, []step{{100, 50}, {105, 50}}, 105, Size{50, 50, 250, 100}},
	} {
		t.Run(c.explanation, func(t *testing.T) {
			s := newSized(t, memengine.New(), &clock{now: hour(c.created)}, true)
			b := s.create("bucket")
			for _, step := range c.steps {
				s.clock.Set(hour(step.hour))
				s.put(b, "k", step.size)
			}
			s.clock.Set(hour(c.asked))
			assert.Equal(t, c.want, s.size(b))
		})
	}
}

func TestIntegralStopsAtTheGreatest(t *testing.T) {
	s := Size{Current: 1 << 50, HourMax: 1 << 50}.at(math.MaxInt64 / 3600)
	assert.Equal(t, int64(math.MaxInt64), s.Integral, "a number that turned negative would be money back")
	assert.Equal(t, int64(math.MaxInt64), s.changed(1, math.MaxInt64/3600).Integral)
}

func TestHours(t *testing.T) {
	for _, c := range []struct{ unix, want int64 }{{0, 0}, {3599, 0}, {3600, 1}, {-1, -1}, {-3600, -1}, {-3601, -2}} {
		assert.Equal(t, c.want, hourOf(time.Unix(c.unix, 0)), "%d", c.unix)
	}
}

// TestWhatCounts: versions and parts take space, markers do not.
func TestWhatCounts(t *testing.T) {
	ctx := t.Context()
	s := newSized(t, memengine.New(), &clock{now: hour(100)}, true)
	b := s.create("bucket")
	require.NoError(t, b.SetVersioning(ctx, objstore.VersioningEnabled))
	s.put(b, "k", 10)
	s.put(b, "k", 20)
	assert.EqualValues(t, 30, s.size(b).Current, "an older version counts")
	s.remove(b, "k")
	assert.EqualValues(t, 30, s.size(b).Current, "a delete marker frees nothing")
	u, err := b.CreateUpload(ctx, "large", nil)
	require.NoError(t, err)
	p, err := u.PutPart(ctx, 1, strings.NewReader("12345"), nil)
	require.NoError(t, err)
	_, err = u.PutPart(ctx, 2, strings.NewReader("6789"), nil)
	require.NoError(t, err)
	assert.EqualValues(t, 39, s.size(b).Current, "parts of an unfinished upload count")
	_, err = u.Complete(ctx, []objstore.CompletePart{{Number: 1, ETag: p.ETag}}, nil)
	require.NoError(t, err)
	assert.EqualValues(t, 35, s.size(b).Current, "parts that are not used are gone")
	assert.EqualValues(t, 39, s.size(b).HourMax)
}

// TestRowless: a bucket from before the hook has had its size since it was made.
func TestRowless(t *testing.T) {
	e := memengine.New()
	c := &clock{now: hour(100)}
	before := newSized(t, e, c, false)
	b := before.create("old")
	c.Set(hour(103))
	before.put(b, "k", 50)
	assert.Equal(t, Size{50, 50, 150, 100}, before.size(b))

	s := newSized(t, e, c, true)
	b, err := s.Bucket(t.Context(), b.Info().BucketID)
	require.NoError(t, err)
	c.Set(hour(105))
	s.put(b, "l", 7)
	assert.Equal(t, Size{57, 57, 250, 105}, s.size(b), "from its first change on it has a row")
}

// TestLives: a bucket takes its history along, and ends with it.
func TestLives(t *testing.T) {
	ctx := t.Context()
	s := newSized(t, memengine.New(), &clock{now: hour(100)}, true)
	b := s.create("first")
	s.put(b, "k", 50)
	s.clock.Set(hour(102))
	require.NoError(t, s.MoveBucket(ctx, b.Info().BucketID, "bob", &objstore.MoveBucketOptions{Name: "second"}))
	b, err := s.Store.Bucket(ctx, objstore.BucketID{Name: "second"})
	require.NoError(t, err)
	assert.Equal(t, Size{50, 50, 100, 100}, s.size(b), "its history moves")
	require.NoError(t, s.MoveBucket(ctx, b.Info().BucketID, "carol", nil))
	assert.Equal(t, Size{50, 50, 100, 100}, s.size(b), "another owner is no change of size")
	assert.Equal(t, Size{LastHour: 102}, s.size(s.create("first")), "who has the name next begins anew")

	s.remove(b, "k")
	require.NoError(t, s.DeleteBucket(ctx, b.Info().BucketID))
	require.NoError(t, s.DeleteBucket(ctx, objstore.BucketID{Name: "first"}))
	require.NoError(t, s.index.View(ctx, func(r driver.Reader) error {
		cur := r.Scan([]byte(sizeRows), after([]byte(sizeRows)), driver.ScanOptions{})
		assert.False(t, cur.Next(), "deleted buckets leave no row")
		return cur.Close()
	}))
	assert.Equal(t, Size{LastHour: 102}, s.size(s.create("second")), "a deleted bucket's history ends")
}

// TestLeftRow: a bucket that was deleted without the hook leaves its row to
// nobody.
func TestLeftRow(t *testing.T) {
	ctx := t.Context()
	e := memengine.New()
	c := &clock{now: hour(100)}
	s := newSized(t, e, c, true)
	b := s.create("bucket")
	s.put(b, "k", 50)
	without := newSized(t, e, c, false)
	without.remove(b, "k")
	found, err := s.sizes.Drift(ctx, []objstore.BucketInfo{b.Info()})
	require.NoError(t, err)
	assert.Equal(t, []Drift{{Bucket: b.Info(), Stored: 50, Counted: 0}}, found)
	assert.Equal(t, "bucket bucket: the size for statistics is 50, counted 0", found[0].String())
	require.NoError(t, without.DeleteBucket(ctx, b.Info().BucketID))

	again := without.create("bucket")
	s = newSized(t, e, c, true)
	assert.Equal(t, Size{LastHour: 100}, s.size(again))
	s.put(again, "k", 7)
	assert.Equal(t, Size{7, 7, 0, 100}, s.size(again))
}

func TestRepair(t *testing.T) {
	ctx := t.Context()
	e := memengine.New()
	c := &clock{now: hour(100)}
	s := newSized(t, e, c, true)
	drifted, broken := s.create("drifted"), s.create("broken")
	list := []objstore.BucketInfo{drifted.Info(), broken.Info()}
	s.put(drifted, "k", 50)
	s.put(broken, "k", 60)
	newSized(t, e, c, false).put(drifted, "l", 5)
	require.NoError(t, e.Index.Update(ctx, func(txn driver.Txn) error {
		return txn.Set(sizeRow(broken.Info().BucketID), []byte("nonsense"))
	}))
	_, err := s.sizes.Buckets(ctx, list)
	require.ErrorIs(t, err, errDamaged, "no answer is better than a wrong bill")

	found, err := s.sizes.Drift(ctx, list)
	require.NoError(t, err)
	require.Len(t, found, 2)
	assert.Contains(t, found[0].String()+found[1].String(), "cannot be read")
	c.Set(hour(102))
	require.NoError(t, s.sizes.Repair(ctx, found))
	found, err = s.sizes.Drift(ctx, list)
	require.NoError(t, err)
	assert.Empty(t, found)
	sizes, err := s.sizes.Buckets(ctx, list)
	require.NoError(t, err)
	assert.Equal(t, []Size{{55, 55, 100, 102}, {60, 60, 120, 100}}, sizes)
}

// TestBuckets asks for many at once: with and without rows, in any order,
// twice the same, neighbours of others that are not asked for.
func TestBuckets(t *testing.T) {
	ctx := t.Context()
	s := newSized(t, memengine.New(), &clock{now: hour(100)}, true)
	all := make(map[objstore.BucketID]int64)
	var list []objstore.BucketInfo
	for i := range 300 {
		id := objstore.BucketID{Tenant: []string{"", "acme", "acme.b"}[i%3], Name: fmt.Sprintf("bucket-%d", i*7919%1000)}
		b, err := s.CreateBucket(ctx, id, nil)
		require.NoError(t, err)
		if i%5 != 0 {
			all[id] = int64(i)
			s.put(b, "k", int64(i))
		}
		if i%4 != 0 {
			list = append(list, b.Info())
		}
	}
	list = append(list, list[0])
	sizes, err := s.sizes.Buckets(ctx, list)
	require.NoError(t, err)
	require.Len(t, sizes, len(list))
	for i, b := range list {
		assert.Equal(t, all[b.BucketID], sizes[i].Current, "%s", b.BucketID)
	}
	none, err := s.sizes.Buckets(ctx, nil)
	require.NoError(t, err)
	assert.Empty(t, none)
	gone, cancel := context.WithCancel(ctx)
	cancel()
	_, err = s.sizes.Buckets(gone, list)
	assert.ErrorIs(t, err, context.Canceled)
}

func TestOpenSizesWithoutAnIndex(t *testing.T) {
	_, err := OpenSizes(nil, nil)
	assert.ErrorIs(t, err, ErrInvalid)
}

func FuzzSizeRow(f *testing.F) {
	r := record{ref: [16]byte{1, 2, 3}, Size: Size{12288, 12289, 7360512, 424241}}
	f.Add(r.append(nil))
	f.Add([]byte{sizeV1})
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := decodeRecord(data)
		if err != nil {
			return
		}
		assert.GreaterOrEqual(t, min(r.Current, r.HourMax, r.Integral), int64(0), "a size is never negative")
		again, err := decodeRecord(r.append(nil))
		require.NoError(t, err)
		assert.Equal(t, r, again)
	})
}
