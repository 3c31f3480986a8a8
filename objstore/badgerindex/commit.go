package badgerindex

import (
	"errors"
	"fmt"
	"strings"
	"syscall"

	"github.com/dgraph-io/badger/v4"

	"github.com/cofferstore/coffer/objstore/badgerindex/wal"
	"github.com/cofferstore/coffer/objstore/driver"
)

// ErrFailed says that an earlier commit went wrong and that the index takes
// no further Update until it is closed and opened again. Nothing of the
// Update that gets it was applied.
const ErrFailed driver.Error = "the index has failed and must be reopened"

// committer writes batches: first to the log, which makes them durable, then to
// the tree, which makes them readable.
type committer struct {
	*store
	live    liveness
	sums    families
	record  wal.Record
	handles []int           // of the values in the record, in its order
	entries []*badger.Entry // of them, in the tree
}

// commit writes a batch. Of the values that it replaces and makes, it notes how
// many bytes the segments of the log lose and gain.
func (c *committer) commit(b *batch) error {
	before := &snapshot{store: c.store, version: b.version - 1}
	defer before.discard()
	c.live.begin()
	figures, base, err := c.append(before, b)
	switch {
	case errors.Is(err, wal.ErrFailed):
		return err
	case err != nil:
		c.live.revert()
		return refused{err}
	}
	if err := c.apply(b, figures, base); err != nil {
		return err
	}
	c.sums.landed()
	return nil
}

// append puts a batch in the log, with the figures of segments and the rows of
// counters that it changes, which it returns. Nothing is there after an error, unless it
// wraps [wal.ErrFailed].
func (c *committer) append(before *snapshot, b *batch) (figures []row, base wal.Base, err error) {
	segment, err := c.log.Prepare(int(b.size.bytes))
	if err != nil {
		return nil, base, err
	}
	if err := errors.Join(c.account(before, b, segment), c.sums.begin(before, b)); err != nil {
		return nil, base, err
	}
	figures = append(c.live.rows(), c.sums.rows...)
	c.fill(b, figures)
	base, err = c.log.Append(b.version, &c.record)
	return figures, base, err
}

// account notes what a batch does to the segments.
func (c *committer) account(before *snapshot, b *batch, segment uint32) error {
	for i := range b.rows {
		r := &b.rows[i]
		if r.state == undone {
			continue
		}
		if !r.fresh {
			look := before.remembered
			if r.state == deleted {
				look = before.row // nobody comes back for it
			}
			was, err := look(r.key)
			if err != nil {
				return err
			}
			if p, ok := pointerIn(was); ok {
				c.live.add(p.Segment, -int64(p.Length))
			}
		}
		if r.state == written && len(r.value) >= separated {
			c.live.add(segment, int64(len(r.value)))
		}
	}
	return nil
}

// fill makes the record of a batch.
func (c *committer) fill(b *batch, figures []row) {
	c.record.Reset()
	c.handles = c.handles[:0]
	for _, rows := range [][]row{b.rows, figures} {
		for i := range rows {
			switch r := &rows[i]; r.state {
			case written:
				c.handles = append(c.handles, c.record.Set(r.key, r.value))
			case deleted:
				c.record.Delete(r.key)
			}
		}
	}
}

// apply puts a batch that is in the log at base into the tree.
func (c *committer) apply(b *batch, figures []row, base wal.Base) error {
	t := c.newTreeTxn(b.version)
	defer t.discard()
	c.entries = c.entries[:0]
	set := 0
	for _, rows := range [][]row{b.rows, figures} {
		for i := range rows {
			switch r := &rows[i]; r.state {
			case written:
				handle := c.handles[set]
				set++
				e := newEntry(r.key, r.value, func() wal.Pointer { return base.Pointer(handle, r.value) })
				c.entries = append(c.entries, e)
				t.put(e)
			case deleted:
				t.delete(r.key)
			}
		}
	}
	if err := t.commit(); err != nil {
		return err
	}
	c.remember(b)
	return nil
}

// remember brings the rows that are kept in memory up to a batch.
func (c *committer) remember(b *batch) {
	set := 0
	for i := range b.rows {
		switch r := &b.rows[i]; r.state {
		case written:
			e := c.entries[set]
			set++
			c.rows.Set(b.version, r.key, e.Value, e.UserMeta)
		case deleted:
			c.rows.Delete(b.version, r.key)
		}
	}
	clear(c.entries)
}

// refused is an error of a commit of which nothing was stored.
type refused struct{ error }

func (r refused) Unwrap() error { return r.error }

// commitError gives an error of commit the meaning that the contract has for it.
func commitError(err error) error {
	kinds := []error{driver.ErrOutcomeUnknown}
	if errors.As(err, &refused{}) {
		kinds = nil
	}
	// Badger flattens causes into text.
	if errors.Is(err, syscall.ENOSPC) || strings.Contains(err.Error(), syscall.ENOSPC.Error()) {
		kinds = append(kinds, driver.ErrNoSpace)
	}
	return fmt.Errorf("badgerindex: commit: %w", errors.Join(append(kinds, err)...))
}

// failedBy returns the error of all Updates after the one that failed with
// cause. It must not wrap cause: their outcome is known.
func failedBy(cause error) error {
	if errors.Is(cause, driver.ErrNoSpace) {
		return fmt.Errorf("badgerindex: %w: %w", ErrFailed, driver.ErrNoSpace)
	}
	return fmt.Errorf("badgerindex: %w: %v", ErrFailed, cause)
}
