package badgerindex

import (
	"bytes"
	"context"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/cofferstore/coffer/objstore/badgerindex/wal"
	"github.com/cofferstore/coffer/objstore/driver"
)

// moveBytes is how many bytes of values one step moves at most, unless it is one.
const moveBytes = 512 << 10

// moved is a value on its way to a new segment.
type moved struct {
	key, value []byte
	from       wal.Pointer
}

// collect writes the values of a segment that still count again, so that the
// segment may go.
func (k *keeper) collect(segment uint32) error {
	var step []moved
	size := 0
	err := k.ix.store.log.Values(segment, separated, func(e wal.Entry) error {
		counts, err := k.counts(e)
		if err != nil || !counts {
			return err
		}
		if size += len(e.Value); size > moveBytes && len(step) > 0 {
			err = k.move(step)
			step, size = step[:0], len(e.Value)
		}
		step = append(step, moved{bytes.Clone(e.Key), bytes.Clone(e.Value), e.Pointer})
		return err
	})
	if err == nil && len(step) > 0 {
		err = k.move(step)
	}
	if err == nil && k.ix.committer.live.of(segment) > 0 {
		err = k.unread(segment)
	}
	if err != nil {
		return err
	}
	k.leaving = append(k.leaving, leaving{segment, k.ix.store.epochs.newest()})
	return nil
}

// counts tells whether the tree points to a value.
func (k *keeper) counts(e wal.Entry) (bool, error) {
	if err := k.ix.gate.enter(); err != nil {
		return false, err
	}
	defer k.ix.gate.leave()
	s := newSnapshot(k.ix.store)
	defer s.close()
	r, err := s.row(e.Key)
	p, ok := pointerIn(r)
	return ok && p == e.Pointer, err
}

// unread looks for rows that point into a segment though no value that was read
// there counts any more: the records that held those are damaged, and the segment
// stays for what can still be read of it.
func (k *keeper) unread(segment uint32) error {
	if err := k.ix.gate.enter(); err != nil {
		return err
	}
	defer k.ix.gate.leave()
	s := newSnapshot(k.ix.store)
	defer s.close()
	it := s.txn().NewIterator(badger.IteratorOptions{Prefix: []byte{rowPrefix}})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		r, err := itemRow(it.Item())
		if err != nil {
			return err
		}
		if p, ok := pointerIn(r); ok && p.Segment == segment {
			return fmt.Errorf("%w: segment %d has rows whose records cannot be read", wal.ErrDamaged, segment)
		}
	}
	return nil
}

// move sets rows to the values that they have, which puts those at the end of
// the log. A row that has changed meanwhile is left alone.
func (k *keeper) move(step []moved) error {
	return k.ix.Update(context.Background(), func(tx driver.Txn) error {
		t := tx.(*txn)
		for _, m := range step {
			if t.isPending(m.key[1:]) {
				continue
			}
			r, err := t.base.row(m.key)
			if err != nil {
				return err
			}
			if p, ok := pointerIn(r); !ok || p != m.from {
				continue
			}
			if err := t.Set(m.key[1:], m.value); err != nil {
				return err
			}
		}
		return nil
	})
}
