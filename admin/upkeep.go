package admin

import (
	"context"
	"errors"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/lifecycle"
	"github.com/cofferstore/coffer/objstore/lifecycle/worker"
)

// LifecycleBuckets lists the buckets that have lifecycle rules, sorted by tenant
// and name.
func (s *Service) LifecycleBuckets(ctx context.Context) ([]objstore.BucketInfo, error) {
	var found []objstore.BucketInfo
	var q objstore.BucketsQuery
	for {
		page, err := s.store.Buckets(ctx, q)
		if err != nil {
			return nil, err
		}
		for i := range page.Buckets {
			info := page.Buckets[i]
			q.After = info.BucketID
			if info.Documents == 0 {
				continue
			}
			_, err := s.Lifecycle(ctx, info.BucketID)
			switch {
			case err == nil:
				found = append(found, info)
			case !errors.Is(err, objstore.ErrNoSuchDocument) && !errors.Is(err, objstore.ErrNoSuchBucket):
				return nil, err
			}
		}
		if !page.Truncated {
			return found, nil
		}
	}
}

// Lifecycle returns the lifecycle rules of a bucket, or
// [objstore.ErrNoSuchBucket], or [objstore.ErrNoSuchDocument] when it has none.
func (s *Service) Lifecycle(ctx context.Context, id objstore.BucketID) (*lifecycle.Config, error) {
	b, err := s.store.Bucket(ctx, id)
	if err != nil {
		return nil, err
	}
	data, err := b.Document(ctx, lifecycle.Document)
	if err != nil {
		return nil, err
	}
	return lifecycle.Parse(data)
}

// LifecycleRun returns the report of the last pass over lifecycle rules; see
// [worker.Worker.LastRun].
func (s *Service) LifecycleRun(ctx context.Context) (worker.Report, error) {
	if s.lifecycle == nil {
		return worker.Report{}, ErrNotImplemented
	}
	return s.lifecycle.LastRun(ctx)
}

// ProcessLifecycle makes a pass over all lifecycle rules now; see
// [worker.Worker.Run]. While another one runs it is [worker.ErrBusy].
func (s *Service) ProcessLifecycle(ctx context.Context) (worker.Report, error) {
	if s.lifecycle == nil {
		return worker.Report{}, ErrNotImplemented
	}
	return s.lifecycle.Run(ctx)
}

// Trash lists blobs that wait to be removed; see [objstore.Store.Trash].
func (s *Service) Trash(ctx context.Context, limit int, dueOnly bool) ([]objstore.Trash, error) {
	return s.store.Trash(ctx, limit, dueOnly)
}

// Sweep removes what is due now; see [objstore.Store.Sweep].
func (s *Service) Sweep(ctx context.Context) (objstore.SweepReport, error) {
	return s.store.Sweep(ctx)
}
