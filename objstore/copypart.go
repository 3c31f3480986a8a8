package objstore

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"

	"github.com/cofferstore/coffer/objstore/checksum"
)

// sharedExtents is how many extents of its source a copied part shares at most;
// the bytes of a slice that is scattered more are copied, so that an object of
// ten thousand copied parts stays readable in few pieces.
const sharedExtents = 2

// CopyPart stores n bytes of src from off as a part, in place of an earlier one
// of the same number; n < 0 means to the end (S3: UploadPartCopy). The part
// shares the blobs of the source where that is possible: neither is encrypted. src may be of another
// bucket of the same store and need not have been opened with its bytes.
//
// A range that is not within the source is [ErrInvalidRange], one of more than
// [MaxPutSize] bytes [ErrEntityTooLarge], a number outside of 1 to
// [MaxPartNumber] [ErrInvalidArgument].
func (u *Upload) CopyPart(ctx context.Context, number int, src *Object, off, n int64) (PartInfo, error) {
	info, err := u.copyPart(ctx, number, src, off, n)
	if err != nil {
		return PartInfo{}, u.b.wrap("CopyPart", u.info.Key, err)
	}
	return info, nil
}

func (u *Upload) copyPart(ctx context.Context, number int, src *Object, off, n int64) (PartInfo, error) {
	if err := u.b.s.gate.enter(); err != nil {
		return PartInfo{}, err
	}
	defer u.b.s.gate.leave()
	alg, err := u.partChecksum(number, "")
	if err != nil {
		return PartInfo{}, err
	}
	c, err := newPartCopy(u, src, alg, off, n)
	if err != nil {
		return PartInfo{}, err
	}
	bound, err := u.planPart(ctx, number, c.n)
	if err != nil {
		return PartInfo{}, err
	}
	bound.end() // nobody has to send these bytes: the commit decides
	extents := sliceExtents(src.rec.extents, c.off, c.n)
	// Each upload has a data key of its own.
	inClear := src.rec.info.Encryption == nil && u.info.Encryption == nil
	if inClear && len(extents) > 0 && len(extents) <= sharedExtents {
		p, err := c.share(ctx, extents)
		if err != nil {
			return PartInfo{}, err
		}
		err = u.commitPart(ctx, number, &p, addRefs)
		if err == nil {
			return p.info(number), nil
		}
		// A source that was removed since it was opened may be read, but its
		// blobs may no longer be named.
		if !errors.Is(err, errBlobGone) {
			return PartInfo{}, err
		}
	}
	return c.move(ctx, number)
}

// partCopy is a slice of an object that is to become a part.
type partCopy struct {
	u      *Upload
	src    *Object
	alg    checksum.Algorithm
	off, n int64
}

func newPartCopy(u *Upload, src *Object, alg checksum.Algorithm, off, n int64) (*partCopy, error) {
	size := src.rec.info.Size
	if n < 0 {
		n = size - off
	}
	switch {
	case src.b.s != u.b.s:
		return nil, fmt.Errorf("%w: the source is of another store", ErrInvalidArgument)
	case len(src.rec.extents) > 0 && src.pin == nil:
		return nil, fmt.Errorf("%w: the source is closed", ErrInvalidArgument)
	case off < 0 || n < 0 || off > size || n > size-off || n == 0 && size > 0:
		return nil, fmt.Errorf("%w: the source has %d bytes", ErrInvalidRange, size)
	case n > MaxPutSize:
		return nil, ErrEntityTooLarge
	}
	return &partCopy{u: u, src: src, alg: alg, off: off, n: n}, nil
}

// share makes a part of extents of the source. Its sums are read off the
// source's record where that has them, else from the bytes.
func (c *partCopy) share(ctx context.Context, extents []extent) (part, error) {
	from := &c.src.rec.info
	known := c.alg == "" || c.alg == from.Checksum.Algorithm && from.Checksum.Type == ChecksumFullObject
	if known && c.n == from.Size && isMD5(from.ETag) {
		var sum [16]byte
		_, _ = hex.Decode(sum[:], []byte(from.ETag))
		d := Digests{Size: c.n, md5: knownMD5(sum)}
		if c.alg != "" {
			d.Checksum = from.Checksum
		}
		return partOf(d, extents), nil
	}
	r, err := c.src.reader(ctx, nil)
	if err != nil {
		return part{}, err
	}
	defer r.Close()
	h := c.u.b.s.hashers.get(c.alg)
	defer c.u.b.s.hashers.put(h)
	if _, err := r.CopyRange(contextWriter{ctx, hashWriter{h}}, c.off, c.n); err != nil {
		return part{}, err
	}
	return partOf(h.digests(c.n), extents), nil
}

// move stores a part of its own bytes.
func (c *partCopy) move(ctx context.Context, number int) (PartInfo, error) {
	body, err := c.src.inlineBody(ctx)
	if err != nil {
		return PartInfo{}, err
	}
	r, err := c.src.reader(ctx, body)
	if err != nil {
		return PartInfo{}, err
	}
	defer r.Close()
	return c.u.storePart(ctx, number, io.NewSectionReader(r, c.off, c.n), PartOptions{Size: &c.n, Checksum: c.alg})
}

// sliceExtents returns the extents of n bytes from off.
func sliceExtents(es []extent, off, n int64) []extent {
	var slice []extent
	for _, e := range es {
		if n <= 0 {
			break
		}
		if off >= e.n {
			off -= e.n
			continue
		}
		e.off, e.n = e.off+off, min(e.n-off, n)
		n -= e.n
		off = 0
		slice = append(slice, e)
	}
	return slice
}
