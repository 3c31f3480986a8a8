package driver

// Error is a constant error of a driver. Compare with errors.Is.
type Error string

func (e Error) Error() string { return string(e) }

// Errors that drivers return, wrapped or not.
const (
	ErrNotFound Error = "not found"
	ErrClosed   Error = "closed"

	// ErrTxnTooBig: one transaction holds more than the medium commits at once.
	ErrTxnTooBig Error = "transaction too big"

	// ErrOutcomeUnknown: the medium failed during a commit; it may have
	// happened or not. Blobs that the transaction refers to must be kept.
	ErrOutcomeUnknown Error = "outcome of the commit is unknown"

	// ErrNoSpace: the medium is full.
	ErrNoSpace Error = "no space left"
)
