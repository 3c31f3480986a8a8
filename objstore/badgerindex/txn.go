package badgerindex

import (
	"bytes"
	"errors"
	"slices"

	"github.com/cofferstore/coffer/objstore/driver"
)

var (
	_ driver.Txn      = (*txn)(nil)
	_ driver.Inserter = (*txn)(nil)
)

// txn is what an Update function works on. What is pending hides what is
// stored: batch, then batch.below, then cache and base.
type txn struct {
	batch  *batch
	base   *snapshot
	cache  *cache
	limit  size
	absent absences // from base, as the present function has seen
}

// begin is called before each function.
func (t *txn) begin() {
	t.batch.mark()
	t.absent.n = 0
}

func (t *txn) Get(key []byte) ([]byte, error) {
	if v, state := t.batch.get(key); state != undone {
		return found(v, state == written)
	}
	if t.batch.below != nil {
		if v, state := t.batch.below.get(key); state != undone {
			// A copy: the owner of v has it back as soon as that batch has landed.
			return found(bytes.Clone(v), state == written)
		}
	}
	v, err := t.base.Get(key)
	if errors.Is(err, driver.ErrNotFound) {
		t.absent.note(key)
	}
	return v, err
}

// isPending tells whether a row was changed since the last batch that has landed.
func (t *txn) isPending(key []byte) bool {
	if _, state := t.batch.get(key); state != undone {
		return true
	}
	if t.batch.below == nil {
		return false
	}
	_, state := t.batch.below.get(key)
	return state != undone
}

func found(value []byte, present bool) ([]byte, error) {
	if !present {
		return nil, driver.ErrNotFound
	}
	return value, nil
}

func (t *txn) Counter(key []byte) (int64, error) {
	if sum, pending := t.batch.counter(key); pending {
		return sum, nil
	}
	if t.batch.below != nil {
		if sum, pending := t.batch.below.counter(key); pending {
			return sum, nil
		}
	}
	if sum, hit := t.cache.counters[string(key)]; hit {
		return sum, nil
	}
	sum, err := t.base.Counter(key)
	if err == nil {
		t.cache.putCounter(key, sum)
	}
	return sum, err
}

func (t *txn) Set(key, value []byte) error {
	return t.batch.put(key, row{value: value, state: written, fresh: t.absent.has(key)}, t.limit)
}

// Insert implements [driver.Inserter]: the commit does not look for a row that
// it replaces.
func (t *txn) Insert(key, value []byte) error {
	return t.batch.put(key, row{value: value, state: written, fresh: true}, t.limit)
}

func (t *txn) Delete(key []byte) error {
	return t.batch.put(key, row{state: deleted}, t.limit)
}

func (t *txn) Add(key []byte, delta int64) error {
	if t.batch.addCounter(key, delta) {
		return nil
	}
	sum, err := t.Counter(key)
	if err != nil {
		return err
	}
	return t.batch.setCounter(key, sum+delta, t.limit)
}

func (t *txn) Scan(start, end []byte, o driver.ScanOptions) driver.Cursor {
	stored := t.base.scan(start, end, o)
	pending := t.pending(stored.start, stored.end)
	if len(pending) == 0 {
		return stored
	}
	return &mergedCursor{stored: stored, pending: pending}
}

// pending returns the pending rows of a range in order, none of them undone.
func (t *txn) pending(start, end []byte) []row {
	upper := present(t.batch, t.batch.within(start, end))
	if t.batch.below == nil {
		return upper
	}
	lower := present(t.batch.below, t.batch.below.within(start, end))
	if len(lower) == 0 {
		return upper
	}
	for i := range lower {
		lower[i].value = bytes.Clone(lower[i].value) // as in Get
	}
	merged := make([]row, 0, len(upper)+len(lower))
	for len(upper) > 0 && len(lower) > 0 {
		order := bytes.Compare(upper[0].key, lower[0].key)
		if order <= 0 {
			merged, upper = append(merged, upper[0]), upper[1:]
		} else {
			merged = append(merged, lower[0])
		}
		if order >= 0 {
			lower = lower[1:]
		}
	}
	return slices.Concat(merged, upper, lower)
}

// present copies rows of b that are not undone.
func present(b *batch, indexes []int) []row {
	rows := make([]row, 0, len(indexes))
	for _, i := range indexes {
		if b.rows[i].state != undone {
			rows = append(rows, b.rows[i])
		}
	}
	return rows
}
