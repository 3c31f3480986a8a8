package objstore

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

// LockMode says who may end a retention before its time.
type LockMode string

// Modes of retention (S3: ObjectLockRetentionMode).
const (
	LockNone       LockMode = ""
	LockGovernance LockMode = "GOVERNANCE" // whoever may bypass it
	LockCompliance LockMode = "COMPLIANCE" // nobody
)

// Retention keeps a version from being removed until a time. It is kept in
// whole milliseconds, rounded up. The zero value is none.
type Retention struct {
	Mode  LockMode
	Until time.Time
}

// LegalHold keeps a version from being removed as long as it is on.
type LegalHold string

// Legal holds (S3: ObjectLockLegalHoldStatus). HoldOff differs from HoldUnset
// only in that a reader is told that it was switched off.
const (
	HoldUnset LegalHold = ""
	HoldOn    LegalHold = "ON"
	HoldOff   LegalHold = "OFF"
)

// Lock is what keeps a version from being removed (S3: Object Lock). The zero
// value is nothing.
type Lock struct {
	Retention Retention
	LegalHold LegalHold
}

// Holds tells whether a version with this lock must not be removed at a time.
// bypass lifts retention in governance mode, and nothing else.
func (l Lock) Holds(now time.Time, bypass bool) bool {
	switch {
	case l.LegalHold == HoldOn:
		return true
	case !l.Retention.active(now):
		return false
	}
	return l.Retention.Mode == LockCompliance || !bypass
}

func (r Retention) active(now time.Time) bool { return r.Mode != LockNone && now.Before(r.Until) }

// rounded returns r in the precision in which it is kept.
func (r Retention) rounded() Retention {
	if r.Mode == LockNone {
		return Retention{}
	}
	until := r.Until.UTC().Truncate(time.Millisecond)
	if until.Before(r.Until) {
		until = until.Add(time.Millisecond)
	}
	r.Until = until
	return r
}

// maxRetentionYear bounds times of retention to what a timestamp can name.
const maxRetentionYear = 9999

// check judges a retention that is to be set.
func (r Retention) check(now time.Time) error {
	switch {
	case r.Mode == LockNone && r.Until.IsZero():
		return nil
	case r.Mode != LockGovernance && r.Mode != LockCompliance:
		return fmt.Errorf("%w: mode of retention", ErrInvalidArgument)
	case !now.Before(r.Until):
		return fmt.Errorf("%w: the retain until date must be in the future", ErrInvalidArgument)
	case r.Until.UTC().Year() > maxRetentionYear:
		return fmt.Errorf("%w: the retain until date is too far away", ErrInvalidArgument)
	}
	return nil
}

func (h LegalHold) check() error {
	if h != HoldUnset && h != HoldOn && h != HoldOff {
		return fmt.Errorf("%w: legal hold", ErrInvalidArgument)
	}
	return nil
}

func (l Lock) check(now time.Time) error {
	if err := l.LegalHold.check(); err != nil {
		return err
	}
	return l.Retention.check(now)
}

// Limits of a default retention, those of Amazon S3.
const (
	MaxRetentionDays  = 36500
	MaxRetentionYears = 100
)

// DefaultRetention is the retention of new objects of a bucket that come
// without one. Either Days or Years is set; the zero value is none.
type DefaultRetention struct {
	Mode  LockMode
	Days  int
	Years int
}

func (d DefaultRetention) check() error {
	if d == (DefaultRetention{}) {
		return nil
	}
	ok := (d.Mode == LockGovernance || d.Mode == LockCompliance) && (d.Days > 0) != (d.Years > 0) &&
		d.Days >= 0 && d.Days <= MaxRetentionDays && d.Years >= 0 && d.Years <= MaxRetentionYears
	if !ok {
		return fmt.Errorf("%w: default retention", ErrInvalidArgument)
	}
	return nil
}

// from returns the retention of an object that is made now.
func (d DefaultRetention) from(now time.Time) Retention {
	return Retention{Mode: d.Mode, Until: now.UTC().AddDate(d.Years, 0, d.Days)}.rounded()
}

// accepts refuses a lock in a bucket without object lock.
func (i *BucketInfo) accepts(l Lock) error {
	if l == (Lock{}) {
		return nil
	}
	return i.requireLock()
}

func (i *BucketInfo) requireLock() error {
	if !i.ObjectLock {
		return fmt.Errorf("%w: the bucket has no object lock", ErrInvalidRequest)
	}
	return nil
}

// lock completes the lock of a new version.
func (p *plan) lock(info *ObjectInfo) error {
	if err := p.bucket.accepts(info.Lock); err != nil {
		return err
	}
	if p.bucket.ObjectLock && info.Lock.Retention.Mode == LockNone && p.bucket.DefaultRetention.Mode != LockNone {
		info.Lock.Retention = p.bucket.DefaultRetention.from(p.now)
	}
	info.Lock.Retention = info.Lock.Retention.rounded()
	return nil
}

