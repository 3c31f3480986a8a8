package utapi

import (
	"context"
	"errors"
	"time"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
)

// ReindexOptions bound a [Metrics.Reindex]; nil recounts everything.
type ReindexOptions struct {
	// Buckets and Accounts, if there are any, are all that is recounted: these
	// buckets, and those of these accounts. The service is left alone then.
	Buckets  []objstore.BucketID
	Accounts []string

	// DryRun only reports.
	DryRun bool
}

// Difference is what a recount found otherwise than it was: bytes and objects.
type Difference struct {
	Level            Level
	Name             string
	Storage, Objects int64 // counted
	WasStorage       int64
	WasObjects       int64
}

// Report is what a [Metrics.Reindex] did.
type Report struct {
	Buckets     int // recounted
	Differences []Difference

	// Problems are what else the recounts found, for people: wrong totals of
	// accounts among them. They are mended like differences.
	Problems []string

	// Failed are buckets that could not be recounted; they are left as they are.
	Failed []string
}

// recounts is how often a bucket is recounted that is being written to.
const recounts = 5

// Reindex recounts the storage and objects of all buckets from their listings,
// and sets right what differs (scality/utapi: reindex): buckets, accounts and
// the service. Operations and bytes that came and went stay as they are. Since
// both are counted in one transaction there is nothing to be found, even after a
// crash; it is for stores that had no metrics before, and for proof.
//
// Each bucket is recounted in one snapshot, and differences are added to what is
// there, so that it is safe under traffic. While one runs another is
// [ErrRunning]. st is the store that the metrics are a hook of.
func (m *Metrics) Reindex(ctx context.Context, st *objstore.Store, o *ReindexOptions) (*Report, error) {
	if !m.reindexing.TryLock() {
		return nil, wrap("Reindex", ErrRunning)
	}
	defer m.reindexing.Unlock()
	if o == nil {
		o = &ReindexOptions{}
	}
	run := &reindex{m: m, st: st, dry: o.DryRun, report: &Report{}}
	if err := run.all(ctx, o); err != nil {
		return run.report, wrap("Reindex", err)
	}
	return run.report, nil
}

type reindex struct {
	m      *Metrics
	st     *objstore.Store
	dry    bool
	report *Report
}

func (r *reindex) all(ctx context.Context, o *ReindexOptions) error {
	for _, id := range o.Buckets {
		if err := r.bucket(ctx, id); err != nil {
			return err
		}
	}
	for _, owner := range o.Accounts {
		for _, unlinked := range []bool{false, true} { // who owns a bucket has it among the storage, listed or not
			if err := r.each(ctx, objstore.BucketsQuery{Owner: owner, Unlinked: unlinked}); err != nil {
				return err
			}
		}
	}
	if len(o.Buckets)+len(o.Accounts) > 0 {
		return nil
	}
	if err := r.each(ctx, objstore.BucketsQuery{}); err != nil {
		return err
	}
	return r.service(ctx)
}

// each recounts the buckets that a query selects.
func (r *reindex) each(ctx context.Context, q objstore.BucketsQuery) error {
	for {
		page, err := r.st.Buckets(ctx, q)
		if err != nil {
			return err
		}
		for _, b := range page.Buckets {
			if err := r.bucket(ctx, b.BucketID); err != nil {
				return err
			}
			q.After = b.BucketID
		}
		if !page.Truncated {
			return nil
		}
	}
}

// bucket recounts one bucket, and with it compares its account with the sum over
// the account's buckets.
func (r *reindex) bucket(ctx context.Context, id objstore.BucketID) error {
	check, err := r.st.CheckBucket(ctx, id, false)
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, objstore.ErrNoSuchBucket):
		return nil // deleted meanwhile
	case err != nil:
		r.report.Failed = append(r.report.Failed, id.String())
		return nil
	}
	r.report.Buckets++
	if d := difference(Buckets, id.String(), &check.Stored, &check.Counted); d != nil {
		r.report.Differences = append(r.report.Differences, *d)
	}
	r.report.Problems = append(r.report.Problems, check.Problems...)
	if r.dry || len(check.Problems) == 0 {
		return nil
	}
	return r.mend(ctx, id)
}

