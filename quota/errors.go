package quota

import (
	"errors"
	"fmt"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
)

// ErrExceeded refuses a change that would exceed a quota (Ceph: 403
// QuotaExceeded). The text of the error that wraps it names the quota.
const ErrExceeded = objstore.ErrQuotaExceeded

// Error is the meaning of an error of this package; compare with errors.Is.
type Error string

func (e Error) Error() string { return string(e) }

const (
	// ErrInvalid is a value that no quota or limit can have.
	ErrInvalid Error = "quota: invalid value"

	// ErrSlowDown refuses a request for which there is no token; see [SlowDown].
	ErrSlowDown Error = "SlowDown"

	errDamaged Error = "quota: a row cannot be read"
)

// wrap adds what failed at a public method. nil stays nil.
func wrap(op, subject string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("quota: %s %q: %w", op, subject, err)
}

// found turns the absence of a row into nil data.
func found(data []byte, err error) ([]byte, error) {
	if errors.Is(err, driver.ErrNotFound) {
		return nil, nil
	}
	return data, err
}
