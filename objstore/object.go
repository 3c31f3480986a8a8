package objstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/sse"
)

// GetOptions are optional arguments of [Bucket.Object].
type GetOptions struct {
	// Version is a version id, [NullVersion], or "" for the current version.
	Version string

	// NoBody says that Open will not be called.
	NoBody bool
}

// Object is one version of an object as it was found. It stays readable when
// it is overwritten or deleted meanwhile. It is used by one goroutine.
type Object struct {
	b      *Bucket
	rec    record
	body   []byte // of an inline object, unless noBody
	noBody bool
	pin    *pin // nil where there are no blobs to keep, and once closed

	key, customer *sse.Key // of an encrypted object, once they are known
}

// Object finds an object. A missing key is [ErrNoSuchKey] (with
// Error.DeleteMarker and Error.Version set where a delete marker is in its
// place), a missing version [ErrNoSuchVersion]; a version that is a delete
// marker is [ErrDeleteMarker], and an id that cannot be a version's is
// [ErrInvalidArgument].
func (b *Bucket) Object(ctx context.Context, key string, o *GetOptions) (*Object, error) {
	if o == nil {
		o = &GetOptions{}
	}
	obj, err := b.object(ctx, key, o)
	if err != nil {
		return nil, b.wrap("Object", key, err)
	}
	return obj, nil
}

func (b *Bucket) object(ctx context.Context, key string, o *GetOptions) (*Object, error) {
	if err := checkKey(key); err != nil {
		return nil, err
	}
	if err := b.s.gate.enter(); err != nil {
		return nil, err
	}
	defer b.s.gate.leave()
	// The pin comes first, so that no sweep can come between it and what is found.
	obj := &Object{b: b, noBody: o.NoBody, pin: b.s.pins.add(b.s.opt.Now())}
	err := b.s.view(ctx, func(r driver.Reader) error {
		rec, err := b.lookup(r, key, o.Version)
		if err != nil {
			return err
		}
		obj.rec = *rec
		if rec.hasInline && !o.NoBody {
			obj.body, err = inlineBytes(r, rec)
		}
		return err
	})
	if err != nil || len(obj.rec.extents) == 0 {
		obj.pin.release()
		obj.pin = nil
	} else {
		obj.pin.narrow(obj.rec.extents)
	}
	if err != nil {
		return nil, err
	}
	return obj, nil
}

// lookup returns the object version that a reader asks for. That of a current
// object costs one row; what else there is needs the bucket's row too, to tell
// a bucket that is gone or has got versions since it was opened.
func (b *Bucket) lookup(r driver.Reader, key, version string) (*record, error) {
	current, raw, err := readCurrent(r, b.info.Ref, key)
	if err != nil {
		return nil, err
	}
	if current != nil && (version == "" || version == current.info.VersionID) {
		return current, nil
	}
	info, err := b.requireBucket(r)
	if err != nil {
		return nil, err
	}
	p := &plan{bucket: info, key: key, current: current, raw: raw}
	if version == "" {
		return nil, p.missing(r)
	}
	rec, _, err := p.findVersion(r, version)
	switch {
	case err != nil:
		return nil, err
	case rec == nil:
		return nil, ErrNoSuchVersion
	case rec.info.DeleteMarker:
		return nil, foundMarker(ErrDeleteMarker, &rec.info)
	}
	return rec, nil
}

// missing is the error for a key without a current object.
func (p *plan) missing(r driver.Reader) error {
	if p.bucket.Versioning == VersioningOff {
		return ErrNoSuchKey
	}
	rec, _, err := newestOther(r, p.bucket.Ref, p.key)
	if err != nil {
		return err
	}
	if rec == nil {
		return ErrNoSuchKey
	}
	return foundMarker(ErrNoSuchKey, &rec.info)
}

// inlineBytes returns an inline object's bytes, which nobody may change. They
// outlive the View of r.
func inlineBytes(r driver.Reader, rec *record) ([]byte, error) {
	data, err := r.Get(inlineRow(rec.inline))
	if errors.Is(err, driver.ErrNotFound) || err == nil && int64(len(data)) != storedSize(rec.info.Size, rec.info.Encryption != nil) {
		return nil, fmt.Errorf("%w: the bytes of the object are missing", ErrInvalidStorageStructure)
	}
	if err != nil {
		return nil, err
	}
	return data, nil
}

// Info describes the object. The caller must not change what it points to.
func (o *Object) Info() *ObjectInfo { return &o.rec.info }

// Check judges preconditions of a read: [ErrPreconditionFailed] or
// [ErrNotModified], with Error.Condition set. If-Match overrules
// If-Unmodified-Since and If-None-Match overrules If-Modified-Since (RFC 9110,
// section 13.2.2); times are compared in whole seconds.
func (o *Object) Check(c Conditions) error {
	return o.b.wrap("Check", o.rec.info.Key, c.checkRead(&o.rec.info))
}

// Open returns a reader of exactly this version's bytes. Those of an encrypted
// object are decrypted as they are read; see Unlock for those under a
// customer's key. An error of the key provider is returned wrapped.
func (o *Object) Open(ctx context.Context) (*Reader, error) {
	r, err := o.open(ctx)
	if err != nil {
		return nil, o.b.wrap("Open", o.rec.info.Key, err)
	}
	return r, nil
}

func (o *Object) open(ctx context.Context) (*Reader, error) {
	if o.noBody {
		return nil, fmt.Errorf("%w: the object was opened without its bytes", ErrInvalidArgument)
	}
	if len(o.rec.extents) > 0 && o.pin == nil {
		return nil, fmt.Errorf("%w: the object is closed", ErrInvalidArgument)
	}
	return o.reader(ctx, o.body)
}

// Close releases the object. It must be called once no reader is needed any
// more; readers that are open keep working. A second Close does nothing.
func (o *Object) Close() error {
	if o.pin != nil {
		o.pin.release()
		o.pin = nil
	}
	return nil
}
