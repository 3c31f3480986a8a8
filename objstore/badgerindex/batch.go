package badgerindex

import (
	"bytes"
	"slices"
	"sort"

	"github.com/cofferstore/coffer/objstore/driver"
)

// batch is the sum of the functions that are committed together. The executor
// fills it; from its launch on it does not change.
type batch struct {
	below    *batch // the batch in flight that this one was run on top of, if any
	requests []*request
	version  uint64 // of its rows, once it is launched

	rows    []row
	byKey   map[string]int // into rows
	ordered []int          // the first len(ordered) rows in the order of their keys

	counters   []counter
	counterKey map[string]int // into counters

	size   size // what Badger will count
	tooBig bool // the present function has met the bound
	sealed bool // no further function may join

	// What it takes to undo the present function.
	undoRows     []undoRow
	undoCounters []undoCounter
	undoSize     size
}

// row is the pending state of one row.
type row struct {
	key   []byte // with its prefix
	value []byte
	state rowState
	fresh bool // the tree has no row under the key
}

type rowState uint8

const (
	undone  rowState = iota // as if it were not in the batch
	written                 // value is the row's value
	deleted
)

type counter struct {
	family  []byte // the row that it is in, and
	member  byte   // where
	sum     int64
	written bool // false: undone
}

type undoRow struct {
	i   int
	was row
}

type undoCounter struct {
	i   int
	was counter
}

// size measures a batch as Badger does.
type size struct{ rows, bytes int64 }

func newBatch() *batch {
	return &batch{byKey: make(map[string]int), counterKey: make(map[string]int)}
}

// recycle empties a batch that nobody needs any more, and tells whether it is
// of a size that is worth keeping.
func (b *batch) recycle() bool {
	if len(b.rows) > fullRows {
		return false
	}
	b.rollback() // forgets what the undo log holds
	clear(b.byKey)
	clear(b.counterKey)
	clear(b.requests)
	clear(b.rows)
	clear(b.counters)
	*b = batch{
		requests: b.requests[:0], rows: b.rows[:0], byKey: b.byKey, ordered: b.ordered[:0],
		counters: b.counters[:0], counterKey: b.counterKey,
		undoRows: b.undoRows[:0], undoCounters: b.undoCounters[:0],
	}
	return true
}

// answer answers all requests of the batch: with err if it is not nil, else
// each with its own.
func (b *batch) answer(err error) {
	for _, r := range b.requests {
		if err != nil {
			r.err = err
		}
		r.answer(r.err)
	}
}

// empty tells that nothing is to be written.
func (b *batch) empty() bool { return b.size.rows == 0 }

// mark begins a function: rollback returns to here.
func (b *batch) mark() {
	clear(b.undoRows)
	clear(b.undoCounters)
	b.undoRows, b.undoCounters = b.undoRows[:0], b.undoCounters[:0]
	b.undoSize, b.tooBig = b.size, false
}

// rollback undoes the present function.
func (b *batch) rollback() {
	for _, u := range slices.Backward(b.undoRows) {
		b.rows[u.i] = u.was
	}
	for _, u := range slices.Backward(b.undoCounters) {
		b.counters[u.i] = u.was
	}
	b.size = b.undoSize
	b.mark()
}

// grow accounts for one entry more, or refuses it.
func (b *batch) grow(keyLen, valueLen int, limit size) error {
	// Badger adds 10 bytes for a version and 2 of flags to each entry.
	next := size{b.size.rows + 1, b.size.bytes + int64(keyLen+valueLen) + 12}
	if next.rows > limit.rows || next.bytes > limit.bytes {
		b.tooBig = true
	}
	if b.tooBig {
		return driver.ErrTxnTooBig
	}
	b.size = next
	return nil
}

