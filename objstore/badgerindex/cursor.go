package badgerindex

import (
	"bytes"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/cofferstore/coffer/objstore/driver"
)

var _ driver.Cursor = (*cursor)(nil)

// cursor walks the rows of a snapshot.
type cursor struct {
	snapshot   *snapshot
	it         *badger.Iterator // nil once closed
	start, end []byte           // with their prefix
	begun      bool
	valid      bool // it is at a row of the range

	// For a bounded scan; it then visits all versions of all rows.
	maxSkip int
	skipped int
	last    []byte // the last key met, with its prefix
	limit   *driver.ScanLimitError
}

func (c *cursor) Next() bool {
	switch {
	case c.it == nil:
		return false
	case !c.begun:
		c.seek(c.start)
	case c.valid:
		c.it.Next()
		c.settle()
	}
	return c.valid
}

func (c *cursor) Seek(key []byte) bool {
	switch {
	case c.it == nil || c.begun && !c.valid:
		return false
	case c.valid && bytes.Compare(c.Key(), key) >= 0:
		return true
	}
	target := prefixed(rowPrefix, key)
	if bytes.Compare(target, c.start) < 0 {
		target = c.start
	}
	c.seek(target)
	return c.valid
}

func (c *cursor) seek(target []byte) {
	c.begun = true
	if bytes.Compare(target, c.end) >= 0 {
		c.valid = false
		return
	}
	c.it.Seek(target)
	c.settle()
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

func (c *cursor) Key() []byte { return c.it.Item().Key()[1:] }

func (c *cursor) Value() ([]byte, error) {
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
		c.it, c.valid = nil, false
	}
	if c.limit != nil {
		return c.limit
	}
	return nil
}
