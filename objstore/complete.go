package objstore

import (
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"

	"github.com/cofferstore/coffer/objstore/driver"
)

// CompletePart names a part that the object is made of.
type CompletePart struct {
	Number   int
	ETag     string
	Checksum string // base64; "" = not compared
}

// CompleteOptions are optional arguments of [Upload.Complete].
type CompleteOptions struct {
	If Conditions // beside those of the upload

	// Checksum is the expected checksum of the object and Size its expected
	// length; empty and nil are not compared. ChecksumType is compared with the
	// upload's when given.
	Checksum     string
	ChecksumType ChecksumType
	Size         *int64
}

// completeTries bounds how often Complete starts over because a part was
// changed while it worked.
const completeTries = 8

// errUploadChanged says that a part was changed since the parts were read.
const errUploadChanged driver.Error = "a part was changed meanwhile"

// Complete makes the object of the listed parts (S3: CompleteMultipartUpload);
// others are dropped. A retry after success, with the same parts, succeeds
// again with the same answer, but for ObjectInfo.Parts, for a day.
//
// The list must be in ascending order of numbers ([ErrInvalidPartOrder]) and
// not empty ([ErrInvalidRequest]); a part that is missing, or whose ETag or
// checksum is another, is [ErrInvalidPart]; one that is too small and not the
// last is [ErrEntityTooSmall], a [*SmallPart]. A checksum of the object other than
// expected is [ErrBadDigest], another checksum type or size [ErrInvalidRequest].
// Where a condition of the upload or of o does not hold, it is
// [ErrPreconditionFailed] or [ErrNoSuchKey], and the upload stays.
//
// As on Amazon S3 the object's ModTime is the time at which the upload was
// initiated, while it takes its place among the versions of its key at
// completion.
func (u *Upload) Complete(ctx context.Context, parts []CompletePart, o *CompleteOptions) (ObjectInfo, error) {
	if o == nil {
		o = new(CompleteOptions)
	}
	info, err := u.complete(ctx, parts, o)
	if err != nil {
		return ObjectInfo{}, u.b.wrap("Complete", u.info.Key, err)
	}
	return info, nil
}

func (u *Upload) complete(ctx context.Context, parts []CompletePart, o *CompleteOptions) (ObjectInfo, error) {
	if err := u.b.s.gate.enter(); err != nil {
		return ObjectInfo{}, err
	}
	defer u.b.s.gate.leave()
	if err := checkPartList(parts); err != nil {
		return ObjectInfo{}, err
	}
	for range completeTries {
		c := completion{u: u, o: o, list: digestPartList(parts)}
		if err := c.read(ctx, parts); err != nil {
			return ObjectInfo{}, err
		}
		if c.done != nil {
			return c.done.result.info, nil
		}
		if err := c.build(); err != nil {
			return ObjectInfo{}, err
		}
		info, err := c.commit(ctx)
		if !errors.Is(err, errUploadChanged) {
			return info, err
		}
	}
	return ObjectInfo{}, fmt.Errorf("%w: %w", ErrConflict, errUploadChanged)
}

// checkPartList judges what can be judged without the parts.
func checkPartList(parts []CompletePart) error {
	if len(parts) == 0 {
		return fmt.Errorf("%w: the list of parts is empty", ErrInvalidRequest)
	}
	for i, p := range parts {
		switch {
		case p.Number < 1 || p.Number > MaxPartNumber:
			return fmt.Errorf("%w: part numbers are 1 to %d", ErrInvalidArgument, MaxPartNumber)
		case i > 0 && p.Number <= parts[i-1].Number:
			return fmt.Errorf("%w: part %d behind part %d", ErrInvalidPartOrder, p.Number, parts[i-1].Number)
		}
	}
	return nil
}

// digestPartList tells lists of parts apart.
func digestPartList(parts []CompletePart) (sum [32]byte) {
	h := sha256.New()
	var b []byte
	for _, p := range parts {
		b = binary.AppendUvarint(b[:0], uint64(p.Number))
		b = appendBytes(b, p.ETag)
		h.Write(b)
	}
	h.Sum(sum[:0])
	return sum
}

// completion is one try to complete an upload.
type completion struct {
	u    *Upload
	o    *CompleteOptions
	list [32]byte

	done       *completed // the upload was completed before
	generation int64
	numbers    []int
	parts      []part
	used       partSet
	rec        record
}

// read finds the listed parts. It does so outside of the transaction, in which
// ten thousand rows would hold up others; commit makes sure that they still
// are as they were.
func (c *completion) read(ctx context.Context, list []CompletePart) error {
	u := c.u
	return u.b.s.view(ctx, func(r driver.Reader) (err error) {
		if _, err := u.b.requireBucket(r); err != nil {
			return err
		}
		if err := u.require(r); errors.Is(err, ErrNoSuchUpload) {
			return c.readDone(r)
		} else if err != nil {
			return err
		}
		if c.generation, err = r.Counter(generationRow(u.id)); err != nil {
			return err
		}
		c.parts = make([]part, 0, len(list))
		bad := error(nil)
		_, err = scanParts(r, u.id, list[0].Number-1, func(number int, p *part) bool {
			want := list[len(c.parts)]
			if number < want.Number {
				return true
			}
			if bad = matchPart(want, number, p); bad != nil {
				return false
			}
			c.numbers, c.parts = append(c.numbers, number), append(c.parts, *p)
			return len(c.parts) < len(list)
		})
		switch {
		case err != nil:
			return err
		case bad != nil:
			return bad
		case len(c.parts) < len(list):
			return missingPart(list[len(c.parts)].Number)
		}
		return nil
	})
}

