package objstore

import (
	"context"
	"io"
	"sync"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Op is the kind of a [Mutation].
type Op string

// Kinds of mutation.
const (
	OpCreateBucket Op = "CreateBucket"
	OpDeleteBucket Op = "DeleteBucket"
	OpMoveBucket   Op = "MoveBucket" // another owner or name; Check is not asked
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
// must not change its members, nor use it after they have returned.
type Mutation struct {
	Op     Op
	Bucket BucketInfo
	Key    string

	// To is what a bucket that is moved becomes; else nil.
	To *BucketInfo

	// Size is the number of bytes that arrive; -1 while it is not known yet.
	Size int64

	// Before is the version that the change replaces or removes as current (or
	// the one that is deleted by id), After the one that it makes; nil where
	// there is none. Check may get a nil After.
	Before, After *ObjectInfo

	// Delta is what the commit adds to the totals of the bucket and its owner.
	// In Check it is an estimate; where Size is -1, of an empty body.
	Delta Totals

	totals func(scope []byte) (Totals, error)
	bound  *bodyBound
}

// BucketTotals returns the totals of the bucket before the change. In Commit
// they are those of the transaction, so that what a hook decides by them holds;
// in Check they may be out of date when it returns.
func (m *Mutation) BucketTotals() (Totals, error) { return m.totals(bucketScope(m.Bucket.Ref)) }

// OwnerTotals returns the sums over all buckets of the bucket's owner; see
// BucketTotals.
func (m *Mutation) OwnerTotals() (Totals, error) { return m.totals(ownerScope(m.Bucket.Owner)) }

// LimitBody makes a body of more than n bytes fail with err while it is read.
// It is for Check of a change whose Size is not known yet, and of no effect
// elsewhere; the smallest limit of all hooks holds.
func (m *Mutation) LimitBody(n int64, err error) {
	if m.bound != nil && m.Size < 0 && (m.bound.err == nil || n < m.bound.n) {
		m.bound.n, m.bound.err = n, err
	}
}

// AfterBody has fn called once, from any goroutine, when the body has been read
// to its end or is not read any further: what a hook has set aside for it is
// free from then on, for Commit has the last word. It is for Check of a change
// whose body is yet to be read, and of no effect elsewhere.
func (m *Mutation) AfterBody(fn func()) {
	if m.bound == nil {
		return
	}
	earlier, once := m.bound.ended, sync.OnceFunc(fn)
	m.bound.ended = func() {
		if earlier != nil {
			earlier()
		}
		once()
	}
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

// checkHooks asks all hooks about a change that is about to happen. Where the
// size of its body is not known, the bound is what they put up with.
func (s *Store) checkHooks(ctx context.Context, m *Mutation) (bodyBound, error) {
	var bound bodyBound
	if len(s.opt.Hooks) == 0 {
		return bound, nil
	}
	if m.Op == OpPut || m.Op == OpPutPart {
		m.bound = &bound
	}
	m.totals = func(scope []byte) (t Totals, err error) {
		err = s.view(ctx, func(r driver.Reader) error {
			t, err = readTotals(r, scope)
			return err
		})
		return t, err
	}
	for _, h := range s.opt.Hooks {
		if err := h.Check(ctx, m); err != nil {
			bound.end()
			return bodyBound{}, err
		}
	}
	return bound, nil
}

// commitHooks gives all hooks their part in the transaction of a change.
func (s *Store) commitHooks(ctx context.Context, txn driver.Txn, m *Mutation) error {
	if len(s.opt.Hooks) == 0 {
		return nil
	}
	m.totals = func(scope []byte) (Totals, error) { return readTotals(txn, scope) }
	for _, h := range s.opt.Hooks {
		if err := h.Commit(ctx, txn, m); err != nil {
			return err
		}
	}
	return nil
}

// bodyBound is how long a body of unknown size may be; without err there is no
// bound.
type bodyBound struct {
	n     int64
	err   error
	ended func() // tells hooks that the body has ended; may be nil
}

// end tells hooks that nothing more of the body is read.
func (b *bodyBound) end() {
	if b.ended != nil {
		b.ended()
	}
}

// limit returns a reader of body that fails when the bound is passed, and tells
// hooks when the body ends.
func (b bodyBound) limit(body io.Reader) io.Reader {
	if b.err == nil && b.ended == nil {
		return body
	}
	return &boundedBody{body: body, bound: b}
}

type boundedBody struct {
	body  io.Reader
	bound bodyBound
}

func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.body.Read(p)
	if b.bound.err != nil {
		if b.bound.n -= int64(n); b.bound.n < 0 {
			n, err = 0, b.bound.err
		}
	}
	if err != nil {
		b.bound.end()
	}
	return n, err
}
