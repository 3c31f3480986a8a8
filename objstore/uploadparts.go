package objstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cofferstore/coffer/objstore/checksum"
	"github.com/cofferstore/coffer/objstore/driver"
)

// PartInfo describes a part.
type PartInfo struct {
	Number   int
	Size     int64
	ETag     string
	ModTime  time.Time
	Checksum Checksum // always of the part alone (FULL_OBJECT)
}

// PartOptions are optional arguments of [Upload.PutPart]; see [PutOptions].
type PartOptions struct {
	Size     *int64
	Checksum checksum.Algorithm // must be the upload's when that has one
	Verify   func(Digests) error
}

// PutPart stores a part, in place of an earlier one of the same number (S3:
// UploadPart). A number outside of 1 to [MaxPartNumber] is
// [ErrInvalidArgument], a checksum of another algorithm than the upload's
// [ErrInvalidRequest].
func (u *Upload) PutPart(ctx context.Context, number int, body io.Reader, o *PartOptions) (PartInfo, error) {
	if o == nil {
		o = new(PartOptions)
	}
	info, err := u.putPart(ctx, number, body, o)
	if err != nil {
		return PartInfo{}, u.b.wrap("PutPart", u.info.Key, err)
	}
	return info, nil
}

func (u *Upload) putPart(ctx context.Context, number int, body io.Reader, o *PartOptions) (PartInfo, error) {
	if err := u.b.s.gate.enter(); err != nil {
		return PartInfo{}, err
	}
	defer u.b.s.gate.leave()
	alg, err := u.partChecksum(number, o.Checksum)
	if err != nil {
		return PartInfo{}, err
	}
	size := int64(-1)
	if o.Size != nil {
		size = *o.Size
	}
	bound, err := u.planPart(ctx, number, size)
	if err != nil {
		return PartInfo{}, err
	}
	defer bound.end()
	body = bound.limit(body)
	return u.storePart(ctx, number, body, PartOptions{Size: o.Size, Checksum: alg, Verify: o.Verify})
}

// storePart stores the bytes of a part, and the part.
func (u *Upload) storePart(ctx context.Context, number int, body io.Reader, o PartOptions) (_ PartInfo, err error) {
	key, err := u.dataKey(ctx)
	if err != nil {
		return PartInfo{}, err
	}
	st, err := u.b.s.storeBody(ctx, body, bodyOptions{size: o.Size, alg: o.Checksum, verify: o.Verify, key: key})
	if err != nil {
		return PartInfo{}, err
	}
	defer func() { st.settle(err) }() // after a panic in a hook the sweep decides
	p := partOf(st.digests, st.extents)
	u.describe(&p)
	if err = u.commitPart(ctx, number, &p, newRefs); err != nil {
		return PartInfo{}, err
	}
	return p.info(number), nil
}

// partChecksum returns the algorithm of a part's checksum.
func (u *Upload) partChecksum(number int, asked checksum.Algorithm) (checksum.Algorithm, error) {
	switch {
	case number < 1 || number > MaxPartNumber:
		return "", fmt.Errorf("%w: part numbers are 1 to %d", ErrInvalidArgument, MaxPartNumber)
	case asked != "" && !asked.Valid():
		return "", fmt.Errorf("%w: checksum algorithm %q", ErrInvalidArgument, asked)
	case u.info.Checksum == "":
		return asked, nil
	case asked != "" && asked != u.info.Checksum:
		return "", fmt.Errorf("%w: checksum is %s, the upload's is %s", ErrInvalidRequest, asked, u.info.Checksum)
	}
	return u.info.Checksum, nil
}

// planPart refuses a part before its bytes are read; size -1 is unknown, and
// the bound is for it.
func (u *Upload) planPart(ctx context.Context, number int, size int64) (bodyBound, error) {
	if size > MaxPutSize {
		return bodyBound{}, ErrEntityTooLarge
	}
	known := max(size, 0)
	m := Mutation{Op: OpPutPart, Key: u.info.Key, Size: size}
	err := u.b.s.view(ctx, func(r driver.Reader) (err error) {
		if m.Bucket, err = u.b.requireBucket(r); err != nil {
			return err
		}
		if err := u.require(r); err != nil {
			return err
		}
		_, m.Delta, err = u.replacePart(r, partRow(u.id, number), known)
		return err
	})
	if err != nil {
		return bodyBound{}, err
	}
	bound, err := u.b.s.checkHooks(ctx, &m)
	if err != nil {
		return bodyBound{}, err
	}
	if err := u.b.s.space.check(ctx, known); err != nil {
		bound.end()
		return bodyBound{}, err
	}
	return bound, nil
}

