package objstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/cofferstore/coffer/objstore/driver"
)

// TotalsReader reads totals in a snapshot or transaction of a store's index
// that another package has, for example a hook of that store, so that what it
// keeps in rows of its own agrees with them.
type TotalsReader struct{ r driver.Reader }

// NewTotalsReader returns a TotalsReader that is good as long as r is.
func NewTotalsReader(r driver.Reader) TotalsReader { return TotalsReader{r} }

// HasBucket tells whether there is a bucket of a name.
func (t TotalsReader) HasBucket(id BucketID) (bool, error) {
	if id.tooLong() {
		return false, nil
	}
	_, _, err := readBucket(t.r, id)
	return err == nil, ignore(err, ErrNoSuchBucket)
}

// Bucket returns the totals of the bucket that has a name now; where there is
// none, zeros.
func (t TotalsReader) Bucket(id BucketID) (Totals, error) {
	if id.tooLong() {
		return Totals{}, nil
	}
	info, _, err := readBucket(t.r, id)
	if errors.Is(err, ErrNoSuchBucket) {
		return Totals{}, nil
	}
	if err != nil {
		return Totals{}, err
	}
	return readTotals(t.r, bucketScope(info.Ref))
}

// Owner returns the sums over all buckets of an owner.
func (t TotalsReader) Owner(owner string) (Totals, error) {
	if len(owner) > maxOwner {
		return Totals{}, nil
	}
	return readTotals(t.r, ownerScope(owner))
}

// All returns the sums over all buckets. It reads every one of them.
func (t TotalsReader) All(ctx context.Context) (sum Totals, err error) {
	base := row(kindBucket, 0)
	c := t.r.Scan(base, after(base), driver.ScanOptions{KeysOnly: true})
	defer c.Close()
	for c.Next() {
		if err := ctx.Err(); err != nil {
			return sum, err
		}
		tenant, name, ok := cutEscaped(c.Key()[len(base):])
		if !ok {
			return sum, fmt.Errorf("%w: bucket row", ErrInvalidStorageStructure)
		}
		one, err := t.Bucket(BucketID{Tenant: tenant, Name: string(name)})
		if err != nil {
			return sum, err
		}
		sum = sum.plus(one)
	}
	return sum, c.Close()
}
