package objstore

import (
	"context"
	"errors"

	"github.com/cofferstore/coffer/objstore/driver"
)

// DeleteRequest names one version to delete.
type DeleteRequest struct {
	Key string

	// Version is a version id, or "": then the object is removed, or hidden by
	// a delete marker where the bucket has versions.
	Version string

	// BypassGovernance deletes a version that is retained in governance mode.
	// Without it such a version is [ErrObjectLocked], as one in compliance mode
	// or under a legal hold always is.
	BypassGovernance bool

	// MFA tells that the caller has proved a second factor. Without it no
	// version can be deleted by its id in a bucket with MFA Delete
	// ([ErrMFARequired]).
	MFA bool

	// If is judged against the version to be deleted. With If-Match a missing
	// object is [ErrNoSuchKey].
	If Conditions

	// Judged, when not nil, is what the caller decided upon: when it is no
	// longer so, the delete is [ErrPreconditionFailed].
	Judged *Judged

	// Owner is the full name of the user who owns a delete marker made by this.
	Owner string
}

// DeleteResult tells what a delete did.
type DeleteResult struct {
	// Version is the id of the delete marker that was made, or of the version
	// that was removed by id; "" else.
	Version string

	// DeleteMarker is set when Version is a delete marker, made or removed.
	DeleteMarker bool

	// Err is why this one failed; nil where there was nothing to delete.
	Err error
}

// Delete deletes one object or version (S3: DeleteObject). A missing one is no
// error. DeleteResult.Err is not used.
func (b *Bucket) Delete(ctx context.Context, r DeleteRequest) (DeleteResult, error) {
	if err := b.s.gate.enter(); err != nil {
		return DeleteResult{}, b.wrap("Delete", r.Key, err)
	}
	defer b.s.gate.leave()
	res, err := b.deleteAlone(ctx, &r)
	return res, b.wrap("Delete", r.Key, err)
}

// deleteAlone deletes in a transaction of its own.
func (b *Bucket) deleteAlone(ctx context.Context, r *DeleteRequest) (res DeleteResult, err error) {
	if err := r.check(); err != nil {
		return DeleteResult{}, err
	}
	err = b.s.mutate(ctx, func(txn driver.Txn) error {
		ch, target, err := b.planDelete(txn, r)
		if err != nil {
			return err
		}
		res, err = ch.delete(ctx, r, target)
		return err
	})
	if err != nil {
		return DeleteResult{}, err
	}
	return res, nil
}

// check judges the form of a request.
func (r *DeleteRequest) check() error {
	if err := checkKey(r.Key); err != nil {
		return err
	}
	if r.Version == "" || r.Version == NullVersion {
		return nil
	}
	_, err := parseVersionID(r.Version)
	return err
}

// deleteTarget is what a delete by version id has found.
type deleteTarget struct {
	rec     *record // nil: no such version
	current bool
}

// planDelete reads what a delete starts from and judges its conditions; it
// writes nothing.
func (b *Bucket) planDelete(txn driver.Txn, r *DeleteRequest) (*change, deleteTarget, error) {
	p, err := b.state(txn, r.Key)
	if err != nil {
		return nil, deleteTarget{}, err
	}
	var t deleteTarget
	info := p.currentInfo()
	if r.Version != "" {
		if t.rec, t.current, err = p.findVersion(txn, r.Version); err != nil {
			return nil, deleteTarget{}, err
		}
		info = nil
		if t.rec != nil && !t.rec.info.DeleteMarker {
			info = &t.rec.info
		}
	}
	if err := r.If.checkWrite(info); err != nil {
		return nil, deleteTarget{}, err
	}
	if p.bucket.MFADelete && r.Version != "" && !r.MFA {
		return nil, deleteTarget{}, ErrMFARequired
	}
	if err := p.unchanged(txn, r, t); err != nil {
		return nil, deleteTarget{}, err
	}
	if t.rec != nil && t.rec.info.Lock.Holds(p.now, r.BypassGovernance) {
		return nil, deleteTarget{}, ErrObjectLocked
	}
	return &change{plan: p, s: b.s, txn: txn, bypass: r.BypassGovernance}, t, nil
}

// delete does what was planned.
func (ch *change) delete(ctx context.Context, r *DeleteRequest, t deleteTarget) (DeleteResult, error) {
	switch {
	case r.Version != "":
		return ch.deleteVersion(ctx, t)
	case ch.bucket.Versioning != VersioningOff:
		marker := record{info: ObjectInfo{DeleteMarker: true, Owner: r.Owner}}
		if err := ch.placeMarker(ctx, &marker); err != nil {
			return DeleteResult{}, err
		}
		return DeleteResult{Version: marker.info.VersionID, DeleteMarker: true}, nil
	case ch.current == nil:
		return DeleteResult{}, nil
	}
	if err := ch.removeCurrent(); err != nil {
		return DeleteResult{}, err
	}
	return DeleteResult{}, ch.finish(ctx, &Mutation{Op: OpDelete, Key: ch.key, Before: ch.currentInfo()})
}

