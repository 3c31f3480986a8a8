package drivertest

import (
	"context"
	"sync/atomic"

	"github.com/cofferstore/coffer/objstore/driver"
)

// CountedIndex is an index that counts what is read from it outside of updates:
// for tests of how much a query may cost. It is safe for concurrent use.
type CountedIndex struct {
	index driver.Index

	views, gets, scans, rows, counters atomic.Int64
}

var _ driver.Index = (*CountedIndex)(nil)

// Reads are how often something was read.
type Reads struct {
	Views    int64 // snapshots
	Gets     int64 // rows by key, missing ones too
	Scans    int64
	Rows     int64 // that scans came to
	Counters int64
}

// NewCountedIndex returns an index that hands everything on to ix.
func NewCountedIndex(ix driver.Index) *CountedIndex { return &CountedIndex{index: ix} }

// Take returns what was read since it was called before.
func (i *CountedIndex) Take() Reads {
	return Reads{i.views.Swap(0), i.gets.Swap(0), i.scans.Swap(0), i.rows.Swap(0), i.counters.Swap(0)}
}

// View implements [driver.Index].
func (i *CountedIndex) View(ctx context.Context, fn func(driver.Reader) error) error {
	i.views.Add(1)
	return i.index.View(ctx, func(r driver.Reader) error { return fn(&countedReader{i, r}) })
}

// Update implements [driver.Index].
func (i *CountedIndex) Update(ctx context.Context, fn func(driver.Txn) error) error {
	return i.index.Update(ctx, fn)
}

// Close implements [driver.Index].
func (i *CountedIndex) Close() error { return i.index.Close() }

type countedReader struct {
	index  *CountedIndex
	reader driver.Reader
}

func (r *countedReader) Get(key []byte) ([]byte, error) {
	r.index.gets.Add(1)
	return r.reader.Get(key)
}

func (r *countedReader) Scan(start, end []byte, o driver.ScanOptions) driver.Cursor {
	r.index.scans.Add(1)
	return &countedCursor{r.index, r.reader.Scan(start, end, o)}
}

func (r *countedReader) Counter(key []byte) (int64, error) {
	r.index.counters.Add(1)
	return r.reader.Counter(key)
}

type countedCursor struct {
	index  *CountedIndex
	cursor driver.Cursor
}

func (c *countedCursor) Next() bool           { return c.came(c.cursor.Next()) }
func (c *countedCursor) Seek(key []byte) bool { return c.came(c.cursor.Seek(key)) }

func (c *countedCursor) came(there bool) bool {
	if there {
		c.index.rows.Add(1)
	}
	return there
}

func (c *countedCursor) Key() []byte            { return c.cursor.Key() }
func (c *countedCursor) Value() ([]byte, error) { return c.cursor.Value() }
func (c *countedCursor) Close() error           { return c.cursor.Close() }
