package objstore

import (
	"context"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Op is the kind of a [Mutation].
type Op string

// Kinds of mutation.
const (
	OpCreateBucket Op = "CreateBucket"
	OpDeleteBucket Op = "DeleteBucket"
	OpPut          Op = "Put"
	OpCopy         Op = "Copy"
	OpComplete     Op = "Complete" // a multipart upload becomes an object
	OpDelete       Op = "Delete"   // a version is removed
	OpMark         Op = "Mark"     // a delete marker is written
	OpUpdate       Op = "Update"   // tags, ACL, ... of a version change
	OpCreateUpload Op = "CreateUpload"
	OpAbortUpload  Op = "AbortUpload"
	OpPutPart      Op = "PutPart"
)

// Mutation is a change that is about to happen or is being committed. Hooks
// must not change it.
type Mutation struct {
	Op     Op
	Bucket BucketInfo
	Key    string

	// Size is the number of bytes that arrive; -1 while it is not known yet.
	Size int64

	// Before is the version that the change replaces or removes as current (or
	// the one that is deleted by id), After the one that it makes; nil where
	// there is none. Check may get a nil After.
	Before, After *ObjectInfo

	// Delta is what the commit adds to the totals of the bucket and its owner.
	// In Check it is an estimate.
	Delta Totals
}

// Hook takes part in every change. It is one of the two seams at which
// cross-cutting parts attach (the other is an http.Handler around a front end).
type Hook interface {
	// Check may refuse a change before its body is read, so that a client
	// learns early. It is advisory: Commit has the last word.
	Check(ctx context.Context, m *Mutation) error

	// Commit runs inside the transaction of the change, may read and write rows
	// of its own name space, and refuses the change by returning an error. It
	// may run more than once for one change.
	Commit(ctx context.Context, txn driver.Txn, m *Mutation) error
}

// checkHooks asks all hooks about a change that is about to happen.
func (s *Store) checkHooks(ctx context.Context, m *Mutation) error {
	for _, h := range s.opt.Hooks {
		if err := h.Check(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// commitHooks gives all hooks their part in the transaction of a change.
func (s *Store) commitHooks(ctx context.Context, txn driver.Txn, m *Mutation) error {
	for _, h := range s.opt.Hooks {
		if err := h.Commit(ctx, txn, m); err != nil {
			return err
		}
	}
	return nil
}