// mend sets the counters of a bucket and its account right. What they were until
// now is kept for the past.
func (r *reindex) mend(ctx context.Context, id objstore.BucketID) error {
	b, err := r.st.Bucket(ctx, id)
	if err != nil {
		return err
	}
	subjects := []subject{{ofBucket, id.String()}, {ofAccount, b.Info().Owner}}
	if err := r.m.update(ctx, subjects...); err != nil {
		return err
	}
	for range recounts {
		check, err := r.st.CheckBucket(ctx, id, true)
		if err != nil || len(check.Problems) == check.Repaired {
			return err
		}
	}
	r.report.Failed = append(r.report.Failed, id.String())
	return nil
}

// update begins the present interval of subjects.
func (m *Metrics) update(ctx context.Context, subjects ...subject) error {
	return m.index.Update(ctx, func(txn driver.Txn) error {
		b := book{txn: txn, at: intervalOf(m.opt.Now())}
		for _, s := range subjects {
			if err := b.add(s); err != nil {
				return err
			}
		}
		return nil
	})
}

// service compares the service with the sum over all buckets.
func (r *reindex) service(ctx context.Context) error {
	var sum objstore.Totals
	var have values
	s := theService()
	err := r.m.index.View(ctx, func(rd driver.Reader) (err error) {
		if sum, err = objstore.NewTotalsReader(rd).All(ctx); err != nil {
			return err
		}
		var keys scratch
		h, _, err := readHead(rd, keys.head(s))
		if err != nil {
			return err
		}
		have, err = current(rd, s, h)
		return err
	})
	if err != nil {
		return err
	}
	d := Difference{
		Level: Service, Name: ServiceName, Storage: storage(&sum), Objects: objects(&sum),
		WasStorage: have[fieldStorage], WasObjects: have[fieldObjects],
	}
	if d.Storage == d.WasStorage && d.Objects == d.WasObjects {
		return nil
	}
	r.report.Differences = append(r.report.Differences, d)
	if r.dry {
		return nil
	}
	return r.m.index.Update(ctx, func(txn driver.Txn) error {
		b := book{txn: txn, at: intervalOf(r.m.opt.Now())}
		return b.add(s, amount{fieldStorage, d.Storage - d.WasStorage}, amount{fieldObjects, d.Objects - d.WasObjects})
	})
}

// difference compares totals; nil where they are the same.
func difference(l Level, name string, was, counted *objstore.Totals) *Difference {
	d := &Difference{
		Level: l, Name: name, Storage: storage(counted), Objects: objects(counted),
		WasStorage: storage(was), WasObjects: objects(was),
	}
	if d.Storage == d.WasStorage && d.Objects == d.WasObjects {
		return nil
	}
	return d
}

// ReindexLoop reindexes each Sunday at 00:00 UTC, as scality/utapi does by
// default, until ctx ends. What it finds is logged.
func (m *Metrics) ReindexLoop(ctx context.Context, st *objstore.Store) {
	for {
		timer := time.NewTimer(nextSunday(m.opt.Now()).Sub(m.opt.Now()))
		select {
		case <-ctx.Done():
			timer.Stop()
			return
		case <-timer.C:
		}
		report, err := m.Reindex(ctx, st, nil)
		if err != nil {
			m.opt.Logger.ErrorContext(ctx, "metrics were not reindexed", "error", err)
			continue
		}
		m.opt.Logger.InfoContext(ctx, "metrics were reindexed", "buckets", report.Buckets,
			"differences", len(report.Differences), "problems", len(report.Problems), "failed", len(report.Failed))
	}
}

// nextSunday returns the first Sunday, 00:00 UTC, after now.
func nextSunday(now time.Time) time.Time {
	y, month, day := now.UTC().Date()
	return time.Date(y, month, day+7-int(now.UTC().Weekday()), 0, 0, 0, 0, time.UTC)
}