// SetObjectLock switches object lock on, for good, and sets the retention of
// objects that come without one (S3: PutObjectLockConfiguration). The bucket
// must have versioning enabled ([ErrInvalidBucketState]). The open Bucket's
// Info stays as it was.
func (b *Bucket) SetObjectLock(ctx context.Context, d DefaultRetention) error {
	return b.wrap("SetObjectLock", "", b.setObjectLock(ctx, d))
}

func (b *Bucket) setObjectLock(ctx context.Context, d DefaultRetention) error {
	if err := d.check(); err != nil {
		return err
	}
	return b.updateBucket(ctx, func(info *BucketInfo) error {
		if info.Versioning != VersioningEnabled {
			return fmt.Errorf("%w: object lock needs versioning", ErrInvalidBucketState)
		}
		info.ObjectLock, info.DefaultRetention = true, d
		return nil
	})
}

// updateBucket changes the bucket's row.
func (b *Bucket) updateBucket(ctx context.Context, change func(*BucketInfo) error) error {
	if err := b.s.gate.enter(); err != nil {
		return err
	}
	defer b.s.gate.leave()
	defer b.s.cache.drop(b.info.BucketID)
	return b.s.mutate(ctx, func(txn driver.Txn) error {
		info, err := b.requireBucket(txn)
		if err != nil {
			return err
		}
		before := info
		if err := change(&info); err != nil || info == before {
			return err
		}
		return txn.Set(bucketRow(info.BucketID), encodeBucket(&info))
	})
}

// SetRetention sets the retention of a version ("" = current); the zero value
// removes it. As long as the old one runs, one in compliance mode can only be
// prolonged, and one in governance mode only be prolonged unless bypass is set
// ([ErrObjectLocked]). A bucket without object lock is [ErrInvalidRequest];
// other errors are those of [Bucket.Object].
func (b *Bucket) SetRetention(ctx context.Context, key, version string, r Retention, bypass bool) (ObjectInfo, error) {
	info, err := b.setRetention(ctx, key, version, r, bypass)
	return info, b.wrap("SetRetention", key, err)
}

func (b *Bucket) setRetention(ctx context.Context, key, version string, r Retention, bypass bool) (ObjectInfo, error) {
	if err := r.check(b.s.opt.Now()); err != nil {
		return ObjectInfo{}, err
	}
	return b.updateJudged(ctx, key, version, func(p *plan, info *ObjectInfo) error {
		if err := p.bucket.requireLock(); err != nil {
			return err
		}
		next := r.rounded()
		if !info.Lock.Retention.yields(next, p.now, bypass) {
			return ErrObjectLocked
		}
		info.Lock.Retention = next
		return nil
	})
}

// yields tells whether next may take the place of r.
func (r Retention) yields(next Retention, now time.Time, bypass bool) bool {
	if !r.active(now) || next.Mode == r.Mode && !next.Until.Before(r.Until) {
		return true
	}
	return r.Mode == LockGovernance && bypass
}

// SetLegalHold switches the legal hold of a version ("" = current) on or off.
// Errors are those of [Bucket.SetRetention].
func (b *Bucket) SetLegalHold(ctx context.Context, key, version string, h LegalHold) (ObjectInfo, error) {
	info, err := b.setLegalHold(ctx, key, version, h)
	return info, b.wrap("SetLegalHold", key, err)
}

func (b *Bucket) setLegalHold(ctx context.Context, key, version string, h LegalHold) (ObjectInfo, error) {
	if h != HoldOn && h != HoldOff {
		return ObjectInfo{}, fmt.Errorf("%w: legal hold", ErrInvalidArgument)
	}
	return b.updateJudged(ctx, key, version, func(p *plan, info *ObjectInfo) error {
		if err := p.bucket.requireLock(); err != nil {
			return err
		}
		info.Lock.LegalHold = h
		return nil
	})
}

// A lock is stored as
//
//	mode  hold  [until:8]
//
// with the time, in milliseconds since 1970, when there is a mode. Modes and
// holds are numbered by their place in these lists.
var (
	lockModes  = []LockMode{LockNone, LockGovernance, LockCompliance}
	legalHolds = []LegalHold{HoldUnset, HoldOn, HoldOff}
)

func appendLock(b []byte, l Lock) []byte {
	b = append(b, placeOf(lockModes, l.Retention.Mode), placeOf(legalHolds, l.LegalHold))
	if l.Retention.Mode == LockNone {
		return b
	}
	return binary.BigEndian.AppendUint64(b, uint64(l.Retention.rounded().Until.UnixMilli()))
}

func placeOf[T comparable](list []T, v T) byte {
	for i := range list {
		if list[i] == v {
			return byte(i)
		}
	}
	return byte(len(list)) // refused by lock
}

// lock is the inverse of appendLock.
func (p *parser) lock() (l Lock) {
	mode, hold := int(p.octet()), int(p.octet())
	if mode >= len(lockModes) || hold >= len(legalHolds) || mode == 0 && hold == 0 {
		p.fail()
		return Lock{}
	}
	l.Retention.Mode, l.LegalHold = lockModes[mode], legalHolds[hold]
	if l.Retention.Mode != LockNone {
		l.Retention.Until = time.UnixMilli(int64(p.uint64())).UTC()
	}
	return l
}
