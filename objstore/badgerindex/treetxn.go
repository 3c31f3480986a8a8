package badgerindex

import (
	"errors"

	"github.com/dgraph-io/badger/v4"

	"github.com/cofferstore/coffer/objstore/badgerindex/wal"
)

// treeTxn puts what a record of the log has into the tree, in as many of
// Badger's transactions as it takes. They need not be atomic together: nobody
// reads at their version before all are there, and after a crash the record is
// replayed. After an error only discard and commit, which returns it, are of use.
type treeTxn struct {
	store   *store
	version uint64
	txn     *badger.Txn
	err     error
}

func (s *store) newTreeTxn(version uint64) *treeTxn {
	return &treeTxn{store: s, version: version, txn: s.db.NewTransactionAt(version, true)}
}

// newEntry makes what the tree has of a row: its value, or if that is large a
// pointer to it in the log.
func newEntry(key, value []byte, p func() wal.Pointer) *badger.Entry {
	if len(value) < separated {
		return badger.NewEntry(key, value)
	}
	return badger.NewEntry(key, p().Append(make([]byte, 0, wal.PointerLen))).WithMeta(pointerMeta)
}

// put stores a row. The tree takes its key and value over.
func (t *treeTxn) put(e *badger.Entry) {
	t.do(func(txn *badger.Txn) error { return txn.SetEntry(e) })
}

func (t *treeTxn) delete(key []byte) {
	t.do(func(txn *badger.Txn) error { return txn.Delete(key) })
}

// do adds one entry. When Badger has no room for it, what came before is
// committed.
func (t *treeTxn) do(add func(*badger.Txn) error) {
	if t.err != nil {
		return
	}
	t.err = add(t.txn)
	if !errors.Is(t.err, badger.ErrTxnTooBig) {
		return
	}
	if t.err = t.txn.CommitAt(t.version, nil); t.err != nil {
		return
	}
	t.txn = t.store.db.NewTransactionAt(t.version, true)
	t.err = add(t.txn)
}

func (t *treeTxn) commit() error {
	if t.err != nil {
		return t.err
	}
	return t.txn.CommitAt(t.version, nil)
}

// discard drops what was not committed.
func (t *treeTxn) discard() { t.txn.Discard() }
