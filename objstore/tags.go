package objstore

import (
	"context"
	"fmt"

	"github.com/cofferstore/coffer/objstore/driver"
)

// SetTags replaces the tags of a version ("" = current); nil removes them.
// It returns the version that was changed. Errors are those of [Bucket.Object].
func (b *Bucket) SetTags(ctx context.Context, key, version string, tags []Tag) (ObjectInfo, error) {
	info, err := b.update(ctx, key, version, func(info *ObjectInfo) { info.Tags = tags })
	return info, b.wrap("SetTags", key, err)
}

// SetACL replaces the access control list of a version ("" = current); nil
// removes it. The bytes are the caller's (package auth/acl). Errors are those
// of [Bucket.Object]; a list that does not fit is [ErrInvalidRequest].
func (b *Bucket) SetACL(ctx context.Context, key, version string, acl []byte) (ObjectInfo, error) {
	info, err := b.update(ctx, key, version, func(info *ObjectInfo) { info.ACL = acl })
	return info, b.wrap("SetACL", key, err)
}

// SetOwner gives a version ("" = current) to another owner, together with the
// access control list that it has from then on. Errors are those of
// [Bucket.SetACL].
func (b *Bucket) SetOwner(ctx context.Context, key, version, owner string, acl []byte) (ObjectInfo, error) {
	if owner == "" || len(owner) > maxOwner {
		return ObjectInfo{}, b.wrap("SetOwner", key, fmt.Errorf("%w: an owner has 1 to %d bytes", ErrInvalidArgument, maxOwner))
	}
	info, err := b.update(ctx, key, version, func(info *ObjectInfo) { info.Owner, info.ACL = owner, acl })
	return info, b.wrap("SetOwner", key, err)
}

// update changes members of a version that are not about its bytes.
func (b *Bucket) update(ctx context.Context, key, version string, change func(*ObjectInfo)) (ObjectInfo, error) {
	return b.updateJudged(ctx, key, version, func(_ *plan, info *ObjectInfo) error {
		change(info)
		return nil
	})
}

// updateJudged is update with a change that may be refused by what there is.
func (b *Bucket) updateJudged(ctx context.Context, key, version string, change judgedUpdate) (ObjectInfo, error) {
	if err := checkKey(key); err != nil {
		return ObjectInfo{}, err
	}
	if err := b.s.gate.enter(); err != nil {
		return ObjectInfo{}, err
	}
	defer b.s.gate.leave()
	var info ObjectInfo
	err := b.s.mutate(ctx, func(txn driver.Txn) (err error) {
		info, err = b.updateIn(ctx, txn, key, version, change)
		return err
	})
	if err != nil {
		return ObjectInfo{}, err
	}
	return info, nil
}

// judgedUpdate changes info, or refuses to by the state of its key.
type judgedUpdate func(p *plan, info *ObjectInfo) error

func (b *Bucket) updateIn(ctx context.Context, txn driver.Txn, key, version string, update judgedUpdate) (ObjectInfo, error) {
	rec, err := b.lookup(txn, key, version)
	if err != nil {
		return ObjectInfo{}, err
	}
	p, err := b.state(txn, key)
	if err != nil {
		return ObjectInfo{}, err
	}
	before := rec.info
	if err := update(p, &rec.info); err != nil {
		return ObjectInfo{}, err
	}
	ch := change{plan: p, s: b.s, txn: txn}
	at := versionRow(p.bucket.Ref, key, rec.order)
	if rec.info.IsLatest { // of objects, only the one in the current row is
		at = currentRow(p.bucket.Ref, key)
	}
	if err := ch.set(at, rec); err != nil {
		return ObjectInfo{}, err
	}
	m := Mutation{Op: OpUpdate, Key: key, Before: &before, After: &rec.info}
	return rec.info, ch.finish(ctx, &m)
}
