package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
)

// purgeStep is how many versions one step of a removal deletes.
const purgeStep = 1000

// BucketStats are a bucket with what it holds.
type BucketStats struct {
	objstore.BucketInfo
	objstore.Totals
}

// Buckets lists buckets, sorted by tenant and name.
func (s *Service) Buckets(ctx context.Context, q objstore.BucketsQuery) (objstore.BucketPage, error) {
	return s.store.Buckets(ctx, q)
}

// Bucket returns a bucket, or [objstore.ErrNoSuchBucket].
func (s *Service) Bucket(ctx context.Context, id objstore.BucketID) (*objstore.Bucket, error) {
	return s.store.Bucket(ctx, id)
}

// BucketStats returns a bucket with its totals, exact at this moment, or
// [objstore.ErrNoSuchBucket].
func (s *Service) BucketStats(ctx context.Context, id objstore.BucketID) (BucketStats, error) {
	b, err := s.store.Bucket(ctx, id)
	if err != nil {
		return BucketStats{}, err
	}
	t, err := b.Totals(ctx)
	return BucketStats{BucketInfo: b.Info(), Totals: t}, err
}

// RemoveBucket removes a bucket. One that is not empty is
// [objstore.ErrBucketNotEmpty] unless purge is set: then its versions go first,
// in steps, and the call may be repeated when it fails half way. Unfinished
// uploads never keep a bucket.
func (s *Service) RemoveBucket(ctx context.Context, id objstore.BucketID, purge bool) error {
	if purge {
		b, err := s.store.Bucket(ctx, id)
		if err != nil {
			return err
		}
		if err := purgeBucket(ctx, b); err != nil {
			return err
		}
	}
	return s.store.DeleteBucket(ctx, id)
}

// purgeBucket deletes every version that is there.
func purgeBucket(ctx context.Context, b *objstore.Bucket) error {
	var q objstore.VersionsQuery
	q.Limit = purgeStep
	for {
		page, err := b.ListVersions(ctx, q)
		if err != nil {
			return err
		}
		var step []objstore.DeleteRequest
		for _, v := range page.Versions {
			step = append(step, objstore.DeleteRequest{Key: v.Key, Version: v.VersionID})
		}
		if len(step) > 0 {
			results, err := b.DeleteMany(ctx, step)
			if err != nil {
				return err
			}
			for i, r := range results {
				if r.Err != nil {
					return fmt.Errorf("purge %s: version %s of %q stays: %w", b.Info().BucketID, step[i].Version, step[i].Key, r.Err)
				}
			}
		}
		if !page.Truncated {
			return nil
		}
		q.AfterKey, q.AfterVersion = page.NextKey, page.NextVersion
	}
}

// RemoveObject removes the current version of an object for good, without a
// delete marker, or returns [objstore.ErrNoSuchKey].
func (s *Service) RemoveObject(ctx context.Context, id objstore.BucketID, key string) error {
	b, err := s.store.Bucket(ctx, id)
	if err != nil {
		return err
	}
	o, err := b.Object(ctx, key, &objstore.GetOptions{NoBody: true})
	if err != nil {
		return err
	}
	version := o.Info().VersionID
	if err := o.Close(); err != nil {
		return err
	}
	_, err = b.Delete(ctx, objstore.DeleteRequest{Key: key, Version: version})
	return err
}

// HasUser tells whether there is such a user.
func (s *Service) HasUser(ctx context.Context, id iam.UserID) (bool, error) {
	_, err := s.users.User(ctx, id)
	if errors.Is(err, iam.ErrNoSuchUser) || errors.Is(err, iam.ErrInvalidArgument) {
		return false, nil
	}
	return err == nil, err
}
