package objstore

import (
	"context"
	"iter"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

func (f *fixture) sweepNow() SweepReport {
	f.t.Helper()
	report, err := f.Sweep(f.t.Context())
	require.NoError(f.t, err)
	return report
}

// straggler makes a blob that no row names, made at a time.
func (f *fixture) straggler(made time.Time) driver.BlobID {
	f.t.Helper()
	id := driver.BlobID(newID(made))
	w, err := f.eng.Blobs.Create(f.t.Context(), id)
	require.NoError(f.t, err)
	_, err = w.Write([]byte("left by a crash"))
	require.NoError(f.t, err)
	require.NoError(f.t, w.Commit())
	return id
}

func TestSweepKeepsTrashForTheGrace(t *testing.T) {
	f := newFixture(t, &Options{InlineMax: 1, TrashGrace: time.Minute})
	b := f.bucket("bucket", VersioningOff)
	f.put(b, "k", "first")
	f.put(b, "k", "second")
	assert.Equal(t, SweepReport{Backlog: 1}, f.sweepNow())
	assert.Equal(t, int64(1), f.Stats().TrashBacklog)
	f.clock.Advance(time.Minute)
	assert.Equal(t, SweepReport{Backlog: 1}, f.sweepNow(), "the grace is not over until it is exceeded")
	f.clock.Advance(time.Nanosecond)
	assert.Equal(t, SweepReport{Removed: 1}, f.sweepNow())
	assert.Equal(t, 1, f.blobs())
	assert.Equal(t, SweepReport{}, f.sweepNow())
}

func TestTrashIsListed(t *testing.T) {
	f := newFixture(t, &Options{InlineMax: 1, TrashGrace: time.Minute})
	b := f.bucket("bucket", VersioningOff)
	list := func(limit int, dueOnly bool) []Trash {
		t.Helper()
		found, err := f.Trash(t.Context(), limit, dueOnly)
		require.NoError(t, err)
		return found
	}
	assert.Empty(t, list(10, false))
	start := f.clock.Now()
	for range 3 {
		f.put(b, "k", "data")
		f.clock.Advance(time.Second)
	}
	all := list(10, false)
	require.Len(t, all, 2, "the third one is in use")
	assert.Equal(t, start.Add(time.Second).UTC(), all[0].Since, "oldest first")
	assert.Equal(t, all[0].Since.Add(time.Minute), all[0].Due)
	assert.Equal(t, all[:1], list(1, false))
	assert.Empty(t, list(10, true), "the grace is not over")
	f.clock.Advance(58*time.Second + time.Nanosecond)
	assert.Equal(t, all[:1], list(10, true))
	assert.Equal(t, 1, f.sweepNow().Removed, "what is listed as due is what a sweep removes")
}

func TestSweepKeepsWhatIsRead(t *testing.T) {
	f := newFixture(t, &Options{InlineMax: 1, TrashGrace: time.Minute})
	b := f.bucket("bucket", VersioningOff)
	f.put(b, "k", "first")
	o, err := b.Object(t.Context(), "k", nil)
	require.NoError(t, err)
	f.put(b, "k", "second")
	f.clock.Advance(24 * time.Hour)
	assert.Equal(t, SweepReport{Backlog: 1}, f.sweepNow(), "a slow reader may still open it")
	got, err := readObject(t.Context(), o)
	require.NoError(t, err)
	assert.Equal(t, "first", got)
	require.NoError(t, o.Close())
	assert.Equal(t, SweepReport{Removed: 1}, f.sweepNow())
}

func TestSweepInChunks(t *testing.T) {
	f := newFixture(t, &Options{InlineMax: 1})
	b := f.bucket("bucket", VersioningOff)
	const n = 2*sweepChunk + 7
	for range n + 1 {
		f.put(b, "k", "body")
	}
	f.clock.Advance(time.Hour)
	assert.Equal(t, SweepReport{Removed: n}, f.sweepNow())
	assert.Equal(t, 1, f.blobs())
}

func TestSweepOrphans(t *testing.T) {
	start := newFakeClock().Now()
	for _, c := range []struct {
		why       string
		exclusive bool
		made      time.Duration // relative to Open
		advance   time.Duration // until the sweep
		removed   bool
	}{
		{"an earlier process crashed, and nobody else can be writing", true, -time.Second, 0, true},
		{"it is of this process: a commit of unknown outcome may name it after all", true, 0, 1000 * time.Hour, false},
		{"another process may be writing it", false, -time.Hour, 0, false},
		{"for as long as an upload may take", false, -24 * time.Hour, 0, false},
		{"no upload takes that long", false, -24*time.Hour - time.Second, 0, true},
	} {
		t.Run(c.why, func(t *testing.T) {
			e := memengine.New()
			e.Exclusive = c.exclusive
			f := newFixtureOn(t, e, &Options{InlineMax: 1})
			b := f.bucket("bucket", VersioningOff)
			f.put(b, "k", "named")
			f.straggler(start.Add(c.made))
			f.clock.Advance(c.advance)
			report := f.sweepNow()
			assert.Equal(t, c.removed, report.Orphans == 1)
			assert.Equal(t, c.removed, f.blobs() == 1)
		})
	}
}

func TestSweepSparesPendingAndTrash(t *testing.T) {
	f := newFixture(t, &Options{InlineMax: 1, TrashGrace: 48 * time.Hour})
	b := f.bucket("bucket", VersioningOff)
	f.put(b, "k", "first")
	o, err := b.Object(t.Context(), "k", nil)
	require.NoError(t, err)
	defer o.Close()
	f.put(b, "k", "second")
	body := &hookedReader{r: strings.NewReader("third"), first: func() {
		id := f.straggler(f.clock.Now().Add(-time.Hour))
		f.pending.add(id)
		f.clock.Advance(24 * time.Hour)
		assert.Equal(t, SweepReport{Backlog: 1}, f.sweepNow(), "neither a blob in the trash nor one that is being written is an orphan")
		f.pending.drop(id)
		f.sweeper.count = 0 // as after a hundred sweeps
		assert.Equal(t, SweepReport{Orphans: 1, Backlog: 1}, f.sweepNow())
	}}
	_, err = b.Put(t.Context(), "k", body, nil)
	require.NoError(t, err)
	got, err := readObject(t.Context(), o)
	require.NoError(t, err)
	assert.Equal(t, "first", got)
}

func TestSweepLooksForOrphansRarely(t *testing.T) {
	f := newFixture(t, nil)
	f.sweepNow()
	f.straggler(f.clock.Now().Add(-time.Hour))
	n := 1
	for f.sweepNow().Orphans == 0 {
		n++
		require.LessOrEqual(t, n, orphansEvery)
	}
	assert.Equal(t, orphansEvery, n)
}

func TestSweepRemovesTheBlobBeforeItsRow(t *testing.T) {
	medium := memengine.New()
	fs := &faults{}
	f := newFixtureOn(t, driver.Engine{Index: medium.Index, Blobs: faultBlobs{medium.Blobs, fs}, Exclusive: true}, &Options{InlineMax: 1})
	b := f.bucket("bucket", VersioningOff)
	f.put(b, "k", "first")
	f.put(b, "k", "second")
	f.clock.Advance(time.Hour)
	fs.seen, fs.nth = 0, 1
	_, err := f.Sweep(t.Context())
	require.ErrorIs(t, err, errFault)
	assert.Equal(t, 2, f.blobs())
	assert.Equal(t, SweepReport{Removed: 1}, f.sweepNow(), "what failed is tried again")
	assert.Equal(t, 1, f.blobs())
}

func TestSweepPassesDamagedRows(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("bucket", VersioningOff)
	u, _ := f.uploadOf(b, "k", nil, "part")
	require.NoError(t, u.Abort(t.Context()))
	require.NoError(t, f.mutate(t.Context(), func(txn driver.Txn) error {
		return txn.Set(purgeRow(uploadID{}), nil) // before all others
	}))
	report, err := f.Sweep(t.Context())
	require.ErrorIs(t, err, ErrInvalidStorageStructure)
	assert.Equal(t, 1, report.Parts, "one damaged row does not keep the rest")
}

func TestSweepGivesUpWaitingWithItsContext(t *testing.T) {
	f := newFixture(t, nil)
	require.NoError(t, f.sweeper.acquire(t.Context()))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.Sweep(ctx)
	require.ErrorIs(t, err, context.Canceled)
	f.sweeper.release()
	f.sweepNow()
}

// TestBackgroundSweep checks that a store sweeps at its start, goes on after an
// error, and stops when it is closed.
func TestBackgroundSweep(t *testing.T) {
	e := memengine.New()
	failed, removed := make(chan struct{}), make(chan struct{})
	blobs := &signalBlobs{Blobs: e.Blobs, failed: failed, removed: removed}
	clock := newFakeClock()
	w, err := e.Blobs.Create(t.Context(), driver.BlobID(newID(clock.Now().Add(-time.Hour))))
	require.NoError(t, err)
	require.NoError(t, w.Commit())
	s, err := Open(driver.Engine{Index: e.Index, Blobs: blobs, Exclusive: true}, &Options{Now: clock.Now, SweepEvery: time.Millisecond})
	require.NoError(t, err)
	<-failed
	<-removed
	require.NoError(t, s.Close())
	_, err = s.Sweep(t.Context())
	assert.ErrorIs(t, err, driver.ErrClosed)
}

// TestCloseCancelsTheSweep closes a store while its background sweep is in the
// middle of the list of all blobs.
func TestCloseCancelsTheSweep(t *testing.T) {
	e := memengine.New()
	blobs := endlessBlobs{e.Blobs, make(chan struct{})}
	s, err := Open(driver.Engine{Index: e.Index, Blobs: blobs, Exclusive: true}, nil)
	require.NoError(t, err)
	<-blobs.begun
	require.NoError(t, s.Close())
}

// endlessBlobs has a list that ends with its context only.
type endlessBlobs struct {
	driver.Blobs
	begun chan struct{}
}

func (b endlessBlobs) All(ctx context.Context) iter.Seq2[driver.BlobID, error] {
	return func(yield func(driver.BlobID, error) bool) {
		close(b.begun)
		<-ctx.Done()
		yield(driver.BlobID{}, ctx.Err())
	}
}

// signalBlobs fails the first Remove.
type signalBlobs struct {
	driver.Blobs
	calls           atomic.Int64
	once            sync.Once
	failed, removed chan struct{}
}

func (b *signalBlobs) Remove(ctx context.Context, ids ...driver.BlobID) error {
	if b.calls.Add(1) == 1 {
		close(b.failed)
		return errFault
	}
	defer b.once.Do(func() { close(b.removed) })
	return b.Blobs.Remove(ctx, ids...)
}

// TestUnknownOutcomeKeepsTheBlob lets a commit fail with an unknown outcome and
// show only when the index is opened again, as one does that had reached the
// log but not the answer.
func TestUnknownOutcomeKeepsTheBlob(t *testing.T) {
	medium := memengine.New()
	index := &lateIndex{Index: medium.Index}
	e := driver.Engine{Index: index, Blobs: medium.Blobs, Exclusive: true}
	f := newFixtureOn(t, e, &Options{InlineMax: 1})
	b := f.bucket("bucket", VersioningOff)
	f.put(b, "k", "first")
	index.late = true
	_, err := b.Put(t.Context(), "k", strings.NewReader("second"), nil)
	require.ErrorIs(t, err, driver.ErrOutcomeUnknown)
	index.late = false
	for range 2 * orphansEvery {
		f.clock.Advance(time.Hour)
		f.sweepNow()
	}
	require.NoError(t, medium.Index.Update(t.Context(), index.fn))

	f = reopen(t, e, f.clock)
	b, err = f.Bucket(t.Context(), b.info.BucketID)
	require.NoError(t, err)
	f.clean(1)
	got, err := f.get(b, "k", "")
	require.NoError(t, err)
	assert.Equal(t, "second", got)
}

// lateIndex keeps a transaction back instead of committing it, and stays open
// for the next store on it.
type lateIndex struct {
	driver.Index
	late bool
	fn   func(driver.Txn) error
}

func (x *lateIndex) Update(ctx context.Context, fn func(driver.Txn) error) error {
	if x.late {
		x.fn = fn
		return driver.ErrOutcomeUnknown
	}
	return x.Index.Update(ctx, fn)
}

func (x *lateIndex) Close() error { return nil }

// reopen opens a store on media that another one has used, an hour later.
func reopen(t *testing.T, e driver.Engine, clock *fakeClock) *fixture {
	t.Helper()
	clock.Advance(time.Hour)
	s, err := Open(e, &Options{InlineMax: 1, Now: clock.Now, SweepEvery: -1})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Close()) })
	return &fixture{Store: s, t: t, clock: clock}
}

// TestOrphansStayAfterAnUnknownOutcome: the index, opened again, may name one, and
// a clock that was set back makes it look older than the store.
func TestOrphansStayAfterAnUnknownOutcome(t *testing.T) {
	f := newFixture(t, &Options{InlineMax: 1})
	(&stored{s: f.Store}).settle(driver.ErrOutcomeUnknown)
	f.straggler(f.opened.Add(-time.Hour))
	assert.Zero(t, f.sweepNow().Orphans)
	f.unsure.Store(false) // as after a restart
	for range orphansEvery {
		f.sweepNow()
	}
	assert.Zero(t, f.blobs())
}
