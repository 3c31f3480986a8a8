package objstore

import (
	"context"
	"fmt"

	"github.com/cofferstore/coffer/objstore/driver"
)

// UnlinkBucket takes a bucket out of the list of its owner, by whom it must be
// owned (else [ErrInvalidArgument]), and out of the number of the owner's buckets.
// Everything else stays: the owner owns it, may use it, and has it in the
// totals. [Store.MoveBucket] links it again, to whomever. Unlinking twice is no
// error.
func (s *Store) UnlinkBucket(ctx context.Context, id BucketID, owner string) error {
	return wrap("UnlinkBucket", id, "", s.unlinkBucket(ctx, id, owner))
}

func (s *Store) unlinkBucket(ctx context.Context, id BucketID, owner string) error {
	if err := s.gate.enter(); err != nil {
		return err
	}
	defer s.gate.leave()
	defer s.cache.drop(id)
	return s.mutate(ctx, func(txn driver.Txn) error {
		info, _, err := readBucket(txn, id)
		if err != nil {
			return err
		}
		if info.Owner != owner {
			return fmt.Errorf("%w: the bucket is not theirs", ErrInvalidArgument)
		}
		info.Unlinked = true
		return addBucketRows(txn, &info, encodeBucket(&info), nil)
	})
}