// replacePart returns the part that is in a row, nil when there is none, and
// what another of the given size in its place adds to the totals.
func (u *Upload) replacePart(r driver.Reader, name []byte, size int64) (*part, Totals, error) {
	delta := partTotals(size)
	data, err := r.Get(name)
	if errors.Is(err, driver.ErrNotFound) {
		return nil, delta, nil
	}
	if err != nil {
		return nil, delta, err
	}
	old := new(part)
	if err := decodePart(data, old); err != nil {
		return nil, delta, err
	}
	return old, delta.plus(partTotals(old.size).negated()), nil
}

func partTotals(size int64) Totals {
	return Totals{Parts: 1, PartBytes: size, RoundedBytes: rounded(size)}
}

// partOf makes a part of what was stored; commitPart dates it.
func partOf(d Digests, extents []extent) part {
	p := part{size: d.Size, md5: d.MD5(), checksum: d.Checksum, extents: extents}
	if p.checksum.Algorithm != "" {
		p.checksum.Type = ChecksumFullObject
	}
	return p
}

// commitPart writes the row of a part in place of an earlier one; refs takes
// the references to its blobs.
func (u *Upload) commitPart(ctx context.Context, number int, p *part, refs func(driver.Txn, []extent) error) error {
	p.modified = u.b.s.opt.Now().UTC()
	name, value := partRow(u.id, number), appendPart(nil, p)
	return u.b.s.mutate(ctx, func(txn driver.Txn) error {
		bucket, err := u.b.requireBucket(txn)
		if err != nil {
			return err
		}
		if err := u.require(txn); err != nil {
			return err
		}
		if err := refs(txn, p.extents); err != nil {
			return err
		}
		old, delta, err := u.replacePart(txn, name, p.size)
		if err != nil {
			return err
		}
		if old != nil {
			if err := dropRefs(txn, p.modified, old.extents); err != nil {
				return err
			}
		}
		m := Mutation{Op: OpPutPart, Bucket: bucket, Key: u.info.Key, Size: p.size, Delta: delta}
		if err := u.b.s.commitHooks(ctx, txn, &m); err != nil {
			return err
		}
		if err := txn.Set(name, value); err != nil {
			return err
		}
		if err := txn.Add(generationRow(u.id), 1); err != nil {
			return err
		}
		if err := addScope(txn, uploadScope(u.id), delta); err != nil {
			return err
		}
		return addTotals(txn, bucket, delta)
	})
}

// PartPage is a page of parts.
type PartPage struct {
	Parts     []PartInfo
	Truncated bool
}

// Parts lists the parts with numbers above after, at most limit (S3:
// ListParts). A negative limit is [ErrInvalidArgument].
func (u *Upload) Parts(ctx context.Context, after, limit int) (PartPage, error) {
	page, err := u.parts(ctx, after, limit)
	if err != nil {
		return PartPage{}, u.b.wrap("Parts", u.info.Key, err)
	}
	return page, nil
}

func (u *Upload) parts(ctx context.Context, after, limit int) (page PartPage, err error) {
	if limit < 0 {
		return page, fmt.Errorf("%w: limit is negative", ErrInvalidArgument)
	}
	if err := u.b.s.gate.enter(); err != nil {
		return page, err
	}
	defer u.b.s.gate.leave()
	err = u.b.s.view(ctx, func(r driver.Reader) error {
		if _, err := u.b.requireBucket(r); err != nil {
			return err
		}
		if err := u.require(r); err != nil || limit == 0 {
			return err
		}
		page.Truncated, err = scanParts(r, u.id, after, func(number int, p *part) bool {
			if len(page.Parts) == limit {
				return false
			}
			page.Parts = appendEntry(page.Parts, p.info(number), limit)
			return true
		})
		return err
	})
	return page, err
}

// scanParts calls take with the parts of an upload whose numbers are above
// after, in order, until it returns false, and tells whether it did. The part
// is take's only until it returns.
func scanParts(r driver.Reader, id uploadID, after int, take func(number int, p *part) bool) (stopped bool, err error) {
	start := partRow(id, min(max(after, 0), MaxPartNumber)+1)
	c := r.Scan(start, partRow(id, MaxPartNumber+1), driver.ScanOptions{})
	defer c.Close()
	var p part
	for c.Next() {
		value, err := c.Value()
		if err != nil {
			return false, err
		}
		if err := decodePart(value, &p); err != nil {
			return false, err
		}
		key := c.Key()
		if !take(int(binary.BigEndian.Uint16(key[len(key)-2:])), &p) {
			return true, c.Close()
		}
	}
	return false, c.Close()
}
