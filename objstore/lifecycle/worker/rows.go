package worker

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Rows of this package begin with 'l' and a kind:
//
//	ll  lease
//	lp  progress of a pass that is not finished
//	lr  report of the last pass
var (
	leaseRow    = []byte("ll")
	progressRow = []byte("lp")
	reportRow   = []byte("lr")
)

// lease says who works, and until when nobody else may.
type lease struct {
	Holder string
	Until  time.Time
}

// progress is how far a pass has come. Names are bytes, since keys need not be
// UTF-8.
type progress struct {
	Report Report

	Tenant, Name []byte   // the bucket that is being worked on; none before the first
	Ref          [16]byte // its ref; zero once it is done
	OnUploads    bool     // its versions are done

	// Key and Version are the place behind which the next page begins; Version
	// is an upload's id once OnUploads.
	Key, Version []byte

	Walk walk
}

// walk is what a version's fate depends on in the newer versions of its key.
type walk struct {
	Key   []byte
	Since time.Time // when the version before was written
	Newer int       // noncurrent versions before
}

// load reads a row into v; a missing one leaves v alone.
func load(r driver.Reader, key []byte, v any) (found bool, err error) {
	data, err := r.Get(key)
	if errors.Is(err, driver.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, json.Unmarshal(data, v)
}

func store(t driver.Txn, key []byte, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return t.Set(key, data)
}

// begin takes the lease, and returns where a pass that broke off had come to,
// or the start of a new one.
func (w *Worker) begin(ctx context.Context) (progress, error) {
	var state progress
	err := w.index.Update(ctx, func(t driver.Txn) error {
		var l lease
		now := w.opt.Now().UTC()
		if _, err := load(t, leaseRow, &l); err != nil {
			return err
		}
		if l.Holder != "" && l.Holder != w.id && now.Before(l.Until) {
			return ErrBusy
		}
		state = progress{Report: Report{Started: now}}
		if _, err := load(t, progressRow, &state); err != nil {
			return err
		}
		return errors.Join(w.extend(t), store(t, progressRow, &state))
	})
	return state, err
}

func (w *Worker) extend(t driver.Txn) error {
	return store(t, leaseRow, lease{Holder: w.id, Until: w.opt.Now().UTC().Add(w.opt.Lease)})
}

// hold makes sure that the lease is still this worker's.
func (w *Worker) hold(t driver.Txn) error {
	var l lease
	if _, err := load(t, leaseRow, &l); err != nil {
		return err
	}
	if l.Holder != w.id {
		return ErrLeaseLost
	}
	return nil
}

// save keeps how far a pass has come, and prolongs the lease.
func (w *Worker) save(ctx context.Context, state *progress) error {
	return w.index.Update(ctx, func(t driver.Txn) error {
		if err := w.hold(t); err != nil {
			return err
		}
		return errors.Join(w.extend(t), store(t, progressRow, state))
	})
}

// finish keeps the report and gives the lease back.
func (w *Worker) finish(ctx context.Context, r *Report) error {
	return w.index.Update(ctx, func(t driver.Txn) error {
		if err := w.hold(t); err != nil {
			return err
		}
		return errors.Join(store(t, reportRow, r), t.Delete(progressRow), t.Delete(leaseRow))
	})
}

// release gives the lease back if it is still this worker's.
func (w *Worker) release(ctx context.Context) error {
	return w.index.Update(ctx, func(t driver.Txn) error {
		if err := w.hold(t); errors.Is(err, ErrLeaseLost) {
			return nil
		} else if err != nil {
			return err
		}
		return t.Delete(leaseRow)
	})
}

// last returns the report of the last pass, zero when there was none, and
// whether one is unfinished.
func (w *Worker) last(ctx context.Context) (r Report, unfinished bool, err error) {
	err = w.index.View(ctx, func(rd driver.Reader) error {
		if _, err := load(rd, reportRow, &r); err != nil {
			return err
		}
		var state progress
		unfinished, err = load(rd, progressRow, &state)
		return err
	})
	return r, unfinished, err
}

// LastRun returns the report of the last pass that was finished, by any
// process; the zero value when there was none.
func (w *Worker) LastRun(ctx context.Context) (Report, error) {
	r, _, err := w.last(ctx)
	return r, err
}
