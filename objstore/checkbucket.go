package objstore

import (
	"context"

	"github.com/cofferstore/coffer/objstore/driver"
)

// BucketCheck is what a check of one bucket found.
type BucketCheck struct {
	Stored  Totals // what the counters say
	Counted Totals // the recount; without drift it is the same

	// Problems are findings for people; see [CheckReport].
	Problems []string

	// Repaired is how many counters were mended.
	Repaired int
}

// CheckBucket recounts a bucket in a snapshot and compares with its counters
// and those of its owner, which must be the sum over the owner's buckets. With
// repair it mends counters that are wrong, also while others write. Blobs are for
// [Store.Check].
func (s *Store) CheckBucket(ctx context.Context, id BucketID, repair bool) (BucketCheck, error) {
	if err := s.gate.enter(); err != nil {
		return BucketCheck{}, wrap("CheckBucket", id, "", err)
	}
	defer s.gate.leave()
	c := newChecker(ctx, s, &CheckOptions{Repair: repair})
	var found BucketCheck
	err := s.view(ctx, func(r driver.Reader) (err error) {
		c.r = r
		found.Stored, found.Counted, err = c.oneBucket(id)
		return err
	})
	if err == nil {
		err = c.repair()
	}
	found.Problems, found.Repaired = c.report.Problems, c.report.Repaired
	return found, wrap("CheckBucket", id, "", err)
}

// oneBucket recounts a bucket and compares the counters that depend on it.
func (c *checker) oneBucket(id BucketID) (stored, counted Totals, err error) {
	info, _, err := readBucket(c.r, id)
	if err != nil {
		return stored, counted, err
	}
	b := &checkedBucket{info: info}
	c.buckets[info.Ref] = b
	for _, step := range []struct {
		kind byte
		row  func(tail, value []byte) error
	}{{kindCurrent, c.currentRow}, {kindVersion, c.versionRow}, {kindUpload, c.uploadRow}} {
		if err := c.under(refRow(step.kind, info.Ref, ""), step.row); err != nil {
			return stored, counted, err
		}
	}
	for upload := range c.uploads {
		if err := c.under(append(row(kindPart, len(upload)), upload[:]...), c.partRow); err != nil {
			return stored, counted, err
		}
	}
	if stored, err = readTotals(c.r, bucketScope(info.Ref)); err != nil {
		return stored, counted, err
	}
	if err := c.compare("bucket "+id.String(), bucketScope(info.Ref), b.totals); err != nil {
		return stored, b.totals, err
	}
	sum, err := c.ownerSum(b)
	if err != nil {
		return stored, b.totals, err
	}
	return stored, b.totals, c.compare("owner "+info.Owner, ownerScope(info.Owner), sum)
}

// ownerSum adds up the counters of all buckets of the owner of b, and the
// recount of b itself.
func (c *checker) ownerSum(b *checkedBucket) (Totals, error) {
	sum := b.totals
	base := ownerBase(b.info.Owner)
	rows := c.r.Scan(base, after(base), driver.ScanOptions{KeysOnly: true})
	defer rows.Close()
	for rows.Next() {
		if err := c.breathe(); err != nil {
			return sum, err
		}
		tenant, name, ok := cutEscaped(rows.Key()[len(base):])
		info, _, err := readBucket(c.r, BucketID{Tenant: tenant, Name: string(name)})
		if !ok || err != nil || info.Ref == b.info.Ref || info.Owner != b.info.Owner {
			continue // [Store.Check] tells of what is wrong there
		}
		t, err := readTotals(c.r, bucketScope(info.Ref))
		if err != nil {
			return sum, err
		}
		sum = sum.plus(t)
	}
	return sum, rows.Close()
}
