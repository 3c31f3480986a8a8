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
// transaction. A new name that is taken is [ErrBucketExists]. Hooks do not judge
// it: nothing is stored that was not there. Writes that have begun under an old
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
	return s.mutate(ctx, func(txn driver.Txn) error { return placeBucket(txn, id, to, owner, o.Documents) })
}

// placeBucket moves the rows of a bucket; what is in it hangs on its ref.
func placeBucket(txn driver.Txn, from, to BucketID, owner string, docs map[string][]byte) error {
	info, _, err := readBucket(txn, from)
	if err != nil {
		return err
	}
	if to != from {
		if _, _, err := readBucket(txn, to); !errors.Is(err, ErrNoSuchBucket) {
			return errors.Join(ErrBucketExists, err)
		}
	}
	totals, err := readTotals(txn, bucketScope(info.Ref))
	if err != nil {
		return err
	}
	for _, key := range [][]byte{ownerRow(info.Owner, from), bucketRow(from)} {
		if err := txn.Delete(key); err != nil {
			return err
		}
	}
	if err := addScope(txn, ownerScope(info.Owner), totals.negated()); err != nil {
		return err
	}
	if err := addScope(txn, ownerScope(owner), totals); err != nil {
		return err
	}
	info.BucketID, info.Owner = to, owner
	for kind, data := range docs {
		if err := txn.Set(documentRow(info.Ref, kind), data); err != nil {
			return err
		}
	}
	info.Documents++
	if err := txn.Set(ownerRow(owner, to), nil); err != nil {
		return err
	}
	return txn.Set(bucketRow(to), encodeBucket(&info))
}
