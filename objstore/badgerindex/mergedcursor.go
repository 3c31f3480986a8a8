package badgerindex

import (
	"bytes"
	"errors"
	"sort"

	"github.com/cofferstore/coffer/objstore/driver"
)

var _ driver.Cursor = (*mergedCursor)(nil)

// mergedCursor walks stored rows with pending ones on top of them.
type mergedCursor struct {
	stored  *cursor
	pending []row // from the current position on

	at     position
	begun  bool
	closed bool
	gaveUp bool // the bound on dead rows, not the end of the range, ended the scan
}

// position tells which side the current row comes from.
type position uint8

const (
	nowhere position = iota
	atStored
	atPending
)

func (c *mergedCursor) Next() bool {
	switch {
	case c.closed:
		return false
	case !c.begun:
		c.begun = true
		c.stored.Next()
	case c.at == atStored:
		c.stored.Next()
	case c.at == atPending:
		c.pending = c.pending[1:]
	default:
		return false
	}
	return c.settle()
}

func (c *mergedCursor) Seek(key []byte) bool {
	switch {
	case c.closed || c.begun && c.at == nowhere:
		return false
	case c.at != nowhere && bytes.Compare(c.Key(), key) >= 0:
		return true
	}
	c.begun = true
	c.stored.Seek(key)
	skip := sort.Search(len(c.pending), func(i int) bool { return bytes.Compare(c.pending[i].key[1:], key) >= 0 })
	c.pending = c.pending[skip:]
	return c.settle()
}

// settle finds the lesser of the two sides, a pending row hiding a stored one.
func (c *mergedCursor) settle() bool {
	for c.at = nowhere; len(c.pending) > 0; c.pending = c.pending[1:] {
		next := c.pending[0].key[1:]
		if limit := c.stored.limit; !c.stored.valid && limit != nil && bytes.Compare(next, limit.Resume) > 0 {
			break // stored rows before it may be missing
		}
		if c.stored.valid {
			order := bytes.Compare(c.stored.Key(), next)
			if order < 0 {
				c.at = atStored
				return true
			}
			if order == 0 {
				c.stored.Next()
			}
		}
		if c.pending[0].state == written {
			c.at = atPending
			return true
		}
	}
	if c.stored.valid {
		c.at = atStored
		return true
	}
	c.gaveUp = c.stored.limit != nil
	return false
}

func (c *mergedCursor) Key() []byte {
	if c.at == atPending {
		return c.pending[0].key[1:]
	}
	return c.stored.Key()
}

func (c *mergedCursor) Value() ([]byte, error) {
	if c.at == atPending {
		return c.pending[0].value, nil
	}
	return c.stored.Value()
}

func (c *mergedCursor) Close() error {
	c.closed, c.at = true, nowhere
	err := c.stored.Close()
	var limit *driver.ScanLimitError
	if errors.As(err, &limit) && !c.gaveUp {
		return nil // the stored side looks ahead; the caller never got there
	}
	return err
}
