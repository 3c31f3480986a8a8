package objstore

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/cofferstore/coffer/objstore/checksum"
	"github.com/cofferstore/coffer/objstore/driver"
)

// CopyOptions are optional arguments of [Bucket.Copy].
type CopyOptions struct {
	Owner        string
	ACL          []byte
	StorageClass string
	Lock         Lock // of the new version, as in [PutOptions]; the source's is not copied

	Meta *Metadata // nil: the source's
	Tags *[]Tag    // nil: the source's

	// Encryption asks for the copy to be encrypted; nil = not. The source's own
	// is not taken over.
	Encryption *Encryption

	// If is judged against the destination's current version.
	If Conditions

	// Checksum asks for another algorithm than the source's; "" keeps it. A
	// composite checksum becomes one of the whole object.
	Checksum checksum.Algorithm
}

// Copy makes an object of the bytes of src, without moving them: the new
// version shares the blobs. Only where the two are not encrypted alike, with
// the same key and context, the bytes are written anew. The ETag is the MD5 of the bytes, also where the
// source was uploaded in parts (S3: CopyObject). src may be of another bucket
// of the same store and need not have been opened with its bytes. A source of
// more than [MaxPutSize] bytes is [ErrInvalidRequest].
func (b *Bucket) Copy(ctx context.Context, key string, src *Object, o *CopyOptions) (ObjectInfo, error) {
	if o == nil {
		o = &CopyOptions{}
	}
	info, err := b.copy(ctx, key, src, o)
	return info, b.wrap("Copy", key, err)
}

func (b *Bucket) copy(ctx context.Context, key string, src *Object, o *CopyOptions) (ObjectInfo, error) {
	if err := src.checkSource(b, o); err != nil {
		return ObjectInfo{}, err
	}
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
	if _, err := b.preview(ctx, OpCopy, key, src.rec.info.Size, o.If, o.Lock); err != nil {
		return ObjectInfo{}, err
	}
	rec, alg, err := copiedRecord(src, o)
	if err != nil {
		return ObjectInfo{}, err
	}
	if len(src.rec.extents) == 0 || !src.sharesKey(o.Encryption) {
		return b.copyBytes(ctx, key, src, rec, alg, o)
	}
	if _, err := src.dataKey(ctx); err != nil {
		return ObjectInfo{}, err // sharing bytes needs the same right to the key as reading them
	}
	rec.info.Encryption = src.rec.info.Encryption
	if err := src.digest(ctx, &rec, alg); err != nil {
		return ObjectInfo{}, err
	}
	info, err := b.copyExtents(ctx, key, src, rec, o.If)
	if errors.Is(err, errBlobGone) {
		return b.copyBytes(ctx, key, src, rec, alg, o)
	}
	return info, err
}

// checkSource judges whether o can be copied into b.
func (o *Object) checkSource(b *Bucket, opt *CopyOptions) error {
	switch {
	case o.b.s != b.s:
		return fmt.Errorf("%w: the source is of another store", ErrInvalidArgument)
	case o.rec.info.Size > MaxPutSize:
		return fmt.Errorf("%w: the source is larger than %d bytes", ErrInvalidRequest, int64(MaxPutSize))
	case len(o.rec.extents) > 0 && o.pin == nil:
		return fmt.Errorf("%w: the source is closed", ErrInvalidArgument)
	case opt.Checksum != "" && !opt.Checksum.Valid():
		return fmt.Errorf("%w: checksum algorithm", ErrInvalidArgument)
	}
	return nil
}

// copiedRecord describes a copy apart from where its bytes are, and tells the
// algorithm of its checksum.
func copiedRecord(src *Object, o *CopyOptions) (record, checksum.Algorithm, error) {
	from := &src.rec.info
	rec := record{info: ObjectInfo{
		Size:         from.Size,
		StorageClass: o.StorageClass,
		Owner:        o.Owner,
		ACL:          o.ACL,
		Lock:         o.Lock,
		Meta:         from.Meta,
		Tags:         from.Tags,
	}}
	if o.Meta != nil {
		rec.info.Meta = *o.Meta
	}
	if o.Tags != nil {
		rec.info.Tags = *o.Tags
	}
	alg := o.Checksum
	if alg == "" {
		alg = from.Checksum.Algorithm
	}
	return rec, alg, nil
}