// deleteVersion removes one version for good. The newest one that is left is
// then the latest.
func (ch *change) deleteVersion(ctx context.Context, t deleteTarget) (DeleteResult, error) {
	if t.rec == nil {
		return DeleteResult{}, nil
	}
	res := DeleteResult{Version: t.rec.info.VersionID, DeleteMarker: t.rec.info.DeleteMarker}
	if t.current {
		if err := ch.removeCurrent(); err != nil {
			return DeleteResult{}, err
		}
		if ch.bucket.Versioning != VersioningOff {
			if err := ch.promote(); err != nil {
				return DeleteResult{}, err
			}
		}
	} else {
		if err := ch.deleteOther(t.rec); err != nil {
			return DeleteResult{}, err
		}
	}
	return res, ch.finish(ctx, &Mutation{Op: OpDelete, Key: ch.key, Before: &t.rec.info})
}

// deleteOther removes a version that is not in the current row; it may be the
// latest nevertheless, as a delete marker.
func (ch *change) deleteOther(rec *record) error {
	if ch.current != nil {
		return ch.removeOther(rec)
	}
	newest, err := newestOrder(ch.txn, ch.bucket.Ref, ch.key)
	if err != nil {
		return err
	}
	rec.info.IsLatest = rec.order == newest
	if err := ch.removeOther(rec); err != nil || !rec.info.IsLatest {
		return err
	}
	return ch.promote()
}

// deleteChunk is how many requests of a DeleteMany share a transaction, so that
// none holds up others for long.
const deleteChunk = 100

// DeleteMany deletes in order, in few transactions (S3: DeleteObjects); each
// result is that of the request of the same index. The error is one that
// concerns all of them; nothing was deleted then, unless it is
// [driver.ErrOutcomeUnknown].
func (b *Bucket) DeleteMany(ctx context.Context, rs []DeleteRequest) ([]DeleteResult, error) {
	if err := b.s.gate.enter(); err != nil {
		return nil, b.wrap("DeleteMany", "", err)
	}
	defer b.s.gate.leave()
	results := make([]DeleteResult, len(rs))
	for start := 0; start < len(rs); start += deleteChunk {
		end := min(start+deleteChunk, len(rs))
		err := b.deleteSome(ctx, rs[start:end], results[start:end])
		if err == nil {
			continue
		}
		if start == 0 {
			return nil, b.wrap("DeleteMany", "", err)
		}
		for i := start; i < len(rs); i++ {
			results[i] = DeleteResult{Err: b.wrap("DeleteMany", rs[i].Key, err)}
		}
		break
	}
	return results, nil
}

// errDeleteAlone says that requests cannot share a transaction: one failed
// after it had begun to write.
const errDeleteAlone driver.Error = "delete each alone"

// deleteSome deletes in one transaction, or in one each where a hook refuses
// one or together they are too big.
func (b *Bucket) deleteSome(ctx context.Context, rs []DeleteRequest, results []DeleteResult) error {
	err := b.s.mutate(ctx, func(txn driver.Txn) error {
		for i := range rs {
			var err error
			if results[i], err = b.deleteShared(ctx, txn, &rs[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if !errors.Is(err, errDeleteAlone) && !errors.Is(err, driver.ErrTxnTooBig) {
		return err
	}
	for i := range rs {
		if err := ctx.Err(); err != nil && i == 0 {
			return err
		}
		results[i], err = b.deleteAlone(ctx, &rs[i])
		if err != nil {
			results[i].Err = b.wrap("DeleteMany", rs[i].Key, err)
		}
	}
	return nil
}

// deleteShared deletes in a transaction with others. What is wrong with the
// request alone is in the result; an error ends the transaction.
func (b *Bucket) deleteShared(ctx context.Context, txn driver.Txn, r *DeleteRequest) (DeleteResult, error) {
	refused := func(err error) (DeleteResult, error) {
		return DeleteResult{Err: b.wrap("DeleteMany", r.Key, err)}, nil
	}
	if err := r.check(); err != nil {
		return refused(err)
	}
	ch, target, err := b.planDelete(txn, r)
	switch CodeOf(err) {
	case ErrPreconditionFailed, ErrNoSuchKey, ErrObjectLocked, ErrMFARequired:
		return refused(err)
	}
	if err != nil {
		return DeleteResult{}, err
	}
	res, err := ch.delete(ctx, r, target)
	if err != nil {
		return DeleteResult{}, errors.Join(errDeleteAlone, err)
	}
	return res, nil
}