// put makes the pending state of a row, of which all but the key counts.
func (b *batch) put(key []byte, r row, limit size) error {
	if err := b.grow(1+len(key), len(r.value), limit); err != nil {
		return err
	}
	i, found := b.byKey[string(key)]
	if !found {
		i = len(b.rows)
		b.rows = append(b.rows, row{key: prefixed(rowPrefix, key)})
		b.byKey[string(key)] = i
	}
	b.undoRows = append(b.undoRows, undoRow{i, b.rows[i]})
	if b.rows[i].state != undone {
		r.fresh = r.fresh && b.rows[i].fresh // what is pending hides what the tree has
	}
	r.key = b.rows[i].key
	b.rows[i] = r
	return nil
}

// get returns the pending state of a row; undone if there is none.
func (b *batch) get(key []byte) ([]byte, rowState) {
	if i, found := b.byKey[string(key)]; found {
		return b.rows[i].value, b.rows[i].state
	}
	return nil, undone
}

// changes yields the keys of the rows that the batch changes, with their prefix,
// and whether it deletes them.
func (b *batch) changes(yield func(key []byte, deletes bool) bool) {
	for i := range b.rows {
		if r := &b.rows[i]; r.state != undone && !yield(r.key, r.state == deleted) {
			return
		}
	}
}

// setCounter makes the pending sum of a counter.
func (b *batch) setCounter(key []byte, sum int64, limit size) error {
	i, found := b.counterKey[string(key)]
	if !found {
		i = len(b.counters)
		row, member := family(key)
		b.counters = append(b.counters, counter{family: row, member: member})
		b.counterKey[string(key)] = i
	}
	if !b.counters[i].written {
		if err := b.grow(1+len(key), 8, limit); err != nil {
			return err
		}
	}
	b.undoCounters = append(b.undoCounters, undoCounter{i, b.counters[i]})
	b.counters[i].sum, b.counters[i].written = sum, true
	return nil
}

// addCounter adds to the pending sum of a counter, if there is one.
func (b *batch) addCounter(key []byte, delta int64) bool {
	i, found := b.counterKey[string(key)]
	if !found || !b.counters[i].written {
		return false
	}
	b.undoCounters = append(b.undoCounters, undoCounter{i, b.counters[i]})
	b.counters[i].sum += delta
	return true
}

// counter returns the pending sum of a counter, if there is one.
func (b *batch) counter(key []byte) (sum int64, found bool) {
	if i, found := b.counterKey[string(key)]; found && b.counters[i].written {
		return b.counters[i].sum, true
	}
	return 0, false
}

// within returns the rows with start <= key < end in order, undone ones
// included. The keys have their prefix.
func (b *batch) within(start, end []byte) []int {
	b.order()
	first := sort.Search(len(b.ordered), func(i int) bool { return bytes.Compare(b.rows[b.ordered[i]].key, start) >= 0 })
	n := sort.Search(len(b.ordered)-first, func(i int) bool { return bytes.Compare(b.rows[b.ordered[first+i]].key, end) >= 0 })
	return b.ordered[first : first+n]
}

// order sorts the rows that have come since it was last called into the
// others, so that many scans of one batch do not each sort all of it.
func (b *batch) order() {
	old := len(b.ordered)
	if old == len(b.rows) {
		return
	}
	byKey := func(i, j int) int { return bytes.Compare(b.rows[i].key, b.rows[j].key) }
	fresh := make([]int, 0, len(b.rows)-old)
	for i := old; i < len(b.rows); i++ {
		fresh = append(fresh, i)
	}
	slices.SortFunc(fresh, byKey)
	b.ordered = append(b.ordered, fresh...)
	// Merge from the back: nothing is overwritten before it was moved.
	i, j := old-1, len(fresh)-1
	for k := len(b.ordered) - 1; j >= 0; k-- {
		if i >= 0 && byKey(b.ordered[i], fresh[j]) > 0 {
			b.ordered[k] = b.ordered[i]
			i--
		} else {
			b.ordered[k] = fresh[j]
			j--
		}
	}
}
