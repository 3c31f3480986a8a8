package rgwlog

import "fmt"

// Error is the meaning of an error of this package; compare with errors.Is.
type Error string

func (e Error) Error() string { return string(e) }

const (
	// ErrInvalidDate is a date in none of the forms of [ParseTime].
	ErrInvalidDate Error = "rgwlog: invalid date"

	// ErrNotAll is a Trim without a user that does not say that it means all.
	ErrNotAll Error = "rgwlog: trimming the usage of all users must be asked for"

	// ErrInvalidMarker is a marker that no page had.
	ErrInvalidMarker Error = "rgwlog: invalid marker"

	// ErrClosed is an operation after Close.
	ErrClosed Error = "rgwlog: closed"

	errDamaged Error = "rgwlog: a row cannot be read"
)

func wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("rgwlog: %s: %w", op, err)
}
