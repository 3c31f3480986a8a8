package utapi

import "fmt"

// Error is the meaning of an error of this package; compare with errors.Is.
type Error string

func (e Error) Error() string { return string(e) }

const (
	// ErrInvalidLevel is a level that there is not.
	ErrInvalidLevel Error = "utapi: invalid level"

	// ErrRunning is a Reindex while another one runs.
	ErrRunning Error = "utapi: a reindex is running"

	// ErrClosed is an operation after Close.
	ErrClosed Error = "utapi: closed"

	errDamaged Error = "utapi: a row cannot be read"
)

func wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("utapi: %s: %w", op, err)
}
