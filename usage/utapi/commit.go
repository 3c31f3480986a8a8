package utapi

import (
	"context"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/usage"
)

// keyMemory is room for most keys, in bytes.
const keyMemory = 96

// Check implements [objstore.Hook]; it refuses nothing.
func (m *Metrics) Check(context.Context, *objstore.Mutation) error { return nil }

// Commit implements [objstore.Hook]: it counts a change in its transaction. What
// the client asked for is counted as an operation where ctx has the entry of a
// request; else (lifecycle rules, administration) only storage changes.
func (m *Metrics) Commit(ctx context.Context, txn driver.Txn, mu *objstore.Mutation) error {
	if mu.Op == objstore.OpUpdate {
		return nil
	}
	b := &book{txn: txn, at: intervalOf(m.opt.Now()), keys: scratch{make([]byte, 0, keyMemory)}}
	if mu.Op == objstore.OpMoveBucket {
		return wrap("Commit", b.move(mu))
	}
	e := eventOf(usage.FromContext(ctx), mu)
	if err := b.event(&e, mu); err != nil {
		return wrap("Commit", err)
	}
	if mu.Op == objstore.OpDeleteBucket && m.opt.ExpireAfter > 0 {
		due := m.opt.Now().Add(m.opt.ExpireAfter).Unix()
		return wrap("Commit", txn.Set(expiryRow(due, mu.Bucket.String()), nil))
	}
	return nil
}

// event is what one change counts.
type event struct {
	operation        field // noField = none
	in               int64
	storage, objects int64
	account, user    string // whom it is booked on; "" = nobody
}

// eventOf translates a change. Changes of storage are the bucket owner's,
// whoever asks; other operations are the caller's. A user of an account is not
// charged for what is stored in other accounts' buckets.
func eventOf(e *usage.Entry, mu *objstore.Mutation) event {
	ev := event{operation: noField, storage: storage(&mu.Delta), objects: objects(&mu.Delta)}
	owner := mu.Bucket.Owner
	ev.account = owner
	if e == nil || e.Counter == "" {
		return ev
	}
	name, stores := operationOf(e.Counter, mu.Op)
	if name != "" {
		ev.operation = fieldsByName[name]
	}
	switch name {
	case "PutObject", "UploadPart", "UploadPartCopy":
		ev.in = mu.Size
	}
	if !stores {
		ev.account = e.User
	}
	if e.Subuser != "" && (!stores || owner == e.User) {
		ev.user = UserName(e.User, e.Subuser)
	}
	return ev
}

// operationOf returns which operation of a client a change is, and whether it
// is of the kind that changes storage. counter is that of the request: a copied
// part is a part, and deletes of one request are one operation, which is not
// counted here. Uploads that go with their bucket are aborted.
func operationOf(counter string, op objstore.Op) (name string, stores bool) {
	switch op {
	case objstore.OpCreateBucket:
		return "CreateBucket", false
	case objstore.OpDeleteBucket:
		return "DeleteBucket", false
	case objstore.OpCreateUpload:
		return "InitiateMultipartUpload", false
	case objstore.OpPut:
		return "PutObject", true
	case objstore.OpCopy:
		return "CopyObject", true
	case objstore.OpComplete:
		return "CompleteMultipartUpload", true
	case objstore.OpAbortUpload:
		return "AbortMultipartUpload", true
	case objstore.OpPutPart:
		if counter == "UploadPartCopy" {
			return counter, true
		}
		return "UploadPart", true
	case objstore.OpDelete, objstore.OpMark:
		if counter == multiDelete {
			return "", true
		}
		return "DeleteObject", true
	}
	return "", true
}

// event counts a change on all levels. For buckets and accounts, storage is
// what the store has.
func (b *book) event(e *event, mu *objstore.Mutation) error {
	var list [4]amount
	own := list[:0]
	if e.operation != noField {
		own = append(own, amount{e.operation, 1})
	}
	if e.in != 0 {
		own = append(own, amount{fieldIn, e.in})
	}
	all := own
	if e.storage != 0 {
		all = append(all, amount{fieldStorage, e.storage})
	}
	if e.objects != 0 {
		all = append(all, amount{fieldObjects, e.objects})
	}
	if len(all) == 0 {
		return nil
	}
	if err := b.add(subject{ofBucket, mu.Bucket.String()}, own...); err != nil {
		return err
	}
	if e.account != "" {
		if err := b.add(subject{ofAccount, e.account}, own...); err != nil {
			return err
		}
	}
	if e.user != "" {
		if err := b.add(subject{ofUser, e.user}, all...); err != nil {
			return err
		}
	}
	return b.add(theService(), all...)
}

// move notes that storage goes from one name or account to another.
func (b *book) move(mu *objstore.Mutation) error {
	subjects := []subject{{ofBucket, mu.Bucket.String()}, {ofAccount, mu.Bucket.Owner}}
	if mu.To.BucketID != mu.Bucket.BucketID {
		subjects = append(subjects, subject{ofBucket, mu.To.String()})
	}
	if mu.To.Owner != mu.Bucket.Owner {
		subjects = append(subjects, subject{ofAccount, mu.To.Owner})
	}
	for _, s := range subjects {
		if err := b.add(s); err != nil {
			return err
		}
	}
	return nil
}