// digest sets rec's ETag and checksum to those of the source's bytes, which it
// reads only where they are not known.
func (o *Object) digest(ctx context.Context, rec *record, alg checksum.Algorithm) error {
	from := &o.rec.info
	known := alg == "" || alg == from.Checksum.Algorithm && from.Checksum.Type == ChecksumFullObject
	opaque := !from.Encryption.plainETag()
	if (isMD5(from.ETag) || opaque) && known {
		rec.info.ETag = from.ETag
		if opaque {
			rec.info.ETag = randomETag()
		}
		if alg != "" {
			rec.info.Checksum = from.Checksum
		}
		return nil
	}
	r, err := o.reader(ctx, nil)
	if err != nil {
		return err
	}
	defer r.Close()
	h := o.b.s.hashers.get(alg)
	defer o.b.s.hashers.put(h)
	if _, err := r.CopyRange(contextWriter{ctx, hashWriter{h}}, 0, r.Size()); err != nil {
		return err
	}
	d := h.digests(r.Size())
	rec.info.ETag, rec.info.Checksum = d.md5.hex(), d.Checksum
	if opaque {
		rec.info.ETag = randomETag()
	}
	return nil
}

// copyExtents makes an object that shares the source's blobs.
func (b *Bucket) copyExtents(ctx context.Context, key string, src *Object, rec record, c Conditions) (ObjectInfo, error) {
	rec.extents = src.rec.extents
	var info ObjectInfo
	err := b.s.mutate(ctx, func(txn driver.Txn) error {
		rec := rec
		if err := addRefs(txn, rec.extents); err != nil {
			return err
		}
		m := Mutation{Op: OpCopy, Key: key, Size: rec.info.Size}
		if err := b.placeVersion(ctx, txn, &m, &rec, c); err != nil {
			return err
		}
		info = rec.info
		return nil
	})
	if err != nil {
		return ObjectInfo{}, err
	}
	return info, nil
}

// copyBytes makes an object of its own bytes: of a small source, of one with
// another key, and of one that was removed after it was opened, whose blobs may
// be read but no longer be named.
func (b *Bucket) copyBytes(ctx context.Context, key string, src *Object, rec record, alg checksum.Algorithm, o *CopyOptions) (ObjectInfo, error) {
	body, err := src.inlineBody(ctx)
	if err != nil {
		return ObjectInfo{}, err
	}
	r, err := src.reader(ctx, body)
	if err != nil {
		return ObjectInfo{}, err
	}
	defer r.Close()
	seal, err := b.newSealing(ctx, o.Encryption)
	if err != nil {
		return ObjectInfo{}, err
	}
	size := r.Size()
	st, err := b.s.storeBody(ctx, io.NewSectionReader(r, 0, size), bodyOptions{
		size: &size, alg: alg, inlineMax: b.s.opt.InlineMax, key: seal.dataKey(),
	})
	if err != nil {
		return ObjectInfo{}, err
	}
	rec.info.ETag, rec.info.Encryption = "", nil
	seal.describe(&rec.info)
	return b.commitBody(ctx, OpCopy, key, st, rec, o.If)
}

// inlineBody returns the bytes of an inline object, also when it was found
// without them; then they may be gone ([ErrNoSuchKey]), and the bytes of another
// object may be in their row.
func (o *Object) inlineBody(ctx context.Context) (body []byte, err error) {
	if !o.rec.hasInline || o.body != nil {
		return o.body, nil
	}
	err = o.b.s.view(ctx, func(r driver.Reader) error {
		rec, err := o.b.lookup(r, o.rec.info.Key, o.rec.info.VersionID)
		if isMissing(err) || err == nil && rec.order != o.rec.order {
			return ErrNoSuchKey
		}
		if err == nil {
			body, err = inlineBytes(r, rec)
		}
		return err
	})
	return body, err
}

// isMissing tells that a lookup has found no object.
func isMissing(err error) bool {
	return errors.Is(err, ErrNoSuchKey) || errors.Is(err, ErrNoSuchVersion) || errors.Is(err, ErrNoSuchBucket) ||
		errors.Is(err, ErrDeleteMarker)
}

// hashWriter feeds a hasher.
type hashWriter struct{ h *hasher }

func (w hashWriter) Write(p []byte) (int, error) {
	w.h.writeSum(p)
	w.h.writeMD5(p)
	return len(p), nil
}

// contextWriter stops writing when its context ends.
type contextWriter struct {
	ctx context.Context
	w   io.Writer
}

func (w contextWriter) Write(p []byte) (int, error) {
	if err := w.ctx.Err(); err != nil {
		return 0, err
	}
	return w.w.Write(p)
}
