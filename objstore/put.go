package objstore

import (
	"context"
	"io"

	"github.com/cofferstore/coffer/objstore/checksum"
	"github.com/cofferstore/coffer/objstore/driver"
)

// PutOptions are optional arguments of [Bucket.Put].
type PutOptions struct {
	// Size is the declared length in bytes. A body that ends earlier is
	// [ErrIncompleteBody], one that goes on [ErrInvalidRequest]: it is read
	// until it reports its end. Nil: until EOF. More than [MaxPutSize] is
	// [ErrEntityTooLarge].
	Size *int64

	// PlanFirst has the write judged before the first byte of the body is read
	// also where the body is small: whoever sends it waits for leave to do so.
	PlanFirst bool

	Owner        string
	Meta         Metadata
	Tags         []Tag
	ACL          []byte
	StorageClass string

	// Lock keeps the new version from being removed; a bucket without object
	// lock is [ErrInvalidRequest], a time that is over [ErrInvalidArgument].
	Lock Lock

	// If is judged against the current version, atomically with the write.
	If Conditions

	// Encryption asks for the object to be encrypted; nil = not.
	Encryption *Encryption

	// Checksum is computed and stored; "" = none.
	Checksum checksum.Algorithm

	// Verify is called with what was computed when the whole body has been
	// read and before anything is stored; an error refuses the write. Values
	// that arrive behind the body (trailers) are compared here.
	Verify func(Digests) error
}

// Digests are the sums over a body. MD5 may only be called until the function that
// gets them returns: then the body has gone.
type Digests struct {
	Size     int64
	Checksum Checksum

	md5 *bodyMD5
}

// MD5 returns the MD5 of the body, which is computed if it was not yet.
func (d Digests) MD5() [16]byte { return d.md5.value() }

// Put stores an object (S3: PutObject). An error of body.Read is returned
// wrapped. After any error but [driver.ErrOutcomeUnknown] the object has not
// been stored.
func (b *Bucket) Put(ctx context.Context, key string, body io.Reader, o *PutOptions) (ObjectInfo, error) {
	if o == nil {
		o = &PutOptions{}
	}
	info, err := b.put(ctx, key, body, o)
	return info, b.wrap("Put", key, err)
}

func (b *Bucket) put(ctx context.Context, key string, body io.Reader, o *PutOptions) (ObjectInfo, error) {
	if err := checkKey(key); err != nil {
		return ObjectInfo{}, err
	}
	if err := b.s.gate.enter(); err != nil {
		return ObjectInfo{}, err
	}
	defer b.s.gate.leave()
	if err := o.Lock.check(b.s.opt.Now()); err != nil {
		return ObjectInfo{}, err
	}
	size := int64(-1)
	if o.Size != nil {
		size = *o.Size
	}
	if size < 0 || size > int64(b.s.opt.InlineMax) || o.PlanFirst {
		bound, err := b.preview(ctx, OpPut, key, size, o.If, o.Lock)
		if err != nil {
			return ObjectInfo{}, err
		}
		defer bound.end()
		body = bound.limit(body)
	}
	seal, err := b.newSealing(ctx, o.Encryption)
	if err != nil {
		return ObjectInfo{}, err
	}
	st, err := b.s.storeBody(ctx, body, bodyOptions{
		size: o.Size, alg: o.Checksum, verify: o.Verify, inlineMax: b.s.opt.InlineMax, key: seal.dataKey(),
	})
	if err != nil {
		return ObjectInfo{}, err
	}
	rec := record{info: ObjectInfo{
		StorageClass: o.StorageClass,
		Owner:        o.Owner,
		Meta:         o.Meta,
		Tags:         o.Tags,
		ACL:          o.ACL,
		Lock:         o.Lock,
	}}
	seal.describe(&rec.info)
	return b.commitBody(ctx, OpPut, key, st, rec, o.If)
}

// commitBody makes a body that was just stored the current object of key, and
// ends st; rec describes it apart from what st tells. Without an ETag it gets the
// MD5 of the body.
func (b *Bucket) commitBody(ctx context.Context, op Op, key string, st *stored, rec record, c Conditions) (_ ObjectInfo, err error) {
	defer func() { st.settle(err) }() // after a panic in a hook the sweep decides
	st.fill(&rec)
	modified, lock := rec.info.ModTime, rec.info.Lock
	err = b.s.mutate(ctx, func(txn driver.Txn) error {
		// What a run only completes is as in the first run; the rest is set in each.
		rec.info.ModTime, rec.info.Lock, rec.inline = modified, lock, st.inlineID
		if rec.info.ETag == "" {
			rec.info.ETag = st.digests.md5.hex()
		}
		m := Mutation{Op: op, Key: key, Size: st.digests.Size}
		if err := b.placeVersion(ctx, txn, &m, &rec, c); err != nil {
			return err
		}
		return st.setRows(txn, &rec)
	})
	if err != nil {
		return ObjectInfo{}, err
	}
	return rec.info, nil
}