// readDone finds out what became of an upload that is not there.
func (c *completion) readDone(r driver.Reader) error {
	done, err := c.u.completed(r)
	if err != nil {
		return err
	}
	if done.list != c.list {
		return ErrNoSuchUpload
	}
	info, u := &done.result.info, &done.upload
	info.IsLatest, info.Meta, info.Tags, info.ACL, info.Encryption = true, u.Meta, u.Tags, u.ACL, u.Encryption
	c.done = done
	return nil
}

func missingPart(number int) error {
	return fmt.Errorf("%w: part %d was not uploaded", ErrInvalidPart, number)
}

// matchPart compares a stored part with one of the list.
func matchPart(want CompletePart, number int, p *part) error {
	switch {
	case number != want.Number:
		return missingPart(want.Number)
	case hex.EncodeToString(p.md5[:]) != want.ETag:
		return fmt.Errorf("%w: part %d has another ETag", ErrInvalidPart, number)
	case want.Checksum != "" && want.Checksum != p.checksum.Value:
		return fmt.Errorf("%w: part %d has another checksum", ErrInvalidPart, number)
	}
	return nil
}

// build makes the record of the object.
func (c *completion) build() error {
	info := &c.rec.info
	u := &c.u.info
	*info = ObjectInfo{
		Key: u.Key, ModTime: u.Initiated, Owner: u.Owner, StorageClass: u.StorageClass,
		Meta: u.Meta, Tags: u.Tags, ACL: u.ACL, Lock: u.Lock, Encryption: u.Encryption,
		Parts: make([]PartSize, len(c.parts)),
	}
	sums := md5.New()
	for i := range c.parts {
		p := &c.parts[i]
		if last := i == len(c.parts)-1; !last && p.size < c.u.b.s.opt.MinPartSize {
			return &SmallPart{Number: c.numbers[i], Size: p.size, Min: c.u.b.s.opt.MinPartSize, ETag: hex.EncodeToString(p.md5[:])}
		}
		sums.Write(p.md5[:])
		info.Size += p.size
		info.Parts[i] = PartSize{Number: c.numbers[i], Size: p.size}
		if p.checksum.Algorithm == u.Checksum {
			info.Parts[i].Checksum = p.checksum.Value
		}
		c.rec.extents = append(c.rec.extents, p.extents...)
		c.used.add(c.numbers[i])
	}
	info.ETag = hex.EncodeToString(sums.Sum(nil)) + "-" + strconv.Itoa(len(c.parts))
	switch size := c.o.Size; {
	case info.Size > MaxObjectSize:
		return ErrEntityTooLarge
	case size != nil && *size != info.Size:
		return fmt.Errorf("%w: the parts have %d bytes, not %d", ErrInvalidRequest, info.Size, *size)
	}
	if err := c.sum(); err != nil {
		return err
	}
	c.fit()
	return nil
}

// manyParts is a number of parts up to which a record fits into a row whatever
// their checksums are.
const manyParts = 4000

// fit leaves out the checksums of the parts where the record would outgrow a
// row with them: there may be ten thousand, of 64 bytes each.
func (c *completion) fit() {
	parts := c.rec.info.Parts
	if len(parts) <= manyParts || len(appendRecord(nil, &c.rec))+versionIDLen <= driver.MaxValueLen {
		return
	}
	for i := range parts {
		parts[i].Checksum = ""
	}
}

// commit makes the object in place of the upload. It returns errUploadChanged
// when the parts are no longer as they were read.
func (c *completion) commit(ctx context.Context) (info ObjectInfo, err error) {
	u := c.u
	name := uploadRow(u.b.info.Ref, u.info.Key, u.id)
	err = u.b.s.mutate(ctx, func(txn driver.Txn) error {
		if _, err := u.b.requireBucket(txn); err != nil {
			return err
		}
		if err := u.require(txn); errors.Is(err, ErrNoSuchUpload) {
			return errUploadChanged
		} else if err != nil {
			return err
		}
		generation, err := txn.Counter(generationRow(u.id))
		if err != nil {
			return err
		}
		if generation != c.generation {
			return errUploadChanged
		}
		delta, err := finishUpload(txn, name, u.id, c.used)
		if err != nil {
			return err
		}
		rec := c.rec
		m := Mutation{Op: OpComplete, Key: u.info.Key, Size: 0, Delta: delta}
		if err := u.b.judge(txn, u.info.Key, u.info.If); err != nil {
			return err
		}
		if err := u.b.placeVersion(ctx, txn, &m, &rec, c.o.If); err != nil {
			return err
		}
		info = rec.info
		return txn.Set(completedRow(u.id), c.answer(&rec))
	})
	if err != nil {
		return ObjectInfo{}, err
	}
	return info, nil
}

// answer is the row that lets a retry be answered alike; where the bytes are
// and what the caller knows from the upload is left out.
func (c *completion) answer(rec *record) []byte {
	done := completed{at: c.u.b.s.opt.Now(), list: c.list, ref: c.u.b.info.Ref, key: c.u.info.Key, upload: c.u.info}
	done.result = record{info: rec.info, order: rec.order, random: rec.random}
	info := &done.result.info
	info.Meta, info.Tags, info.ACL, info.Parts, info.Encryption = Metadata{}, nil, nil, nil, nil
	return appendCompleted(nil, &done)
}
