package badgerindex

import (
	"errors"
	"fmt"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"github.com/cofferstore/coffer/objstore/badgerindex/recent"
	"github.com/cofferstore/coffer/objstore/badgerindex/wal"
	"github.com/cofferstore/coffer/objstore/driver"
)

// First bytes of Badger's keys. What every batch changes comes behind the rows:
// a table that had counters and the newest rows of a package that sorts some
// of them by time would span all older rows, and its compaction would make all
// those anew.
const (
	rowPrefix     = 'r'
	afterRows     = 's'
	counterPrefix = 't'
	livePrefix    = 'u'
)

var _ driver.Reader = (*snapshot)(nil)

// snapshot reads the state after one batch.
type snapshot struct {
	store   *store
	version uint64
	vain    *vainLooks         // of Update functions, which work on it; else nil
	reading *badger.Txn        // nil until something is read that is not known
	key     []byte             // scratch
	open    []*badger.Iterator // all that were made; Badger panics on one left open
}

func newSnapshot(st *store) *snapshot {
	return &snapshot{store: st, version: st.epochs.acquire()}
}

// txn returns the transaction that reads the tree.
func (s *snapshot) txn() *badger.Txn {
	if s.reading == nil {
		s.reading = s.store.db.NewTransactionAt(s.version, false)
	}
	return s.reading
}

// close ends the snapshot and whatever cursor was forgotten on it.
func (s *snapshot) close() {
	s.discard()
	s.store.epochs.release(s.version)
}

// discard is close for a snapshot that was made without newSnapshot, by the
// committer: nobody drops the newest version.
func (s *snapshot) discard() {
	s.closeCursors()
	if s.reading != nil {
		s.reading.Discard()
	}
}

func (s *snapshot) closeCursors() {
	for _, it := range s.open {
		it.Close()
	}
	clear(s.open)
	s.open = s.open[:0]
}

// iterator makes an iterator over the rows whose keys begin with prefix, which
// is closed with the snapshot at the latest. It visits all versions of a row if
// that is asked for, dead ones included: Badger passes over those by itself
// otherwise, and does not say how many.
func (s *snapshot) iterator(prefix []byte, allVersions bool) *badger.Iterator {
	it := s.txn().NewIterator(badger.IteratorOptions{Prefix: prefix, AllVersions: allVersions})
	s.open = append(s.open, it)
	return it
}

// forget drops it, which has been closed: most often the last one.
func (s *snapshot) forget(it *badger.Iterator) {
	for i := len(s.open) - 1; i >= 0; i-- {
		if s.open[i] == it {
			s.open = slices.Delete(s.open, i, i+1)
			return
		}
	}
}

func (s *snapshot) Get(key []byte) ([]byte, error) {
	v, err := s.get(key)
	if err != nil && !errors.Is(err, driver.ErrNotFound) {
		return nil, fmt.Errorf("badgerindex: get: %w", err)
	}
	return v, err
}

func (s *snapshot) Counter(key []byte) (n int64, err error) {
	row, member := family(key)
	sums, err := readSums(s.txn(), row)
	if err == nil {
		n, err = sumOf(sums, member)
	}
	if err != nil {
		return 0, fmt.Errorf("badgerindex: counter: %w", err)
	}
	return n, nil
}

// get returns a value that stays valid, and that nobody may change.
func (s *snapshot) get(key []byte) (value []byte, err error) {
	s.key = append(append(s.key[:0], rowPrefix), key...)
	r, err := s.remembered(s.key)
	switch {
	case err != nil:
		return nil, err
	case r.Absent:
		return nil, driver.ErrNotFound
	case r.Meta&pointerMeta == 0:
		return r.Value, nil
	}
	return s.store.pointed(r.Value)
}

// remembered is row for those who are likely to come back.
func (s *snapshot) remembered(key []byte) (recent.Row, error) {
	if r, hit := s.store.rows.Get(key, s.version); hit {
		return r, nil
	}
	r, err := treeRow(s.txn(), key)
	if err == nil && (!r.Absent || s.vain.again(key)) {
		s.store.rows.Found(key, s.version, r)
	}
	return r, err
}

// row returns what the tree has under a key, which begins with its prefix.
func (s *snapshot) row(key []byte) (recent.Row, error) {
	if r, hit := s.store.rows.Get(key, s.version); hit {
		return r, nil
	}
	return treeRow(s.txn(), key)
}

// pointerIn returns the pointer in a row; ok is false where the row is not there
// or has its value in the tree.
func pointerIn(r recent.Row) (p wal.Pointer, ok bool) {
	if r.Absent || r.Meta&pointerMeta == 0 {
		return p, false
	}
	return wal.ParsePointer(r.Value)
}

func (s *snapshot) Scan(start, end []byte, o driver.ScanOptions) driver.Cursor {
	return s.scan(start, end, o)
}

func (s *snapshot) scan(start, end []byte, o driver.ScanOptions) *cursor {
	c := &cursor{snapshot: s, start: prefixed(rowPrefix, start), end: []byte{afterRows}, maxSkip: o.MaxSkip}
	if len(end) > 0 {
		c.end = prefixed(rowPrefix, end)
	}
	return c
}

func prefixed(prefix byte, key []byte) []byte {
	return append(append(make([]byte, 0, 1+len(key)), prefix), key...)
}

// commonPrefix returns the longest prefix that all keys with start <= key <
// end share. Badger leaves out the tables that have no such key.
func commonPrefix(start, end []byte) []byte {
	n := 0
	for n < len(start) && n < len(end) && start[n] == end[n] {
		n++
	}
	if n < len(start) && n == len(end)-1 && end[n] == start[n]+1 {
		n++ // end is what follows the prefix start[:n]
	}
	return start[:n]
}
