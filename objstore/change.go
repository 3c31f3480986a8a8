package objstore

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"

	"github.com/cofferstore/coffer/objstore/driver"
)

// change is a change of a key in a transaction: the rows that it moves and what
// that does to the totals.
type change struct {
	*plan
	s     *Store
	txn   driver.Txn
	delta Totals

	// bypass lifts retention in governance mode.
	bypass bool
}

// placeVersion makes rec the current object of m.Key, if c holds, as the
// versioning state of the bucket wants it: the object before it is moved to the
// noncurrent versions or removed, and so is the null version.
//
// It completes rec (order, inline, VersionID, Key, IsLatest, and ModTime when that is
// zero) and m (Bucket, Before, After, and the versions' part of Delta: what m
// already has there is kept and counted with it), and runs the hooks. The
// caller makes m anew in each run of the transaction and writes what rec refers
// to: the inline row, which may have another id by then, or the references.
func (b *Bucket) placeVersion(ctx context.Context, txn driver.Txn, m *Mutation, rec *record, c Conditions) error {
	p, err := b.plan(txn, m.Key, c)
	if err != nil {
		return err
	}
	if err := p.lock(&rec.info); err != nil {
		return err
	}
	ch := change{plan: p, s: b.s, txn: txn}
	if err := ch.displace(rec); err != nil {
		return err
	}
	rec.info.Key, rec.info.IsLatest = m.Key, true
	if rec.info.ModTime.IsZero() {
		rec.info.ModTime = p.now.UTC()
	}
	if err := ch.setCurrent(rec); err != nil {
		return err
	}
	ch.delta = ch.delta.plus(currentTotals(&rec.info))
	m.Before, m.After = p.currentInfo(), &rec.info
	return ch.finish(ctx, m)
}

// placeMarker makes rec, a delete marker, the latest version of the key.
func (ch *change) placeMarker(ctx context.Context, rec *record) error {
	if err := ch.displace(rec); err != nil {
		return err
	}
	rec.info.Key, rec.info.IsLatest = ch.key, true
	rec.info.ModTime = ch.now.UTC()
	if ch.current != nil {
		if err := ch.txn.Delete(currentRow(ch.bucket.Ref, ch.key)); err != nil {
			return err
		}
	}
	if err := ch.set(versionRow(ch.bucket.Ref, ch.key, rec.order), rec); err != nil {
		return err
	}
	if rec.isNull() {
		if err := ch.setNull(rec.order); err != nil {
			return err
		}
	}
	ch.delta = ch.delta.plus(currentTotals(&rec.info))
	return ch.finish(ctx, &Mutation{Op: OpMark, Key: ch.key, Before: ch.currentInfo(), After: &rec.info})
}

// finish completes m, gives the hooks their part, and counts.
func (ch *change) finish(ctx context.Context, m *Mutation) error {
	m.Bucket = ch.bucket
	m.Delta = m.Delta.plus(ch.delta)
	if err := ch.s.commitHooks(ctx, ch.txn, m); err != nil {
		return err
	}
	return addTotals(ch.txn, ch.bucket, m.Delta)
}

// set writes the row of a version.
func (ch *change) set(key []byte, rec *record) error {
	value, err := encodeRecord(rec)
	if err != nil {
		return err
	}
	return ch.txn.Set(key, value)
}

// setCurrent writes the row of the current object.
func (ch *change) setCurrent(rec *record) error {
	value, err := encodeRecord(rec)
	if err != nil {
		return err
	}
	key := currentRow(ch.bucket.Ref, ch.key)
	if ch.current == nil {
		return driver.Insert(ch.txn, key, value)
	}
	return ch.txn.Set(key, value)
}

func encodeRecord(rec *record) ([]byte, error) {
	value := appendRecord(make([]byte, 0, 256), rec)
	if len(value) > driver.MaxValueLen {
		return nil, fmt.Errorf("%w: tags, metadata and parts of the object are too large", ErrInvalidRequest)
	}
	return value, nil
}

func (ch *change) setNull(order uint64) error {
	return ch.txn.Set(nullRow(ch.bucket.Ref, ch.key), binary.BigEndian.AppendUint64(nil, order))
}

