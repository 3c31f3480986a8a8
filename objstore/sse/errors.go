package sse

// Error is a constant error; compare with errors.Is.
type Error string

func (e Error) Error() string { return string(e) }

// Errors of key providers and of sealed bytes.
const (
	// ErrKeyNotFound: the provider has no master key of that id.
	ErrKeyNotFound Error = "sse: no such master key"

	// ErrKeyDisabled: the master key is there but must not be used.
	ErrKeyDisabled Error = "sse: the master key is disabled"

	// ErrKeyDenied: the provider does not let this server use the key.
	ErrKeyDenied Error = "sse: use of the master key is denied"

	// ErrUnavailable: the provider could not be asked.
	ErrUnavailable Error = "sse: the key provider is not available"

	// ErrWrongKey: a wrapped key does not open with this key and context.
	ErrWrongKey Error = "sse: wrong key"

	// ErrDamaged: sealed bytes are not those that were written.
	ErrDamaged Error = "sse: sealed bytes are damaged"
)
