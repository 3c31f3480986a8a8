package badgerindex

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/cofferstore/coffer/objstore/badgerindex/gaps"
	"github.com/cofferstore/coffer/objstore/badgerindex/recent"
	"github.com/cofferstore/coffer/objstore/badgerindex/wal"
	"github.com/cofferstore/coffer/objstore/driver"
)

// separated is the size from which on a value stays in the log, in bytes; the
// tree then holds a pointer to it.
const separated = 1 << 10

// pointerMeta marks Badger's entries whose value is a pointer.
const pointerMeta = 1

// store is what everything here is kept in.
type store struct {
	db     *badger.DB
	log    *wal.Log
	epochs *epochs
	rows   *recent.Cache // of the tree; its keys have their prefix
	gaps   *gaps.Set     // between live rows; likewise
}

// Gaps are remembered between keys that agree in gapSpace bytes: the prefix of
// rows, and what the rows of a listing begin with in package objstore, where
// those of a bucket's objects are "ok" and 16 bytes.
const (
	gapSpace = 1 + 18
	gapBytes = 4 << 20 // what they may take in memory
)

// treeRow returns what the tree has under a key, which begins with its prefix.
func treeRow(txn *badger.Txn, key []byte) (r recent.Row, err error) {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return recent.Row{Absent: true}, nil
	}
	if err != nil {
		return r, err
	}
	return itemRow(item)
}

// itemRow returns the row of an item. Its value stays valid if the item is one of
// a Get, which has a buffer of its own, else until the iterator moves.
func itemRow(item *badger.Item) (r recent.Row, err error) {
	r.Meta = item.UserMeta()
	err = item.Value(func(v []byte) error {
		r.Value = v
		return nil
	})
	return r, err
}

// value returns the value of an item. Where it is in the tree, it is good as
// long as the item.
func (s *store) value(item *badger.Item) ([]byte, error) {
	r, err := itemRow(item)
	if err != nil || r.Meta&pointerMeta == 0 {
		return r.Value, err
	}
	return s.pointed(r.Value)
}

// pointed returns the value that a pointer in the tree leads to.
func (s *store) pointed(text []byte) ([]byte, error) {
	p, ok := wal.ParsePointer(text)
	if !ok {
		return nil, fmt.Errorf("%w: a pointer of %d bytes", wal.ErrDamaged, len(text))
	}
	return s.log.Value(p)
}

// replay brings what was acknowledged before a crash back into the tree. A
// record that is there already is put there once more, under its version, which
// changes nothing.
func (s *store) replay(free func() error) error {
	return s.log.Replay(func(version uint64, entries []wal.Entry) error {
		if err := free(); err != nil {
			return err
		}
		t := s.newTreeTxn(version)
		defer t.discard()
		for _, e := range entries {
			if e.Delete {
				t.delete(bytes.Clone(e.Key))
			} else {
				t.put(newEntry(bytes.Clone(e.Key), bytes.Clone(e.Value), e.Sum))
			}
		}
		return t.commit()
	})
}

// number encodes a counter.
func number(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// parseNumber is the inverse of number.
func parseNumber(b []byte) (int64, error) {
	if len(b) != 8 {
		return 0, fmt.Errorf("%w: a number of %d bytes", driver.Error("damaged row"), len(b))
	}
	return int64(binary.BigEndian.Uint64(b)), nil
}
