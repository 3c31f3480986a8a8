package badgerindex

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/dgraph-io/badger/v4"

	"github.com/cofferstore/coffer/objstore/driver"
)

// ErrFailed says that an earlier commit went wrong and that the index takes
// no further Update until it is closed and opened again. Nothing of the
// Update that gets it was applied.
const ErrFailed driver.Error = "the index has failed and must be reopened"

// commit writes a batch as one Badger transaction. It is durable if Badger
// syncs.
func commit(db *badger.DB, b *batch) error {
	txn := db.NewTransactionAt(b.version, true)
	defer txn.Discard()
	for i := range b.rows {
		var err error
		switch r := &b.rows[i]; r.state {
		case written:
			err = txn.Set(r.key, r.value)
		case deleted:
			err = txn.Delete(r.key)
		}
		if err != nil {
			return err
		}
	}
	for i := range b.counters {
		c := &b.counters[i]
		if !c.written {
			continue
		}
		if err := txn.Set(c.key, binary.BigEndian.AppendUint64(nil, uint64(c.sum))); err != nil {
			return err
		}
	}
	return txn.CommitAt(b.version, nil)
}

// commitError gives an error of commit the meaning that the contract has for it.
func commitError(err error) error {
	kinds := []error{driver.ErrOutcomeUnknown}
	if errors.Is(err, badger.ErrTxnTooBig) || errors.Is(err, badger.ErrBlockedWrites) || errors.Is(err, badger.ErrDBClosed) {
		kinds = nil // refused before the first byte
	}
	// Badger flattens causes into text.
	if errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), syscall.ENOSPC.Error()) {
		kinds = append(kinds, driver.ErrNoSpace)
	}
	return fmt.Errorf("badgerindex: commit: %w", errors.Join(append(kinds, err)...))
}

// failedBy returns the error of all Updates after the one that failed with
// cause. It must not wrap cause: their outcome is known.
func failedBy(cause error) error {
	if errors.Is(cause, driver.ErrNoSpace) {
		return fmt.Errorf("badgerindex: %w: %w", ErrFailed, driver.ErrNoSpace)
	}
	return fmt.Errorf("badgerindex: %w: %v", ErrFailed, cause)
}
