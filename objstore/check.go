package objstore

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/cofferstore/coffer/objstore/driver"
)

// CheckOptions are optional arguments of [Store.Check].
type CheckOptions struct {
	// Repair sets counters that are wrong to what was counted and removes
	// index rows that point nowhere. It never removes an object.
	Repair bool

	// Data reads every byte and compares it with the stored sums. Of encrypted
	// objects that is done where the store's key providers have the key: not
	// under a customer's key, and not for parts of unfinished uploads.
	Data bool
}

// CheckReport is what a check found.
type CheckReport struct {
	Buckets, Objects, Versions, Uploads, Parts, Blobs int64

	// Orphans are blobs that no row names: what a crash has left of writes that
	// were not acknowledged. They are no problem; a sweep removes them.
	Orphans int64

	// Problems are findings for people, one line each; empty means that every
	// counter equals its recount, every reference count is right, and every
	// blob that is named exists in its full length. Of very many only the first
	// are told.
	Problems []string

	// Repaired is how many of them were mended.
	Repaired int
}

// maxProblems bounds CheckReport.Problems.
const maxProblems = 10_000

// Check recounts the store and compares. It may run beside requests: what
// changes meanwhile is counted in one snapshot. It takes some tens of bytes of
// memory for each blob and each unfinished upload, and none for small objects.
func (s *Store) Check(ctx context.Context, o *CheckOptions) (CheckReport, error) {
	if o == nil {
		o = new(CheckOptions)
	}
	report, err := s.check(ctx, o)
	return report, wrap("Check", BucketID{}, "", err)
}

func (s *Store) check(ctx context.Context, o *CheckOptions) (CheckReport, error) {
	if err := s.gate.enter(); err != nil {
		return CheckReport{}, err
	}
	defer s.gate.leave()
	if o.Repair { // not two repairs of one finding, and not beside a sweep
		if err := s.sweeper.acquire(ctx); err != nil {
			return CheckReport{}, err
		}
		defer s.sweeper.release()
	}
	pin := s.pins.add(s.opt.Now()) // blobs that the snapshot names stay
	defer pin.release()
	c := newChecker(ctx, s, o)
	if err := s.view(ctx, c.rows); err != nil {
		return c.report, err
	}
	if err := c.media(); err != nil {
		return c.report, err
	}
	slices.Sort(c.report.Problems)
	if o.Repair {
		if err := c.repair(); err != nil {
			return c.report, err
		}
	}
	return c.report, nil
}

// checker is one run of Check.
type checker struct {
	ctx    context.Context
	s      *Store
	o      *CheckOptions
	r      driver.Reader
	report CheckReport
	fixes  []fix
	seen   int

	buckets map[[16]byte]*checkedBucket
	owners  map[string]Totals
	uploads map[uploadID]*checkedUpload
	purges  map[uploadID]partSet
	blobs   map[driver.BlobID]*checkedBlob
	inlines int64 // inline rows that are named
}

// checkedBucket is a bucket and the recount of what is in it.
type checkedBucket struct {
	info   BucketInfo
	owned  bool // its owner row was met, with the right mark
	totals Totals
}

// checkedUpload is an unfinished upload and the recount of its parts.
type checkedUpload struct {
	bucket *checkedBucket
	key    string
	totals Totals
}

// checkedBlob is what is known of a blob.
type checkedBlob struct {
	named uint64 // extents that name it
	refs  uint64 // what its reference row says; 0: it has none
	end   int64  // of the last byte that is named
}

func newChecker(ctx context.Context, s *Store, o *CheckOptions) *checker {
	return &checker{
		ctx: ctx, s: s, o: o,
		buckets: make(map[[16]byte]*checkedBucket),
		owners:  make(map[string]Totals),
		uploads: make(map[uploadID]*checkedUpload),
		purges:  make(map[uploadID]partSet),
		blobs:   make(map[driver.BlobID]*checkedBlob),
	}
}

