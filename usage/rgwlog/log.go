package rgwlog

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/internal/flush"
)

// Options configure a [Log]. The zero value of each field is its default.
type Options struct {
	// Dir is where the journals are; it is made if it is not there, and belongs
	// to one process at a time. "" is no journal: a process that is killed
	// loses what was not flushed.
	Dir string

	// FlushEvery is the interval at which sums go to the index. Default 30
	// seconds; negative: only Flush, Show, Trim and Close do it.
	FlushEvery time.Duration

	// SyncEvery is how much a machine that loses power may lose: the interval
	// at which the journal is synced. Default 500 milliseconds; negative: only
	// flushes do it.
	SyncEvery time.Duration

	Logger *slog.Logger // default: discard
}

func (o *Options) withDefaults() Options {
	var d Options
	if o != nil {
		d = *o
	}
	if d.FlushEvery == 0 {
		d.FlushEvery = 30 * time.Second
	}
	if d.SyncEvery == 0 {
		d.SyncEvery = 500 * time.Millisecond
	}
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	return d
}

// slotsPerFlush is after how many slots a flush does not wait for its time.
const slotsPerFlush = 1000

// Log is a [usage.Sink] that adds up usage. Its methods are safe for
// concurrent use.
type Log struct {
	index  driver.Index
	opt    Options
	writer string

	mu     sync.Mutex
	active *segment // takes in requests; nil once closed
	closed bool

	flushing sync.Mutex
	sealed   *segment // was not applied yet; nil = none. Guarded by flushing

	full chan struct{} // wakes the flush loop
	stop chan struct{}
	work sync.WaitGroup
}

var _ usage.Sink = (*Log)(nil)

// Open returns a Log that keeps its sums in ix. It applies what journals hold
// of an earlier process.
func Open(ctx context.Context, ix driver.Index, o *Options) (*Log, error) {
	l := &Log{index: ix, opt: o.withDefaults(), full: make(chan struct{}, 1), stop: make(chan struct{})}
	if err := l.open(ctx); err != nil {
		return nil, wrap("Open", err)
	}
	if l.opt.FlushEvery > 0 {
		l.work.Go(l.flushLoop)
	}
	if l.opt.SyncEvery > 0 && l.opt.Dir != "" {
		l.work.Go(l.syncLoop)
	}
	return l, nil
}

func randomID() string {
	b := make([]byte, writerLen/2)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

func (l *Log) open(ctx context.Context) error {
	l.writer = randomID()
	var last uint64
	if l.opt.Dir != "" {
		if err := os.MkdirAll(l.opt.Dir, 0o700); err != nil {
			return err
		}
		var err error
		if l.writer, err = writerID(l.opt.Dir, randomID); err != nil {
			return err
		}
		if last, err = l.recover(ctx); err != nil {
			return err
		}
	}
	err := l.index.View(ctx, func(r driver.Reader) error {
		m, err := readMark(r, l.writer)
		last = max(last, m.seq)
		return err
	})
	if err == nil {
		l.active, err = newSegment(l.opt.Dir, last+1)
	}
	return err
}

// recover applies the journals that were left, and returns the last's number.
func (l *Log) recover(ctx context.Context) (last uint64, err error) {
	seqs, err := journals(l.opt.Dir)
	if err != nil {
		return 0, err
	}
	for _, seq := range seqs {
		s, lost, err := replayed(l.opt.Dir, seq)
		if err != nil {
			return 0, err
		}
		if lost > 0 {
			l.opt.Logger.WarnContext(ctx, "the end of a usage journal is not whole", "journal", s.path, "bytes", lost)
		}
		if err := s.apply(ctx, l.index, l.writer); err != nil {
			return 0, err
		}
		if err := s.remove(); err != nil {
			return 0, err
		}
		last = seq
	}
	return last, nil
}

// Record implements [usage.Sink]. When it returns, the request is in the
// journal, and survives the process.
func (l *Log) Record(e *usage.Entry) {
	at, c, counts := slotOf(e)
	if !counts {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.active == nil {
		return // closed: the server has stopped
	}
	flush, err := l.active.add(at, c)
	if err != nil {
		l.opt.Logger.Error("usage is not journaled; it is in memory until the next flush", "error", err)
	}
	if flush {
		select {
		case l.full <- struct{}{}:
		default:
		}
	}
}

// Flush adds what was recorded before it was called to the index. After an
// error it is tried again with the next Flush; nothing is lost or counted twice.
func (l *Log) Flush(ctx context.Context) error {
	l.flushing.Lock()
	defer l.flushing.Unlock()
	return wrap("Flush", l.flush(ctx, false))
}

// flush applies the sealed segment, if an earlier flush has failed, and then
// the active one, which another replaces unless it is the last.
func (l *Log) flush(ctx context.Context, last bool) error {
	if err := l.settle(ctx); err != nil {
		return err
	}
	if err := l.seal(last); err != nil || l.sealed == nil {
		return err
	}
	return l.settle(ctx)
}

// seal moves the active segment away, if there is anything in it.
func (l *Log) seal(last bool) error {
	l.mu.Lock()
	s := l.active
	idle := s == nil || len(s.slots) == 0 && !last
	l.mu.Unlock()
	if idle {
		return nil
	}
	var next *segment
	if !last {
		var err error
		if next, err = newSegment(l.opt.Dir, s.seq+1); err != nil {
			return err
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sealed, l.active = s, next
	return nil
}

// settle applies the sealed segment.
func (l *Log) settle(ctx context.Context) error {
	s := l.sealed
	if s == nil {
		return nil
	}
	if s.file != nil {
		// What is applied in steps must be replayed alike.
		if err := s.file.Sync(); err != nil {
			return err
		}
	}
	if err := s.apply(ctx, l.index, l.writer); err != nil {
		return err
	}
	l.sealed = nil
	if err := s.remove(); err != nil {
		l.opt.Logger.WarnContext(ctx, "a usage journal that was applied stays until the next start", "error", err)
	}
	return nil
}

// Close stops background work and flushes. Later requests are not recorded.
func (l *Log) Close(ctx context.Context) error {
	l.mu.Lock()
	closed := l.closed
	l.closed = true
	l.mu.Unlock()
	if closed {
		return wrap("Close", ErrClosed)
	}
	close(l.stop)
	l.work.Wait()
	l.flushing.Lock()
	defer l.flushing.Unlock()
	return wrap("Close", l.flush(ctx, true))
}

func (l *Log) flushLoop() {
	flush.Loop(l.opt.FlushEvery, l.full, l.stop, l.opt.Logger, "usage was not flushed; it will be tried again", l.Flush)
}

func (l *Log) syncLoop() {
	tick := time.NewTicker(l.opt.SyncEvery)
	defer tick.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-tick.C:
			l.sync()
		}
	}
}

// sync makes the journal durable.
func (l *Log) sync() {
	l.mu.Lock()
	s := l.active
	if s == nil || !s.dirty {
		l.mu.Unlock()
		return
	}
	s.dirty = false
	file := s.file
	l.mu.Unlock()
	if err := file.Sync(); err != nil && !errors.Is(err, os.ErrClosed) {
		l.opt.Logger.Error("the usage journal was not synced", "error", err)
	}
}