// displace makes way for a new latest version and gives it its order and id.
// The current row is left for the caller to overwrite or delete.
func (ch *change) displace(rec *record) error {
	order, err := ch.nextOrder(ch.txn)
	if err != nil {
		return err
	}
	rec.order = order
	if ch.bucket.Versioning == VersioningEnabled {
		_, _ = rand.Read(rec.random[:]) // never fails (see crypto/rand)
		rec.info.VersionID = versionID(order, rec.random)
		return ch.retireCurrent()
	}
	rec.info.VersionID = NullVersion
	if ch.current != nil && ch.current.isNull() {
		ch.delta = ch.delta.plus(currentTotals(&ch.current.info).negated())
		return ch.replaceData(ch.current, rec)
	}
	if ch.bucket.Versioning == VersioningOff {
		return nil
	}
	if err := ch.removeNull(); err != nil {
		return err
	}
	return ch.retireCurrent()
}

// retireCurrent copies the current object, if any, to the other versions.
func (ch *change) retireCurrent() error {
	if ch.current == nil {
		return nil
	}
	if err := ch.txn.Set(versionRow(ch.bucket.Ref, ch.key, ch.current.order), ch.raw); err != nil {
		return err
	}
	info := &ch.current.info
	ch.delta = ch.delta.plus(currentTotals(info).negated()).plus(noncurrentTotals(info))
	if ch.current.isNull() {
		return ch.setNull(ch.current.order)
	}
	return nil
}

// removeNull removes the null version from the other versions, if it is there.
func (ch *change) removeNull() error {
	order, err := nullOrder(ch.txn, ch.bucket.Ref, ch.key)
	if err != nil || order == 0 {
		return err
	}
	rec, err := readOther(ch.txn, ch.bucket.Ref, ch.key, order)
	if err != nil {
		return err
	}
	if rec == nil {
		return fmt.Errorf("%w: the null version is missing", ErrInvalidStorageStructure)
	}
	return ch.removeOther(rec)
}

// removeOther removes one of the versions that are not current.
func (ch *change) removeOther(rec *record) error {
	if err := ch.txn.Delete(versionRow(ch.bucket.Ref, ch.key, rec.order)); err != nil {
		return err
	}
	if rec.isNull() {
		if err := ch.txn.Delete(nullRow(ch.bucket.Ref, ch.key)); err != nil {
			return err
		}
	}
	ch.delta = ch.delta.plus(noncurrentTotals(&rec.info).negated())
	return ch.dropData(rec)
}

// removeCurrent removes the current object.
func (ch *change) removeCurrent() error {
	if err := ch.txn.Delete(currentRow(ch.bucket.Ref, ch.key)); err != nil {
		return err
	}
	ch.delta = ch.delta.plus(currentTotals(&ch.current.info).negated())
	return ch.dropData(ch.current)
}

// promote makes the newest of the other versions current when it is an object.
// There is no current object when it is called.
func (ch *change) promote() error {
	rec, raw, err := newestOther(ch.txn, ch.bucket.Ref, ch.key)
	if err != nil || rec == nil || rec.info.DeleteMarker {
		return err
	}
	if err := ch.txn.Set(currentRow(ch.bucket.Ref, ch.key), raw); err != nil {
		return err
	}
	if err := ch.txn.Delete(versionRow(ch.bucket.Ref, ch.key, rec.order)); err != nil {
		return err
	}
	ch.delta = ch.delta.plus(noncurrentTotals(&rec.info).negated()).plus(currentTotals(&rec.info))
	if rec.isNull() {
		return ch.txn.Delete(nullRow(ch.bucket.Ref, ch.key))
	}
	return nil
}

// dropData removes what a version's record refers to. Whatever removes a
// version comes here, so that none that is locked can be removed
// ([ErrObjectLocked]).
func (ch *change) dropData(rec *record) error { return ch.replaceData(rec, &record{}) }

// replaceData is dropData for a version in whose place comes next. The row of a
// small object's bytes is used again, which is a row less to write and one less
// to bury; not for sealed bytes, which are bound to the id of theirs.
func (ch *change) replaceData(rec, next *record) error {
	if rec.info.Lock.Holds(ch.now, ch.bypass) {
		return ErrObjectLocked
	}
	if rec.hasInline && next.hasInline && next.info.Encryption == nil {
		next.inline = rec.inline
		return ch.dropExtents(rec.extents)
	}
	if rec.hasInline {
		if err := ch.txn.Delete(inlineRow(rec.inline)); err != nil {
			return err
		}
	}
	return ch.dropExtents(rec.extents)
}
