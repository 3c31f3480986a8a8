package memengine

import (
	"bytes"
	"hash/maphash"

	"github.com/cofferstore/coffer/objstore/driver"
)

// reader reads one state.
type reader struct{ state state }

func (r *reader) Get(key []byte) ([]byte, error) {
	n := r.state.rows.find(key)
	if n == nil {
		return nil, driver.ErrNotFound
	}
	return n.value, nil
}

func (r *reader) Counter(key []byte) (int64, error) {
	n := r.state.counters.find(key)
	if n == nil {
		return 0, nil
	}
	return n.value, nil
}

// Scan ignores o: a deleted row leaves nothing behind, and values cost nothing.
func (r *reader) Scan(start, end []byte, _ driver.ScanOptions) driver.Cursor {
	return &cursor{root: r.state.rows, start: bytes.Clone(start), end: bytes.Clone(end)}
}

// txn replaces its reader's state with every write. Its undo is to forget it.
type txn struct {
	reader
	seed        maphash.Seed
	rows, bytes int
	tooBig      bool
}

func (t *txn) Set(key, value []byte) error {
	if err := t.grow(len(key) + len(value)); err != nil {
		return err
	}
	t.state.rows = t.state.rows.with(&node[[]byte]{
		key: bytes.Clone(key), value: bytes.Clone(value), priority: maphash.Bytes(t.seed, key),
	})
	return nil
}

func (t *txn) Delete(key []byte) error {
	if err := t.grow(len(key)); err != nil {
		return err
	}
	t.state.rows = t.state.rows.without(key)
	return nil
}

func (t *txn) Add(key []byte, delta int64) error {
	if err := t.grow(len(key)); err != nil {
		return err
	}
	sum, _ := t.Counter(key) // never fails
	t.state.counters = t.state.counters.with(&node[int64]{
		key: bytes.Clone(key), value: sum + delta, priority: maphash.Bytes(t.seed, key),
	})
	return nil
}

// grow counts one write. A transaction that was once too big stays so, even
// if its function ignores the error.
func (t *txn) grow(size int) error {
	t.rows++
	t.bytes += size
	if t.rows > MaxTxnRows || t.bytes > MaxTxnBytes {
		t.tooBig = true
		return driver.ErrTxnTooBig
	}
	return nil
}

// cursor walks the rows of one root.
type cursor struct {
	root       *node[[]byte]
	start, end []byte
	path       path[[]byte] // to the current row; empty: none
	begun      bool
}

func (c *cursor) Next() bool {
	switch {
	case !c.begun:
		c.begun = true
		c.path = c.path.seek(c.root, c.start)
	case len(c.path) > 0:
		c.path = c.path.next()
	}
	return c.within()
}

func (c *cursor) Seek(key []byte) bool {
	if !c.begun && !c.Next() {
		return false
	}
	if len(c.path) > 0 && bytes.Compare(c.current().key, key) < 0 {
		c.path = c.path.seek(c.root, key)
	}
	return c.within()
}

// within ends the scan when the current row is past its range.
func (c *cursor) within() bool {
	if len(c.path) > 0 && len(c.end) > 0 && bytes.Compare(c.current().key, c.end) >= 0 {
		c.path = nil
	}
	return len(c.path) > 0
}

func (c *cursor) current() *node[[]byte] { return c.path[len(c.path)-1] }

func (c *cursor) Key() []byte { return c.current().key }

func (c *cursor) Value() ([]byte, error) { return c.current().value, nil }

func (c *cursor) Close() error {
	c.begun, c.path = true, nil
	return nil
}
