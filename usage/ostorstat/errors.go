package ostorstat

import "fmt"

// Error is the meaning of an error of this package; compare with errors.Is.
type Error string

func (e Error) Error() string { return string(e) }

const (
	// ErrInvalid is an option or a setting that cannot be.
	ErrInvalid Error = "ostorstat: invalid option"

	// ErrNoSuchObject is a name that no statistics object has.
	ErrNoSuchObject Error = "ostorstat: no such statistics object"

	// ErrClosed is an operation after Close.
	ErrClosed Error = "ostorstat: closed"

	errDamaged Error = "ostorstat: a row cannot be read"
)

func wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("ostorstat: %s: %w", op, err)
}
