package badgerindex

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

var _ driver.Space = (*Index)(nil)

// Space implements [driver.Space] with the figures of the file system that
// holds the index. Free is what a user without privileges can have of it.
func (ix *Index) Space(ctx context.Context) (free, total int64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, 0, err
	}
	free, total, err = diskSpace(ix.dir)
	if err != nil {
		return 0, 0, fmt.Errorf("badgerindex: space: %w", err)
	}
	return free, total, nil
}

// openFree is how many bytes must be free for Open, which makes a log of Badger
// and tables of what is replayed. Badger writes them by way of mappings: where
// the file system is full, a process that does gets no error but a signal.
const openFree = 32 << 20

// spaceWatch tells before each batch whether there is room for it. A look at the
// file system costs as much as a row of the batch, so that one holds for some
// time, in which nobody can fill what is kept free.
type spaceWatch struct {
	look func() error
	now  func() time.Time
	last time.Time // of the look that found room; zero: there was none
	left int64     // bytes that may be written before the next one
}

const (
	lookTime  = 10 * time.Millisecond
	lookBytes = 1 << 20
)

// free returns nil, or why there is no room for a batch of n bytes.
func (w *spaceWatch) free(n int64) error {
	now := w.now()
	age := now.Sub(w.last)
	if w.left -= n; w.left >= 0 && age >= 0 && age < lookTime {
		return nil
	}
	w.last, w.left = now, lookBytes
	if err := w.look(); err != nil {
		w.left = 0
		return err
	}
	return nil
}

// room returns nil if the file system of dir has minFree bytes free, or does
// not tell.
func room(dir string, minFree int64) error {
	if minFree < 0 {
		return nil
	}
	free, _, err := diskSpace(dir)
	for errors.Is(err, fs.ErrNotExist) && dir != filepath.Dir(dir) {
		dir = filepath.Dir(dir) // where it will be made
		free, _, err = diskSpace(dir)
	}
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return nil
	case err != nil:
		return fmt.Errorf("badgerindex: space: %w", err)
	case free < minFree:
		return fmt.Errorf("badgerindex: %w: %d bytes free, %d are kept", driver.ErrNoSpace, free, minFree)
	}
	return nil
}
