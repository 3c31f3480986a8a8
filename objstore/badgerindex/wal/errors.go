package wal

// Error is a constant error; compare with errors.Is.
type Error string

func (e Error) Error() string { return string(e) }

// Errors of a [Log].
const (
	// ErrDamaged: records that had been acknowledged are missing, or a value is
	// not what was written.
	ErrDamaged Error = "the log is damaged"

	// ErrFailed: an earlier sync has failed, so that nobody knows what is
	// stored; the log must be opened again.
	ErrFailed Error = "the log has failed"

	// ErrClosed: the log was closed.
	ErrClosed Error = "the log is closed"
)
