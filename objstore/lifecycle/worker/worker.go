package worker

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/lifecycle"
)

// Error is an error of this package.
type Error string

func (e Error) Error() string { return string(e) }

// Errors of [Worker.Run].
const (
	// ErrBusy says that another pass is running, here or in another process.
	ErrBusy Error = "lifecycle: another pass is running"

	// ErrLeaseLost says that a step took so long that another process went on.
	ErrLeaseLost Error = "lifecycle: the lease was lost"
)

// Options configure a [Worker]. The zero value of each field is its default.
type Options struct {
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default: discard

	// Calendar says how long a day is. Default: a real one.
	Calendar lifecycle.Calendar

	// Interval is the time between two passes of [Worker.Loop]. Default: a
	// pass at the start of each UTC day, or each day of the calendar where
	// that is another.
	Interval time.Duration

	// DeleteRate is how many deletes a second there are at most, and ScanRate
	// how many versions are looked at. Defaults 500 and 20 000; negative: no
	// bound.
	DeleteRate, ScanRate int

	// Page is how many versions or uploads make a step. Default and maximum
	// 1000.
	Page int

	// Lease is how long a process that died keeps others from going on. It
	// must be longer than a step takes. Default 5 minutes.
	Lease time.Duration

	// Wait waits for a while or until ctx ends, and returns ctx's error then.
	// Default: by the real time.
	Wait func(ctx context.Context, d time.Duration) error

	// Observe, when not nil, is called with each deed that is due, after it
	// was tried; in a dry run in its place.
	Observe func(Deed)
}

const (
	maxPage  = 1000 // bounds Options.Page
	maxPause = 30   // seconds between two steps, at the lowest rates
)

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
	if d.Interval <= 0 {
		d.Interval = d.Calendar.Day
	}
	if d.DeleteRate == 0 {
		d.DeleteRate = 500
	}
	if d.ScanRate == 0 {
		d.ScanRate = 20_000
	}
	if d.Page <= 0 || d.Page > maxPage {
		d.Page = maxPage
	}
	for _, rate := range []int{d.DeleteRate, d.ScanRate} {
		if rate > 0 {
			d.Page = min(d.Page, rate*maxPause)
		}
	}
	if d.Lease <= 0 {
		d.Lease = 5 * time.Minute
	}
	if d.Wait == nil {
		d.Wait = wait
	}
	if d.Observe == nil {
		d.Observe = func(Deed) {}
	}
	return d
}

// wait waits by the real time.
func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Worker carries out lifecycle rules. Its methods are safe for concurrent use.
type Worker struct {
	store *objstore.Store
	index driver.Index
	opt   Options
	id    string // holder of the lease

	running sync.Mutex // held while a pass of this process runs
}

// New returns a Worker of a store that keeps its own rows in ix, the index of
// the store.
func New(st *objstore.Store, ix driver.Index, o *Options) *Worker {
	return &Worker{store: st, index: ix, opt: o.withDefaults(), id: rand.Text()}
}

// Run makes one pass over all buckets that have rules, or finishes one that
// broke off: the report is then of both. It returns [ErrBusy] when another pass
// is running. A pass that ends with an error can be gone on with by the next
// Run, of any process.
func (w *Worker) Run(ctx context.Context) (Report, error) {
	if !w.running.TryLock() {
		return Report{}, ErrBusy
	}
	defer w.running.Unlock()
	state, err := w.begin(ctx)
	if err != nil {
		return Report{}, err
	}
	p := &pass{w: w, progress: state}
	err = p.run(ctx)
	if err == nil {
		p.Report.Finished = w.opt.Now().UTC()
		err = w.finish(ctx, &p.Report)
	}
	if err != nil {
		// What was reached is kept in the progress row.
		return p.Report, errors.Join(err, w.release(context.WithoutCancel(ctx)))
	}
	return p.Report, nil
}

// DryRun makes a pass that deletes nothing and leaves no trace; the report and
// Options.Observe tell what Run would do now. It needs no lease.
func (w *Worker) DryRun(ctx context.Context) (Report, error) {
	p := &pass{w: w, dry: true, progress: progress{Report: Report{Started: w.opt.Now().UTC(), DryRun: true}}}
	if err := p.run(ctx); err != nil {
		return p.Report, err
	}
	p.Report.Finished = w.opt.Now().UTC()
	return p.Report, nil
}

// retryAfter is how long Loop waits after a pass that failed, or while another
// process makes one.
const retryAfter = time.Minute

// Loop makes passes in their time until ctx ends: at once when the last one is
// too long ago or unfinished. What goes wrong is logged.
func (w *Worker) Loop(ctx context.Context) {
	for ctx.Err() == nil {
		pause := retryAfter
		next, err := w.next(ctx)
		switch until := next.Sub(w.opt.Now()); {
		case err != nil:
		case until > 0:
			pause = until
		default:
			var report Report
			if report, err = w.Run(ctx); err == nil {
				w.opt.Logger.InfoContext(ctx, "lifecycle pass finished", "report", report)
				continue
			}
		}
		if err != nil && !errors.Is(err, ErrBusy) && ctx.Err() == nil {
			w.opt.Logger.ErrorContext(ctx, "lifecycle pass failed", "error", err)
		}
		if w.opt.Wait(ctx, pause) != nil {
			return
		}
	}
}

// next returns when the next pass is due.
func (w *Worker) next(ctx context.Context) (time.Time, error) {
	last, unfinished, err := w.last(ctx)
	switch {
	case err != nil || unfinished || last.Started.IsZero():
		return time.Time{}, err
	case w.opt.Interval > 0:
		return last.Started.Add(w.opt.Interval), nil
	}
	const day = 24 * time.Hour
	return last.Started.UTC().Truncate(day).Add(day), nil
}
