package badgerindex

import (
	"bytes"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/cofferstore/coffer/objstore/driver"
)

var _ driver.Cursor = (*cursor)(nil)

// errMoved says that a row that a gap ended at was not there.
const errMoved driver.Error = "row not found where it was known to be"

// cursor walks the rows of a snapshot. Where the gaps tell what a seek finds,
// Badger is not asked until the value or the next row is.
type cursor struct {
	snapshot   *snapshot
	it         *badger.Iterator // nil until it is needed
	start, end []byte           // with their prefix
	begun      bool
	valid      bool   // it is at a row of the range
	known      []byte // that row, with its prefix, while the iterator is elsewhere
	closed     bool
	target     []byte // scratch

	// For a bounded scan; it then visits all versions of all rows.
	maxSkip int
	skipped int
	last    []byte // the last key met, with its prefix
	limit   *driver.ScanLimitError
}

func (c *cursor) Next() bool {
	switch {
	case c.closed:
		return false
	case !c.begun:
		if !c.skipTo(c.start) {
			c.position(c.start)
		}
	case c.valid:
		if c.arrive() {
			c.it.Next()
			c.settle()
		}
	}
	return c.valid
}

func (c *cursor) Seek(key []byte) bool {
	switch {
	case c.closed || c.begun && !c.valid:
		return false
	case c.valid && bytes.Compare(c.Key(), key) >= 0:
		return true
	}
	c.target = append(append(c.target[:0], rowPrefix), key...)
	if bytes.Compare(c.target, c.start) < 0 {
		c.target = append(c.target[:0], c.start...)
	}
	if c.skipTo(c.target) {
		return c.valid
	}
	c.position(c.target)
	if c.valid {
		s := c.snapshot
		s.store.gaps.Add(c.target, c.it.Item().Key(), s.version)
	}
	return c.valid
}

// skipTo moves to the first row at or after target, if it is known which one
// that is, or that there is none in the range.
func (c *cursor) skipTo(target []byte) (ok bool) {
	c.begun, c.valid, c.known = true, false, nil
	if bytes.Compare(target, c.end) >= 0 {
		return true
	}
	row, ok := c.snapshot.store.gaps.Find(target, c.snapshot.version)
	if ok && bytes.Compare(row, c.end) < 0 {
		c.valid, c.known = true, row
	}
	return ok
}

// position moves to the first row at or after target by asking Badger.
func (c *cursor) position(target []byte) {
	c.known = nil
	if c.it == nil {
		c.it = c.snapshot.iterator(commonPrefix(c.start, c.end), c.maxSkip > 0)
	}
	c.it.Seek(target)
	c.settle()
}

// arrive brings the iterator to where the cursor is. If that row is not there,
// a gap was wrong: all are forgotten, and the cursor is at the row after it.
func (c *cursor) arrive() (ok bool) {
	if c.known == nil {
		return true
	}
	row := c.known
	c.position(row)
	if c.valid && bytes.Equal(c.it.Item().Key(), row) {
		return true
	}
	c.snapshot.store.gaps.Clear()
	return false
}

// settle moves on from where the iterator is to the next live row.
func (c *cursor) settle() {
	c.valid = false
	for c.it.Valid() {
		item := c.it.Item()
		if bytes.Compare(item.Key(), c.end) >= 0 {
			return
		}
		if c.maxSkip <= 0 {
			c.valid = true
			return
		}
		older := bytes.Equal(item.Key(), c.last)
		if !older {
			c.last = append(c.last[:0], item.Key()...)
			if !item.IsDeletedOrExpired() {
				c.valid = true
				return
			}
		}
		if c.skipped == c.maxSkip {
			c.limit = &driver.ScanLimitError{Resume: bytes.Clone(c.last[1:])}
			return
		}
		c.skipped++
		c.it.Next()
	}
}

func (c *cursor) Key() []byte {
	if c.known != nil {
		return c.known[1:]
	}
	return c.it.Item().Key()[1:]
}

func (c *cursor) Value() ([]byte, error) {
	if !c.arrive() {
		return nil, fmt.Errorf("badgerindex: scan: %w", errMoved)
	}
	value, err := c.snapshot.store.value(c.it.Item())
	if err != nil {
		return nil, fmt.Errorf("badgerindex: scan: %w", err)
	}
	return value, nil
}

func (c *cursor) Close() error {
	if c.it != nil {
		c.it.Close()
		c.snapshot.forget(c.it)
		c.it = nil
	}
	c.closed, c.valid = true, false
	if c.limit != nil {
		return c.limit
	}
	return nil
}
