package driver

import "context"

// Bounds that callers of an [Index] keep to.
const (
	MaxKeyLen   = 8 << 10   // bytes in a row key
	MaxValueLen = 768 << 10 // bytes in a row value
)

// Index is an ordered map from byte strings to byte strings with snapshot
// reads and serializable transactions. Methods are safe for concurrent use.
//
// The kit drivertest.TestIndex checks an implementation.
type Index interface {
	// View runs fn on a snapshot: fn sees all transactions that were
	// acknowledged before View was called, and none that commit while it runs.
	// An error from fn is returned unchanged. When ctx has ended, View returns
	// ctx's error and fn does not run.
	View(ctx context.Context, fn func(Reader) error) error

	// Update runs fn in a serializable transaction.
	//
	// A nil return means that the transaction is on stable storage and that
	// every later View sees it. An error means that nothing of it was applied,
	// with one exception: an error that wraps [ErrOutcomeUnknown] says that the
	// medium failed at a moment when either may be true. An error from fn is
	// returned unchanged and applies nothing.
	//
	// fn may run more than once and on another goroutine; it must have no
	// effect but through its Txn and variables that each run sets anew. It may
	// write 25 000 rows of 100 bytes or 2.5 MiB of values; more may be
	// [ErrTxnTooBig]. It must be short: it may hold up other transactions. fn must not call View
	// or Update. When ctx ends before fn starts, Update returns ctx's error.
	Update(ctx context.Context, fn func(Txn) error) error

	// Close releases the index. Calls in progress finish first; later calls,
	// Close among them, return [ErrClosed].
	Close() error
}

// Reader reads one consistent state of an [Index]. It is used by one goroutine
// and not after the function that it was given to has returned. Neither it nor a
// [Txn] keeps a key: the caller may use its memory anew when the method has returned.
type Reader interface {
	// Get returns the value of key, or [ErrNotFound]. The value stays valid, and
	// the caller must not change it: others may have it too.
	Get(key []byte) ([]byte, error)

	// Scan returns a cursor before the first row with start <= key < end.
	// An empty end means: to the last row.
	Scan(start, end []byte, o ScanOptions) Cursor

	// Counter returns the sum of all Adds to key; 0 when there was none.
	// Counters live in a key space of their own: Get and Scan do not see them.
	Counter(key []byte) (int64, error)
}

// Txn is a [Reader] that sees its own writes.
type Txn interface {
	Reader

	// Set stores a row. The value must not change until the transaction has
	// ended. Set returns [ErrTxnTooBig] when the transaction would
	// outgrow what the medium can commit at once; fn must then return an error.
	Set(key, value []byte) error

	// Delete removes a row; a missing row is no error.
	Delete(key []byte) error

	// Add changes a counter. Adds commute: concurrent transactions that only
	// Add to a counter do not conflict. A transaction that reads the counter
	// with Counter is serialized against those that Add to it.
	Add(key []byte, delta int64) error
}

// Inserter is an optional ability of a [Txn].
type Inserter interface {
	// Insert is Set for a key of which the caller knows that no row has it, for
	// example because it is random: the index need not look. Should there be a
	// row, it is replaced, but the space of its value may stay in use.
	Insert(key, value []byte) error
}

// Insert stores a row under a key that no row has; see [Inserter].
func Insert(txn Txn, key, value []byte) error {
	if t, ok := txn.(Inserter); ok {
		return t.Insert(key, value)
	}
	return txn.Set(key, value)
}

// ScanOptions tune a scan; the zero value is right for a short one.
type ScanOptions struct {
	// KeysOnly says that Value will not be called.
	KeysOnly bool

	// MaxSkip bounds how many dead rows (deleted, not yet compacted away) the
	// cursor may pass over in all before it gives up: Next then returns false
	// and Close returns a [*ScanLimitError]. 0 means no bound. A medium whose
	// scans do not slow down on deleted rows may ignore it.
	MaxSkip int
}

// Cursor walks rows in ascending order of key. A cursor is closed before its
// transaction ends, before another write in the same transaction, and more
// than once without harm.
type Cursor interface {
	// Next moves to the next row and tells whether there is one.
	Next() bool

	// Seek moves to the first row of the scan's range whose key is >= key and
	// tells whether there is one. It only moves forward: a key at or before the
	// current one leaves the cursor where it is.
	Seek(key []byte) bool

	// Key returns the current row's key, valid until the next move.
	Key() []byte

	// Value returns the current row's value, valid until the next move.
	Value() ([]byte, error)

	// Close ends the scan and returns the first error it met.
	Close() error
}

// ScanLimitError tells where a scan that met [ScanOptions.MaxSkip] stopped.
type ScanLimitError struct {
	// Resume is the last key that was passed over: a further scan starts after it.
	Resume []byte
}

func (e *ScanLimitError) Error() string { return "scan stopped: too many deleted rows in its way" }
