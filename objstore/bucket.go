package objstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Bucket is an open bucket: its record as it was when it was opened, and the
// operations on its contents. An operation on a bucket that has been deleted
// meanwhile is [ErrNoSuchBucket].
type Bucket struct {
	s    *Store
	info BucketInfo
	raw  []byte // the row that info was read from
}

// Bucket opens a bucket, or returns [ErrNoSuchBucket].
func (s *Store) Bucket(ctx context.Context, id BucketID) (*Bucket, error) {
	if e, _, ok := s.cache.get(id); ok {
		return &Bucket{s: s, info: e.info, raw: e.raw}, nil
	}
	e, err := s.loadBucket(ctx, id)
	if err != nil {
		return nil, wrap("Bucket", id, "", err)
	}
	return &Bucket{s: s, info: e.info, raw: e.raw}, nil
}

// loadBucket reads a bucket's row and keeps it in the cache.
func (s *Store) loadBucket(ctx context.Context, id BucketID) (cachedBucket, error) {
	if err := s.gate.enter(); err != nil {
		return cachedBucket{}, err
	}
	defer s.gate.leave()
	_, generation, _ := s.cache.get(id)
	read := s.opt.Now()
	var e cachedBucket
	err := s.view(ctx, func(r driver.Reader) (err error) {
		e.info, e.raw, err = readBucket(r, id)
		return err
	})
	if err != nil {
		return cachedBucket{}, err
	}
	s.cache.put(id, e, read, generation)
	return e, nil
}

// readBucket returns a bucket and its row, or ErrNoSuchBucket.
func readBucket(r driver.Reader, id BucketID) (BucketInfo, []byte, error) {
	if id.tooLong() {
		return BucketInfo{}, nil, ErrNoSuchBucket
	}
	data, err := r.Get(bucketRow(id))
	if errors.Is(err, driver.ErrNotFound) {
		return BucketInfo{}, nil, ErrNoSuchBucket
	}
	if err != nil {
		return BucketInfo{}, nil, err
	}
	info, err := decodeBucket(data, id)
	return info, bytes.Clone(data), err
}

// requireBucket reads the bucket's row again, in a transaction that is about
// to change the bucket or depends on its state. It returns ErrNoSuchBucket when
// the bucket is gone or another one has its name.
func (b *Bucket) requireBucket(r driver.Reader) (BucketInfo, error) {
	data, err := r.Get(bucketRow(b.info.BucketID))
	if errors.Is(err, driver.ErrNotFound) {
		return BucketInfo{}, ErrNoSuchBucket
	}
	if err != nil {
		return BucketInfo{}, err
	}
	if bytes.Equal(data, b.raw) {
		return b.info, nil
	}
	info, err := decodeBucket(data, b.info.BucketID)
	if err != nil {
		return BucketInfo{}, err
	}
	if info.Ref != b.info.Ref {
		return BucketInfo{}, ErrNoSuchBucket
	}
	return info, nil
}

// wrap is the package's wrap for an operation on a key of b.
func (b *Bucket) wrap(op, key string, err error) error {
	return wrap(op, b.info.BucketID, key, err)
}

// checkKey judges the form of an object key.
func checkKey(key string) error {
	switch {
	case key == "":
		return fmt.Errorf("%w: the key is empty", ErrInvalidArgument)
	case len(key) > MaxKeyLen:
		return ErrKeyTooLong
	}
	return nil
}

// Info returns the bucket's record as of when it was opened.
func (b *Bucket) Info() BucketInfo { return b.info }

// Totals returns the bucket's exact counts.
func (b *Bucket) Totals(ctx context.Context) (Totals, error) {
	t, err := b.totals(ctx)
	return t, b.wrap("Totals", "", err)
}

func (b *Bucket) totals(ctx context.Context) (t Totals, err error) {
	if err := b.s.gate.enter(); err != nil {
		return t, err
	}
	defer b.s.gate.leave()
	err = b.s.view(ctx, func(r driver.Reader) error {
		if _, err := b.requireBucket(r); err != nil {
			return err
		}
		t, err = readTotals(r, bucketScope(b.info.Ref))
		return err
	})
	return t, err
}

// SetVersioning changes the versioning state; it cannot become
// [VersioningOff], nor suspended under object lock ([ErrInvalidBucketState]),
// and not be changed so in a bucket with MFA Delete ([ErrMFARequired]). The
// open Bucket's Info stays as it was.
func (b *Bucket) SetVersioning(ctx context.Context, v Versioning) error {
	return b.wrap("SetVersioning", "", b.setVersioning(ctx, v, nil))
}

// SetMFADelete is SetVersioning of who has proved a second factor: it also
// switches MFA Delete on or off.
func (b *Bucket) SetMFADelete(ctx context.Context, v Versioning, mfa bool) error {
	return b.wrap("SetMFADelete", "", b.setVersioning(ctx, v, &mfa))
}

func (b *Bucket) setVersioning(ctx context.Context, v Versioning, mfa *bool) error {
	if v != VersioningEnabled && v != VersioningSuspended {
		return fmt.Errorf("%w: versioning can be enabled or suspended", ErrInvalidArgument)
	}
	return b.updateBucket(ctx, func(info *BucketInfo) error {
		if info.ObjectLock && v == VersioningSuspended {
			return fmt.Errorf("%w: versioning cannot be suspended under object lock", ErrInvalidBucketState)
		}
		if mfa == nil && info.MFADelete {
			return ErrMFARequired
		}
		if mfa != nil {
			info.MFADelete = *mfa
		}
		info.Versioning = v
		return nil
	})
}
