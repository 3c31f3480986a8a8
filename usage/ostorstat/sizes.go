package ostorstat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
)

// SizesOptions configure [Sizes]. The zero value of each field is its default.
type SizesOptions struct {
	Now func() time.Time // default time.Now
}

// Sizes keeps the sizes of buckets over time; give it to a store as one of its
// hooks. Whatever changes the store must have the hook, else [Sizes.Check] finds
// a difference. The methods are safe for concurrent use.
//
// A bucket that was never changed under the hook is taken to have had its
// present size since it was created.
type Sizes struct {
	index driver.Index
	now   func() time.Time
}

var _ objstore.Hook = (*Sizes)(nil)

// OpenSizes returns the sizes that are in ix, which must be the index of the
// store that they are a hook of.
func OpenSizes(ix driver.Index, o *SizesOptions) (*Sizes, error) {
	if ix == nil {
		return nil, wrap("OpenSizes", fmt.Errorf("%w: an index is needed", ErrInvalid))
	}
	s := &Sizes{index: ix, now: time.Now}
	if o != nil && o.Now != nil {
		s.now = o.Now
	}
	return s, nil
}

// Check implements [objstore.Hook]: nothing is refused.
func (s *Sizes) Check(context.Context, *objstore.Mutation) error { return nil }

// Commit implements [objstore.Hook]. A change that leaves the size as it is
// costs nothing. A bucket has its row from the beginning, so that lists need not
// look up the totals of those that were never written to.
func (s *Sizes) Commit(_ context.Context, txn driver.Txn, m *objstore.Mutation) error {
	switch m.Op {
	case objstore.OpCreateBucket:
		r := derived(m.Bucket, objstore.Totals{})
		return wrap("Commit", txn.Set(sizeRow(m.Bucket.BucketID), r.append(nil)))
	case objstore.OpDeleteBucket:
		return wrap("Commit", txn.Delete(sizeRow(m.Bucket.BucketID)))
	case objstore.OpMoveBucket:
		return wrap("Commit", move(txn, m))
	}
	delta := sizeOf(m.Delta)
	if delta == 0 {
		return nil
	}
	return wrap("Commit", s.change(txn, m, delta))
}

// sizeOf is the size of a bucket with some totals.
func sizeOf(t objstore.Totals) int64 { return t.Bytes + t.NoncurrentBytes + t.PartBytes }

// change adds delta to the size of a bucket. A size below zero would be drift,
// which is for Check to find.
func (s *Sizes) change(txn driver.Txn, m *objstore.Mutation, delta int64) error {
	key := sizeRow(m.Bucket.BucketID)
	r, ok, err := rowOf(txn, key, m.Bucket.Ref)
	if err != nil {
		return err
	}
	if !ok {
		t, err := m.BucketTotals()
		if err != nil {
			return err
		}
		r = derived(m.Bucket, t)
	}
	r.Size = r.changed(max(r.Current+delta, 0), hourOf(s.now()))
	return txn.Set(key, r.append(make([]byte, 0, 64)))
}

// move gives the row of a bucket to its new name.
func move(txn driver.Txn, m *objstore.Mutation) error {
	from, to := sizeRow(m.Bucket.BucketID), sizeRow(m.To.BucketID)
	if bytes.Equal(from, to) {
		return nil
	}
	r, ok, err := rowOf(txn, from, m.Bucket.Ref)
	if err != nil || !ok {
		return err
	}
	if err := txn.Delete(from); err != nil {
		return err
	}
	return txn.Set(to, r.append(nil))
}

// derived is the record of a bucket that has no row.
func derived(b objstore.BucketInfo, t objstore.Totals) record {
	size := max(sizeOf(t), 0)
	return record{ref: b.Ref, Size: Size{Current: size, HourMax: size, LastHour: hourOf(b.Created)}}
}

