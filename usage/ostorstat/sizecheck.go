package ostorstat

import (
	"context"
	"errors"
	"fmt"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
)

// Drift is a bucket whose size is not what its totals say.
type Drift struct {
	Bucket  objstore.BucketInfo
	Stored  int64 // bytes; -1: the row cannot be read
	Counted int64 // bytes by the bucket's totals
}

// String tells of it to people.
func (d Drift) String() string {
	if d.Stored < 0 {
		return fmt.Sprintf("bucket %s: the row of its size cannot be read", d.Bucket.BucketID)
	}
	return fmt.Sprintf("bucket %s: the size for statistics is %d, counted %d", d.Bucket.BucketID, d.Stored, d.Counted)
}

// Drift compares the sizes of buckets with their totals, in one snapshot, so
// that it may run beside requests. Totals are right when [objstore.Store.Check]
// says so.
func (s *Sizes) Drift(ctx context.Context, list []objstore.BucketInfo) ([]Drift, error) {
	var found []Drift
	err := s.each(ctx, list, func(r driver.Reader, i int, rec *record, err error) error {
		damaged := errors.Is(err, errDamaged)
		if err != nil && !damaged || err == nil && rec == nil { // without a row, the totals tell
			return err
		}
		t, err := objstore.TotalsIn(r, list[i].Ref)
		if err != nil {
			return err
		}
		d := Drift{Bucket: list[i], Stored: -1, Counted: sizeOf(t)}
		if !damaged {
			d.Stored = rec.Current
		}
		if d.Stored != d.Counted {
			found = append(found, d)
		}
		return nil
	})
	return found, wrap("Drift", err)
}

// CheckStore compares the sizes of all buckets of a store, a page in a snapshot;
// with repair, those that have drifted are mended.
func (s *Sizes) CheckStore(ctx context.Context, st *objstore.Store, repair bool) ([]Drift, error) {
	var all []Drift
	q := objstore.BucketsQuery{}
	for more := true; more; {
		page, err := st.Buckets(ctx, q)
		if err != nil {
			return all, wrap("CheckStore", err)
		}
		found, err := s.Drift(ctx, page.Buckets)
		if err == nil && repair {
			err = s.Repair(ctx, found)
		}
		all = append(all, found...)
		if err != nil {
			return all, err
		}
		if more = page.Truncated; more {
			q.After = page.Buckets[len(page.Buckets)-1].BucketID
		}
	}
	return all, nil
}

// repairStep bounds the rows of one transaction.
const repairStep = 500

// Repair makes sizes that have drifted what the totals say by now, as changes of the
// present hour; a row that cannot be read begins anew as that of a bucket that
// was never changed.
func (s *Sizes) Repair(ctx context.Context, list []Drift) error {
	for len(list) > 0 {
		step := list[:min(len(list), repairStep)]
		list = list[len(step):]
		err := s.index.Update(ctx, func(txn driver.Txn) error {
			for i := range step {
				if err := s.repair(txn, &step[i].Bucket); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return wrap("Repair", err)
		}
	}
	return nil
}

func (s *Sizes) repair(txn driver.Txn, b *objstore.BucketInfo) error {
	key := sizeRow(b.BucketID)
	t, err := objstore.TotalsIn(txn, b.Ref)
	if err != nil {
		return err
	}
	r, ok, err := rowOf(txn, key, b.Ref)
	if errors.Is(err, errDamaged) {
		return txn.Delete(key)
	}
	if err != nil || !ok {
		return err
	}
	r.Size = r.changed(max(sizeOf(t), 0), hourOf(s.now()))
	return txn.Set(key, r.append(nil))
}
