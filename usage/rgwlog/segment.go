package rgwlog

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"

	"github.com/cofferstore/coffer/objstore/driver"
)

// segment is what was counted between two flushes. It is guarded by the lock
// of its Log while it takes in requests, and belongs to the flush then.
type segment struct {
	seq   uint64
	slots map[slot]*slotSum
	path  string       // of the journal; "" = there is none
	file  *journalFile // nil without a journal, and for one that was replayed
	table *crc32.Table
	buf   []byte
	dirty bool // the journal has records that were not synced

	// failed is set when a record could not be written: the journal may end
	// within a record, and what came behind it would not be found.
	failed bool
}

type slotSum struct {
	Counts
	id uint64
}

func newSegment(dir string, seq uint64) (*segment, error) {
	s := &segment{seq: seq, slots: make(map[slot]*slotSum), table: castagnoli(), buf: make([]byte, 0, 512)}
	if dir == "" {
		return s, nil
	}
	s.path = filepath.Join(dir, journalName(seq))
	var err error
	if s.file, err = createJournal(s.path); err != nil {
		return nil, err
	}
	if err := syncDir(dir); err != nil {
		return nil, errors.Join(err, s.remove())
	}
	return s, nil
}

// replayed makes a segment of a journal that was left.
func replayed(dir string, seq uint64) (s *segment, lost int, err error) {
	path := filepath.Join(dir, journalName(seq))
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, 0, err
	}
	sums, whole := replay(data)
	s = &segment{seq: seq, slots: make(map[slot]*slotSum, len(sums)), path: path}
	for at, c := range sums {
		s.slots[at] = &slotSum{Counts: *c}
	}
	return s, len(bytes.TrimRight(data[whole:], "\x00")), nil // zeroes are space that was not used
}

// add counts a request. It tells whether it is time to flush. The counts are
// in memory also when it returns an error, which says that from now on the
// journal does not have them.
func (s *segment) add(at slot, c Counts) (flush bool, err error) {
	s.buf = s.buf[:0]
	sum := s.slots[at]
	if sum == nil {
		sum = &slotSum{id: uint64(len(s.slots))}
		at = at.clone()
		s.slots[at] = sum
		flush = len(s.slots)%slotsPerFlush == 0
		s.buf = appendSlot(s.buf, sum.id, at, s.table)
	}
	sum.add(c)
	if s.file == nil || s.failed {
		return flush, nil
	}
	s.buf = appendEvent(s.buf, sum.id, c, s.table)
	s.dirty = true
	if _, err := s.file.Write(s.buf); err != nil {
		s.failed = true
		return true, err
	}
	return flush, nil
}

// remove ends a segment whose sums are in the index.
func (s *segment) remove() error {
	if s.path == "" {
		return nil
	}
	var err error
	if s.file != nil {
		err = s.file.Close()
	}
	return errors.Join(err, os.Remove(s.path))
}

// sum is what a segment adds to one row.
type sum struct {
	place
	categories
}

// sums returns what the segment adds to rows, in an order that is always the same.
func (s *segment) sums() []sum {
	rows := make(map[place]categories)
	for at, c := range s.slots {
		if rows[at.place] == nil {
			rows[at.place] = make(categories)
		}
		rows[at.place].add(categories{at.category: c.Counts})
	}
	list := make([]sum, 0, len(rows))
	for p, c := range rows {
		list = append(list, sum{p, c})
	}
	slices.SortFunc(list, func(a, b sum) int {
		return cmp.Or(cmp.Compare(a.user, b.user), cmp.Compare(a.bucket, b.bucket), cmp.Compare(a.hour, b.hour), cmp.Compare(a.owner, b.owner))
	})
	return list
}

// rowsPerStep bounds the rows of one transaction.
const rowsPerStep = 500

// apply adds the sums of a segment to the writer's rows, in steps. The mark
// tells how far that has come, so that a step is never taken twice, be it that
// the outcome of a transaction is unknown or the process ends in between.
func (s *segment) apply(ctx context.Context, ix driver.Index, writer string) error {
	list := s.sums()
	for done := uint64(0); done < uint64(len(list)); {
		err := ix.Update(ctx, func(txn driver.Txn) error {
			m, err := readMark(txn, writer)
			if err != nil {
				return err
			}
			switch {
			case m.seq > s.seq:
				done = uint64(len(list))
				return nil
			case m.seq < s.seq:
				m = mark{seq: s.seq}
			}
			from := min(m.rows, uint64(len(list)))
			m.rows = min(from+rowsPerStep, uint64(len(list)))
			for _, row := range list[from:m.rows] {
				if err := row.merge(txn, writer); err != nil {
					return err
				}
			}
			done = m.rows
			return m.write(txn, writer)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// merge adds a sum to its row.
func (s *sum) merge(txn driver.Txn, writer string) error {
	key, all := s.row(writer), make(categories)
	value, err := txn.Get(key)
	switch {
	case err == nil:
		if err := all.decode(value); err != nil {
			return err
		}
	case !errors.Is(err, driver.ErrNotFound):
		return err
	}
	all.add(s.categories)
	return txn.Set(key, all.encode())
}
