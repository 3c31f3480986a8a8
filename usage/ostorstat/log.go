package ostorstat

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/internal/flush"
)

// LogOptions configure a [Log]. The zero value of each field is its default.
type LogOptions struct {
	// Collect switches statistics on. Without it, requests are not counted;
	// objects that are there can be read and deleted.
	Collect bool

	// Period is how long an object takes in requests, in whole seconds, at most
	// a year. Default 30 minutes.
	Period time.Duration

	// FlushEvery is the interval at which what was counted is written. Default
	// 30 seconds; negative: only Flush, List, Object, Delete and Close do it.
	FlushEvery time.Duration

	// ServiceID is in the names of objects: 16 lower-case hexadecimal digits.
	// Each process that shares an index has its own. Default 8000000000000001.
	ServiceID string

	// MaxItems bounds the items of an object: one that is full is closed before
	// its period is over. Default 20 000, some 5 MB.
	MaxItems int

	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default: discard
}

const (
	defaultService = "8000000000000001"
	maxPeriod      = 366 * 24 * time.Hour

	// maxFull bounds what is in memory: as many items as so many full objects
	// have.
	maxFull = 5
)

func (o *LogOptions) withDefaults() (LogOptions, error) {
	var d LogOptions
	if o != nil {
		d = *o
	}
	if d.Period == 0 {
		d.Period = 30 * time.Minute
	}
	if d.FlushEvery == 0 {
		d.FlushEvery = 30 * time.Second
	}
	if d.ServiceID == "" {
		d.ServiceID = defaultService
	}
	if d.MaxItems == 0 {
		d.MaxItems = 20_000
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	switch {
	case d.Period < time.Second || d.Period > maxPeriod || d.Period%time.Second != 0:
		return d, fmt.Errorf("%w: period %s: want whole seconds, at most a year", ErrInvalid, d.Period)
	case d.MaxItems < 0:
		return d, fmt.Errorf("%w: %d items", ErrInvalid, d.MaxItems)
	case !validService(d.ServiceID):
		return d, fmt.Errorf("%w: service id %q: want 16 lower-case hexadecimal digits", ErrInvalid, d.ServiceID)
	}
	return d, nil
}

// Log is a [usage.Sink] that keeps statistics objects. Its methods are safe for
// concurrent use.
//
// An object opens with the first request that counts, and closes when its
// period is over, when it is full, and with the Log. What is read is up to date.
// Where several processes share an index, what another one has counted since it
// last flushed is not seen, and is lost with an object that is deleted: collect
// an object when it has been closed for as long as FlushEvery.
type Log struct {
	index  driver.Index
	opt    LogOptions
	writer [16]byte

	mu      sync.Mutex
	open    *sums   // takes in requests; nil = none has come
	waiting []*sums // are closed, and not written to their ends
	held    int     // items in those
	last    int64   // second that the latest object covers, or at which it started
	seq     int64   // number of objects so far
	lost    int64   // requests that there was no room for
	ended   bool    // nothing is counted any more

	flushing sync.Mutex // held by whoever writes; taken before mu

	full chan struct{} // wakes the flush loop
	stop chan struct{}
	work sync.WaitGroup
}

var _ usage.Sink = (*Log)(nil)

// OpenLog returns the statistics objects that are in ix.
func OpenLog(ctx context.Context, ix driver.Index, o *LogOptions) (*Log, error) {
	opt, err := o.withDefaults()
	if err == nil && ix == nil {
		err = fmt.Errorf("%w: an index is needed", ErrInvalid)
	}
	if err != nil {
		return nil, wrap("OpenLog", err)
	}
	l := &Log{index: ix, opt: opt, full: make(chan struct{}, 1), stop: make(chan struct{})}
	_, _ = rand.Read(l.writer[:]) // never fails (see crypto/rand)
	if err := l.sweep(ctx); err != nil {
		return nil, wrap("OpenLog", err)
	}
	if opt.Collect && opt.FlushEvery > 0 {
		l.work.Go(l.flushLoop)
	}
	return l, nil
}

// sweep removes what a crash has left of objects that were being deleted.
func (l *Log) sweep(ctx context.Context) error {
	var left []string
	err := l.index.View(ctx, func(r driver.Reader) (err error) {
		left, err = headless(r)
		return err
	})
	for _, object := range left {
		err = errors.Join(err, removeItems(ctx, l.index, object))
	}
	return err
}

// Record implements [usage.Sink]. The request belongs to the second in which it
// ends. Where there is no room for it, because the index has not taken anything
// for long, it is not counted, and that is logged.
func (l *Log) Record(e *usage.Entry) {
	if !l.opt.Collect {
		return
	}
	k, c, ok := counted(e)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return
	}
	now := l.opt.Now()
	l.roll(now)
	if !l.makeRoom(k, now) {
		l.lost++
		return
	}
	l.openedAt(now).add(k, &c)
}

// makeRoom tells whether there is room for an item, if it is not there already.
// An open object that is full is closed.
func (l *Log) makeRoom(k Key, now time.Time) bool {
	items := 0
	if l.open != nil {
		if l.open.has(k) {
			return true
		}
		items = len(l.open.items)
	}
	if l.held+items >= maxFull*l.opt.MaxItems {
		return false
	}
	if items >= l.opt.MaxItems {
		l.closeOpen(l.open.covers(now))
		l.wake()
	}
	return true
}

// openedAt returns the open object, a new one if there is none. Objects of one
// second start at consecutive ones, as their names must differ; one behind a clock
// that was set back starts where the last one ends.
func (l *Log) openedAt(now time.Time) *sums {
	if l.open == nil {
		l.seq++
		l.last = max(now.Unix(), l.last+1)
		l.open = newSums(now, l.last, l.seq)
	}
	return l.open
}

// roll closes the open object if its period is over.
func (l *Log) roll(now time.Time) {
	period := int64(l.opt.Period / time.Second)
	if l.open != nil && l.open.covers(now) >= period {
		l.closeOpen(period)
	}
}

func (l *Log) closeOpen(period int64) {
	l.open.closed, l.open.period = true, period
	l.last = max(l.last, l.open.start+period-1)
	l.waiting = append(l.waiting, l.open)
	l.held += len(l.open.items)
	l.open = nil
}

func (l *Log) wake() {
	select {
	case l.full <- struct{}{}:
	default:
	}
}

// Flush writes what was counted before it was called. After an error it is
// tried again with the next Flush; nothing is lost or counted twice.
func (l *Log) Flush(ctx context.Context) error {
	l.flushing.Lock()
	defer l.flushing.Unlock()
	return wrap("Flush", l.flush(ctx))
}

// Close closes the open object, writes everything, and ends background work.
// Later requests are not counted. After an error, objects that were not written
// are lost.
func (l *Log) Close(ctx context.Context) error {
	l.mu.Lock()
	ended := l.ended
	l.ended = true
	l.mu.Unlock()
	if ended {
		return wrap("Close", ErrClosed)
	}
	close(l.stop)
	l.work.Wait()
	l.flushing.Lock()
	defer l.flushing.Unlock()
	l.mu.Lock()
	l.roll(l.opt.Now())
	if l.open != nil {
		l.closeOpen(l.open.covers(l.opt.Now()))
	}
	l.mu.Unlock()
	return wrap("Close", l.flush(ctx))
}

func (l *Log) flushLoop() {
	flush.Loop(l.opt.FlushEvery, l.full, l.stop, l.opt.Logger, "statistics were not written; it will be tried again", l.Flush)
}
