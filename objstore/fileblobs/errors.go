package fileblobs

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Error is a constant error of this package. Compare with errors.Is.
type Error string

func (e Error) Error() string { return string(e) }

// Errors of this package, beside those of driver.
const (
	// ErrForeign: the directory holds something that is not a heap of blobs.
	ErrForeign Error = "not a directory of blobs"

	// ErrNewer: the directory was written by a later release.
	ErrNewer Error = "directory of blobs has a newer layout"

	// ErrSyncLost: a sync of the blob's directory failed while the blob was
	// written, so that a later one cannot vouch for it.
	ErrSyncLost Error = "an earlier sync of the directory failed"
)

// wrap gives an error of the medium its context and, where there is one, its
// meaning in the driver's terms.
func wrap(op string, id driver.BlobID, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("fileblobs: %s %s: %w: %w", op, id, driver.ErrNoSpace, err)
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("fileblobs: %s %s: %w", op, id, driver.ErrNotFound)
	}
	return fmt.Errorf("fileblobs: %s %s: %w", op, id, err)
}