// rowOf reads a row; ok tells whether there is one of this bucket.
func rowOf(r driver.Reader, key []byte, ref [16]byte) (rec record, ok bool, err error) {
	data, err := r.Get(key)
	if errors.Is(err, driver.ErrNotFound) {
		return rec, false, nil
	}
	if err == nil {
		rec, err = decodeRecord(data)
	}
	return rec, err == nil && rec.ref == ref, err
}

// Bucket returns the size of a bucket at the present hour.
func (s *Sizes) Bucket(ctx context.Context, b objstore.BucketInfo) (Size, error) {
	sizes, err := s.buckets(ctx, []objstore.BucketInfo{b})
	if err != nil {
		return Size{}, wrap("Bucket", err)
	}
	return sizes[0], nil
}

// Buckets returns the sizes of buckets at the present hour, in the order in
// which they are given. They are read in one scan, all in one snapshot, as fast
// as can be when they are sorted by tenant and name.
func (s *Sizes) Buckets(ctx context.Context, list []objstore.BucketInfo) ([]Size, error) {
	sizes, err := s.buckets(ctx, list)
	return sizes, wrap("Buckets", err)
}

func (s *Sizes) buckets(ctx context.Context, list []objstore.BucketInfo) ([]Size, error) {
	sizes := make([]Size, len(list))
	hour := hourOf(s.now())
	err := s.each(ctx, list, func(r driver.Reader, i int, rec *record, err error) error {
		if err != nil {
			return err
		}
		if rec == nil {
			t, err := objstore.TotalsIn(r, list[i].Ref)
			if err != nil {
				return err
			}
			d := derived(list[i], t)
			rec = &d
		}
		sizes[i] = rec.at(hour)
		return nil
	})
	return sizes, err
}

// each calls fn with each bucket's place in list and its row, nil without one,
// or why that cannot be read; in one snapshot, in the order of rows.
func (s *Sizes) each(ctx context.Context, list []objstore.BucketInfo, fn func(driver.Reader, int, *record, error) error) error {
	if len(list) == 0 {
		return nil
	}
	keys, order := sizeRowsOf(list)
	return s.index.View(ctx, func(r driver.Reader) error {
		c := r.Scan(keys[order[0]], after([]byte(sizeRows)), driver.ScanOptions{})
		defer c.Close()
		more := c.Next()
		for _, i := range order {
			if err := ctx.Err(); err != nil {
				return err
			}
			if more = more && reach(c, keys[i]); !more || !bytes.Equal(c.Key(), keys[i]) {
				if err := fn(r, i, nil, nil); err != nil {
					return err
				}
				continue
			}
			rec, err := recordAt(c, list[i].Ref)
			if err := fn(r, i, rec, err); err != nil {
				return err
			}
		}
		return c.Close()
	})
}

// sizeRowsOf returns the keys of buckets, and their places in the order of keys.
func sizeRowsOf(list []objstore.BucketInfo) (keys [][]byte, order []int) {
	keys, order = make([][]byte, len(list)), make([]int, len(list))
	for i := range list {
		keys[i], order[i] = sizeRow(list[i].BucketID), i
	}
	slices.SortStableFunc(order, func(a, b int) int { return bytes.Compare(keys[a], keys[b]) })
	return keys, order
}

// reach moves a cursor to the first row at or after key, by one step if that is
// enough: sizes of all buckets are read row by row, those of a few by seeking.
func reach(c driver.Cursor, key []byte) bool {
	if bytes.Compare(c.Key(), key) >= 0 {
		return true
	}
	if !c.Next() {
		return false
	}
	return bytes.Compare(c.Key(), key) >= 0 || c.Seek(key)
}

// recordAt returns the record at a cursor, or nil when it is of another bucket.
func recordAt(c driver.Cursor, ref [16]byte) (*record, error) {
	data, err := c.Value()
	if err != nil {
		return nil, err
	}
	rec, err := decodeRecord(data)
	if err != nil || rec.ref != ref {
		return nil, err
	}
	return &rec, nil
}
