package objstore

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

// plan is what a change of a key starts from. Making it only reads; it is made
// before a large body is read, so that a refusal is cheap, and again in the
// transaction, where it counts.
type plan struct {
	bucket  BucketInfo
	key     string
	now     time.Time
	current *record // nil: the key has no current object
	raw     []byte  // current's row
}

// plan reads the state of a key and judges the conditions of a write to it.
func (b *Bucket) plan(r driver.Reader, key string, c Conditions) (*plan, error) {
	p, err := b.state(r, key)
	if err != nil {
		return nil, err
	}
	return p, c.checkWrite(p.currentInfo())
}

// judge checks preconditions against what a key has, which it reads only when
// there are any.
func (b *Bucket) judge(r driver.Reader, key string, c Conditions) error {
	if c.none() {
		return nil
	}
	_, err := b.plan(r, key, c)
	return err
}

// state reads the state of a key.
func (b *Bucket) state(r driver.Reader, key string) (*plan, error) {
	info, err := b.requireBucket(r)
	if err != nil {
		return nil, err
	}
	p := &plan{bucket: info, key: key, now: b.s.opt.Now()}
	p.current, p.raw, err = readCurrent(r, info.Ref, key)
	return p, err
}

// currentInfo describes the current object, or is nil.
func (p *plan) currentInfo() *ObjectInfo {
	if p.current == nil {
		return nil
	}
	return &p.current.info
}

// nextOrder returns the order of a version that is to be the latest: the time,
// but above all others of the key also when clocks disagree.
func (p *plan) nextOrder(r driver.Reader) (uint64, error) {
	var newest uint64
	switch {
	case p.current != nil:
		newest = p.current.order
	case p.bucket.Versioning != VersioningOff:
		var err error
		if newest, err = newestOrder(r, p.bucket.Ref, p.key); err != nil {
			return 0, err
		}
	}
	return max(uint64(max(p.now.UnixNano(), 0)), newest+1), nil
}

// estimate is what a new object of the given size will add to the totals if
// nothing changes until it is written.
func (p *plan) estimate(r driver.Reader, size int64) (Totals, error) {
	d := currentTotals(&ObjectInfo{Size: max(size, 0)})
	kept := p.bucket.Versioning == VersioningEnabled || p.current != nil && !p.current.isNull()
	if p.current != nil {
		before := &p.current.info
		d = d.plus(currentTotals(before).negated())
		if kept {
			d = d.plus(noncurrentTotals(before))
		}
	}
	if p.bucket.Versioning != VersioningSuspended || p.current != nil && !kept {
		return d, nil
	}
	order, err := nullOrder(r, p.bucket.Ref, p.key)
	if err != nil || order == 0 {
		return d, err
	}
	null, err := readOther(r, p.bucket.Ref, p.key, order)
	if err != nil || null == nil {
		return d, err
	}
	return d.plus(noncurrentTotals(&null.info).negated()), nil
}

// preview makes the plan of a write whose body is yet to be read, so that a
// client learns of a refusal early. size is -1 when it is not known.
func (b *Bucket) preview(ctx context.Context, op Op, key string, size int64, c Conditions, l Lock) (bodyBound, error) {
	m := Mutation{Op: op, Key: key, Size: size}
	err := b.s.view(ctx, func(r driver.Reader) error {
		p, err := b.plan(r, key, c)
		if err != nil {
			return err
		}
		if err := p.bucket.accepts(l); err != nil {
			return err
		}
		m.Bucket, m.Before = p.bucket, p.currentInfo()
		m.Delta, err = p.estimate(r, size)
		return err
	})
	if err != nil {
		return bodyBound{}, err
	}
	return b.s.checkHooks(ctx, &m)
}

// readCurrent returns the current object of a key and its row; nil when there
// is none.
func readCurrent(r driver.Reader, ref [16]byte, key string) (*record, []byte, error) {
	raw, err := r.Get(currentRow(ref, key))
	if errors.Is(err, driver.ErrNotFound) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	rec := &record{info: ObjectInfo{Key: key, IsLatest: true}}
	if err := decodeRecord(raw, rec); err != nil {
		return nil, nil, err
	}
	return rec, raw, nil
}

// readOther returns the version of the given order among the versions that are
// not current; nil when there is none.
func readOther(r driver.Reader, ref [16]byte, key string, order uint64) (*record, error) {
	raw, err := r.Get(versionRow(ref, key, order))
	if errors.Is(err, driver.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	rec := &record{info: ObjectInfo{Key: key}}
	if err := decodeRecord(raw, rec); err != nil {
		return nil, err
	}
	return rec, nil
}

// nullOrder returns the order of the null version of a key while it is among
// the versions that are not current; 0 when it is not.
func nullOrder(r driver.Reader, ref [16]byte, key string) (uint64, error) {
	data, err := r.Get(nullRow(ref, key))
	if errors.Is(err, driver.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if len(data) != 8 {
		return 0, fmt.Errorf("%w: null version row", ErrInvalidStorageStructure)
	}
	return binary.BigEndian.Uint64(data), nil
}

// newestOrder returns the highest order among the versions of a key that are
// not current; 0 when there are none.
func newestOrder(r driver.Reader, ref [16]byte, key string) (uint64, error) {
	prefix := versionsOf(ref, key)
	c := r.Scan(prefix, after(prefix), driver.ScanOptions{KeysOnly: true})
	defer c.Close()
	if !c.Next() {
		return 0, c.Close()
	}
	return orderOf(prefix, c.Key())
}

// newestOther returns the newest version of a key that is not current, and its
// row; nil when there are none.
func newestOther(r driver.Reader, ref [16]byte, key string) (*record, []byte, error) {
	prefix := versionsOf(ref, key)
	c := r.Scan(prefix, after(prefix), driver.ScanOptions{})
	defer c.Close()
	if !c.Next() {
		return nil, nil, c.Close()
	}
	value, err := c.Value()
	if err != nil {
		return nil, nil, err
	}
	rec := &record{info: ObjectInfo{Key: key}}
	if err := decodeRecord(value, rec); err != nil {
		return nil, nil, err
	}
	return rec, append([]byte(nil), value...), nil
}

// orderOf returns the order in the key of a version row, given the prefix of
// its object's.
func orderOf(prefix, key []byte) (uint64, error) {
	if len(key) != len(prefix)+8 {
		return 0, fmt.Errorf("%w: version row", ErrInvalidStorageStructure)
	}
	return ^binary.BigEndian.Uint64(key[len(prefix):]), nil
}

// findVersion returns the version with the given id, which is not "". It tells
// whether it is in the current row; rec is nil when there is no such version.
func (p *plan) findVersion(r driver.Reader, id string) (rec *record, current bool, err error) {
	if p.current != nil && p.current.info.VersionID == id {
		return p.current, true, nil
	}
	var order uint64
	if id != NullVersion {
		if order, err = parseVersionID(id); err != nil {
			return nil, false, err
		}
	}
	if p.bucket.Versioning == VersioningOff {
		return nil, false, nil
	}
	if id == NullVersion {
		if order, err = nullOrder(r, p.bucket.Ref, p.key); err != nil || order == 0 {
			return nil, false, err
		}
	}
	rec, err = readOther(r, p.bucket.Ref, p.key, order)
	if err != nil || rec == nil || rec.info.VersionID != id {
		return nil, false, err
	}
	return rec, false, nil
}
