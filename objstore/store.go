package objstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cofferstore/coffer/internal/bufpool"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/sse"
)

// Options configure a [Store]. The zero value of each field is its default.
type Options struct {
	Hooks  []Hook
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default: discard

	// InlineMax is the largest object, in bytes, that is kept as a row of the
	// index; more than 256 KiB is taken for that. Default 64 KiB; negative: none.
	InlineMax int

	// Keys has the master keys of SSE-S3 and KMS those of SSE-KMS; they may be
	// one. Default: none, so that such objects can be neither written nor read.
	Keys, KMS sse.KeyProvider

	// BucketKeyAge is how long a key between a master key and the objects of a
	// bucket is used, by writers that ask for it, and kept in memory. It also
	// is how long a key that was disabled may still be used. Default 5
	// minutes; negative: for one object each.
	BucketKeyAge time.Duration

	// MinPartSize is the smallest size, in bytes, of a part that is not the
	// last. Default [MinPartSize]; tests may lower it.
	MinPartSize int64

	// TrashGrace is how long replaced blobs are kept, so that requests that
	// already found them can read them. Default 1 minute.
	TrashGrace time.Duration

	// SweepEvery is the interval of the background sweep. Default 30 seconds;
	// negative: Sweep is only run when it is called.
	SweepEvery time.Duration

	// MaxUploadAge bounds how long the upload of one blob may take; blobs of
	// other processes that no row names are removed when they are older.
	// Default 24 hours. Of no effect with an exclusive engine.
	MaxUploadAge time.Duration

	// Reserve is how many bytes of the media stay free: writes that bring data
	// are refused with [ErrInsufficientStorage] below it. Default 256 MiB;
	// negative: none. It needs media with [driver.Space].
	Reserve int64
}

// maxInline bounds Options.InlineMax: an inline row must fit into the buffer of
// a short body, and into a row.
const maxInline = min(bufpool.Medium, driver.MaxValueLen)

// defaultInline is the default of Options.InlineMax: up to there, a share of a
// batch's sync costs a third of a file with syncs of its own, and above it reading
// is cheaper with sendfile.
const defaultInline = 64 << 10

// withDefaults returns o with defaults in place of zeroes, and 0 where a
// negative value switched something off.
func (o *Options) withDefaults() Options {
	var d Options
	if o != nil {
		d = *o
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	d.InlineMax = min(defaulted(d.InlineMax, defaultInline), maxInline)
	d.MinPartSize = defaulted(d.MinPartSize, MinPartSize)
	d.TrashGrace = defaulted(d.TrashGrace, time.Minute)
	d.SweepEvery = defaulted(d.SweepEvery, 30*time.Second)
	d.MaxUploadAge = defaulted(d.MaxUploadAge, 24*time.Hour)
	d.BucketKeyAge = defaulted(d.BucketKeyAge, 5*time.Minute)
	d.Reserve = defaulted(d.Reserve, 256<<20)
	return d
}

func defaulted[T int | int64 | time.Duration](v, def T) T {
	if v == 0 {
		return def
	}
	return max(v, 0)
}

// Store is a set of buckets.
type Store struct {
	eng    driver.Engine
	opt    Options // defaults filled
	opened time.Time

	cache   *rowCache[BucketID, cachedBucket]
	tenants *rowCache[tenantKey, []byte]
	pending *pendingSet
	pins    *pinSet
	space   *spaceGuard
	sweeper *sweeper
	hashers *hashers
	buffers bufpool.Pool
	keys    *bucketKeys

	gate    gate
	readers atomic.Int64 // open Readers
	backlog atomic.Int64 // trash rows at the last sweep
	unsure  atomic.Bool  // the outcome of a commit is unknown; its blob may be needed

	largePipelines atomic.Int32 // bodies that ask for large buffers

	stop context.CancelFunc // of the background work
	work sync.WaitGroup
}

// Open opens the store that is in the media of e, which it owns from then on.
func Open(e driver.Engine, o *Options) (*Store, error) {
	if e.Index == nil || e.Blobs == nil {
		return nil, &Error{Op: "Open", Err: fmt.Errorf("%w: an engine needs an index and blobs", ErrInvalidArgument)}
	}
	opt := o.withDefaults()
	s := &Store{
		eng:     e,
		opt:     opt,
		opened:  opt.Now(),
		cache:   newRowCache[BucketID, cachedBucket](opt.Now, e.Exclusive),
		tenants: newRowCache[tenantKey, []byte](opt.Now, e.Exclusive),
		pending: newPendingSet(),
		pins:    &pinSet{},
		space:   newSpaceGuard(e, opt),
		sweeper: newSweeper(),
		hashers: newHashers(),
		keys:    newBucketKeys(&opt),
	}
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	if opt.SweepEvery > 0 {
		s.work.Go(func() { s.sweepLoop(ctx) })
	}
	return s, nil
}

// Close stops background work and closes the index. Requests in progress
// finish first; later ones return [driver.ErrClosed], and so does a second
// Close. Readers that are open must be closed by then.
func (s *Store) Close() error {
	s.stop()
	if !s.gate.close() {
		return &Error{Op: "Close", Err: driver.ErrClosed}
	}
	s.work.Wait()
	s.hashers.close()
	return wrap("Close", BucketID{}, "", s.eng.Index.Close())
}

// view runs fn on a snapshot of the index.
func (s *Store) view(ctx context.Context, fn func(driver.Reader) error) error {
	return s.eng.Index.View(ctx, fn)
}

// mutate runs fn as one transaction; fn may run more than once.
func (s *Store) mutate(ctx context.Context, fn func(driver.Txn) error) error {
	return s.mediaError(s.eng.Index.Update(ctx, fn))
}

// mediaError gives a full medium the code of this package.
func (s *Store) mediaError(err error) error {
	if err == nil || !errors.Is(err, driver.ErrNoSpace) || errors.Is(err, ErrInsufficientStorage) {
		return err
	}
	s.space.expire()
	return fmt.Errorf("%w: %w", ErrInsufficientStorage, err)
}

// gate lets requests in until it is closed, and then waits for them.
type gate struct {
	mu     sync.Mutex
	inside int
	idle   chan struct{} // not nil once closed; closed when the last has left
}

func (g *gate) enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.idle != nil {
		return driver.ErrClosed
	}
	g.inside++
	return nil
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.inside--
	if g.inside == 0 && g.idle != nil {
		close(g.idle)
	}
}

// close waits until nobody is inside; it tells whether it was the first.
func (g *gate) close() bool {
	g.mu.Lock()
	if g.idle != nil {
		g.mu.Unlock()
		return false
	}
	g.idle = make(chan struct{})
	if g.inside == 0 {
		close(g.idle)
	}
	g.mu.Unlock()
	<-g.idle
	return true
}