// problem adds a finding.
func (c *checker) problem(format string, args ...any) {
	switch n := len(c.report.Problems); {
	case n < maxProblems:
		c.report.Problems = append(c.report.Problems, fmt.Sprintf(format, args...))
	case n == maxProblems:
		c.report.Problems = append(c.report.Problems, "there are more problems")
	}
}

// rows reads the whole index and compares what is in it.
func (c *checker) rows(r driver.Reader) error {
	c.r = r
	for _, step := range []struct {
		kind byte
		row  func(tail, value []byte) error
	}{
		{kindBucket, c.bucketRow},
		{kindOwner, c.ownerRow},
		{kindDocument, c.documentRow},
		{kindTenant, c.tenantRow},
		{kindCurrent, c.currentRow},
		{kindVersion, c.versionRow},
		{kindNull, c.nullRow},
		{kindUpload, c.uploadRow},
		{kindPurge, c.purgeRow},
		{kindPart, c.partRow},
		{kindCompleted, c.completedRow},
		{kindRetired, c.retiredRow},
		{kindRefs, c.refsRow},
		{kindTrash, c.trashRow},
	} {
		if err := c.each(step.kind, step.row); err != nil {
			return err
		}
	}
	if err := c.inlineRows(); err != nil {
		return err
	}
	c.references()
	return c.counters()
}

// each calls fn for all rows of a kind, without the first two bytes of their
// keys.
func (c *checker) each(kind byte, fn func(tail, value []byte) error) error {
	return c.under(row(kind, 0), fn)
}

// under calls fn for all rows whose keys begin with prefix, without the first
// two bytes of their keys.
func (c *checker) under(prefix []byte, fn func(tail, value []byte) error) error {
	rows := c.r.Scan(prefix, after(prefix), driver.ScanOptions{})
	defer rows.Close()
	for rows.Next() {
		if err := c.breathe(); err != nil {
			return err
		}
		value, err := rows.Value()
		if err != nil {
			return err
		}
		if err := fn(rows.Key()[2:], value); err != nil {
			return err
		}
	}
	return rows.Close()
}

// breathe lets a check of many rows be cancelled.
func (c *checker) breathe() error {
	if c.seen++; c.seen%ctxStride == 0 {
		return c.ctx.Err()
	}
	return nil
}

// media compares the blobs that were named with those that exist.
func (c *checker) media() error {
	ids := make([]driver.BlobID, 0, len(c.blobs))
	for id, b := range c.blobs {
		if b.named > 0 {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b driver.BlobID) int { return slices.Compare(a[:], b[:]) })
	c.report.Blobs = int64(len(ids))
	for _, id := range ids {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		if err := c.blob(id, c.blobs[id].end); err != nil {
			return err
		}
	}
	return c.s.orphans(c.ctx, func(ids []driver.BlobID) error {
		for _, id := range ids {
			if c.s.eng.Exclusive || c.s.orphanDue(id, c.s.opt.Now()) {
				c.report.Orphans++
			}
		}
		return nil
	})
}

// blob looks at one blob of which the bytes up to end are named.
func (c *checker) blob(id driver.BlobID, end int64) error {
	b, err := c.s.eng.Blobs.Open(c.ctx, id)
	if errors.Is(err, driver.ErrNotFound) {
		return c.missing(id)
	}
	if err != nil {
		if c.ctx.Err() != nil {
			return err
		}
		c.problem("blob %s: cannot be opened: %v", id, err)
		return nil
	}
	if size := b.Size(); size < end {
		c.problem("blob %s: has %d bytes, %d are named", id, size, end)
	}
	return b.Close()
}

// missing tells of a blob that is not there, unless the last name of it was
// removed since the snapshot and another process has swept it away.
func (c *checker) missing(id driver.BlobID) error {
	return c.s.view(c.ctx, func(r driver.Reader) error {
		n, err := blobRefs(r, id)
		if err == nil && n == 0 && c.blobs[id].refs > 0 {
			return nil
		}
		c.problem("blob %s: is named but missing", id)
		return nil
	})
}
