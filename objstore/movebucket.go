package objstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/cofferstore/coffer/objstore/driver"
)

// MoveBucketOptions are optional arguments of [Store.MoveBucket].
type MoveBucketOptions struct {
	// Name is a new name in the same tenant; "" keeps the one that it has.
	Name string

	// Documents are set in the same transaction, for example an ACL that names
	// the new owner.
	Documents map[string][]byte
}

// MoveBucket gives a bucket to another owner, with its totals, in one
// transaction, and links it to that owner. A new name that is taken is [ErrBucketExists]. Hooks take part in
// the commit alone: nothing is stored that was not there. Writes that have begun under an old
// name fail with [ErrNoSuchBucket].
func (s *Store) MoveBucket(ctx context.Context, id BucketID, owner string, o *MoveBucketOptions) error {
	if o == nil {
		o = &MoveBucketOptions{}
	}
	return wrap("MoveBucket", id, "", s.moveBucket(ctx, id, owner, o))
}

func (s *Store) moveBucket(ctx context.Context, id BucketID, owner string, o *MoveBucketOptions) error {
	to := id
	if o.Name != "" {
		to.Name = o.Name
	}
	if err := checkBucketID(to); err != nil {
		return err
	}
	if owner == "" || len(owner) > maxOwner {
		return fmt.Errorf("%w: an owner has 1 to %d bytes", ErrInvalidArgument, maxOwner)
	}
	for kind, data := range o.Documents {
		if err := checkDocumentKind(kind); err != nil {
			return err
		}
		if len(data) > driver.MaxValueLen {
			return ErrEntityTooLarge
		}
	}
	if err := s.gate.enter(); err != nil {
		return err
	}
	defer s.gate.leave()
	defer s.cache.drop(id)
	defer s.cache.drop(to)
	return s.mutate(ctx, func(txn driver.Txn) error {
		info, _, err := readBucket(txn, id)
		if err != nil {
			return err
		}
		moved, err := movedBucket(txn, info, to, owner)
		if err != nil {
			return err
		}
		if err := s.commitHooks(ctx, txn, &Mutation{Op: OpMoveBucket, Bucket: info, To: &moved}); err != nil {
			return err
		}
		return placeBucket(txn, &info, &moved, o.Documents)
	})
}

// movedBucket is what a bucket becomes under a name that must be free and with
// another owner.
func movedBucket(txn driver.Txn, info BucketInfo, to BucketID, owner string) (BucketInfo, error) {
	if to != info.BucketID {
		if _, _, err := readBucket(txn, to); !errors.Is(err, ErrNoSuchBucket) {
			return info, errors.Join(ErrBucketExists, err)
		}
		var err error
		if info.Incarnation, err = nextIncarnation(txn, to); err != nil {
			return info, err
		}
	}
	info.BucketID, info.Owner, info.Unlinked = to, owner, false
	info.Documents++
	return info, nil
}

// placeBucket moves the rows of a bucket; what is in it hangs on its ref.
func placeBucket(txn driver.Txn, info, moved *BucketInfo, docs map[string][]byte) error {
	totals, err := readTotals(txn, bucketScope(info.Ref))
	if err != nil {
		return err
	}
	for _, key := range [][]byte{ownerRow(info.Owner, info.BucketID), bucketRow(info.BucketID)} {
		if err := txn.Delete(key); err != nil {
			return err
		}
	}
	if err := addScope(txn, ownerScope(info.Owner), totals.negated()); err != nil {
		return err
	}
	if err := addScope(txn, ownerScope(moved.Owner), totals); err != nil {
		return err
	}
	return addBucketRows(txn, moved, encodeBucket(moved), docs)
}
