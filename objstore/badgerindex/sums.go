package badgerindex

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Counters whose keys differ in the last five bits only share a row of the tree:
// most are members of one total, and change together. The row's key is theirs
// with the last byte shifted, so that those five bits are gone; its value has, for
// each counter that is not zero and in their order,
//
//	those bits:1  sum:8
//
// and stays below the size of values that go to the log.
const (
	familyBits = 5
	memberLen  = 1 + 8
)

const _ uint = separated - memberLen<<familyBits - 1 // does not compile below 0

// family returns the row of a counter, and which of it the counter is.
func family(key []byte) (row []byte, member byte) {
	row = prefixed(counterPrefix, key)
	if len(key) == 0 {
		return row, 0 // no other one has a row this short
	}
	last := &row[len(row)-1]
	member = *last & (1<<familyBits - 1)
	*last >>= familyBits
	return row, member
}

// memberAt returns where in a row of counters one is, or would be.
func memberAt(sums []byte, member byte) (at int, found bool) {
	for at < len(sums) && sums[at] < member {
		at += memberLen
	}
	return at, at < len(sums) && sums[at] == member
}

// sumOf returns the sum of one counter in a row of them.
func sumOf(sums []byte, member byte) (int64, error) {
	if len(sums)%memberLen != 0 {
		return 0, fmt.Errorf("%w: counters of %d bytes", driver.Error("damaged row"), len(sums))
	}
	at, found := memberAt(sums, member)
	if !found {
		return 0, nil
	}
	return int64(binary.BigEndian.Uint64(sums[at+1:])), nil
}

// withSum returns a row of counters in which one has another sum; sums may be
// changed.
func withSum(sums []byte, member byte, sum int64) []byte {
	at, found := memberAt(sums, member)
	switch {
	case sum == 0 && found:
		return append(sums[:at], sums[at+memberLen:]...)
	case sum == 0:
		return sums
	case !found:
		sums = append(sums, make([]byte, memberLen)...)
		copy(sums[at+memberLen:], sums[at:])
		sums[at] = member
	}
	binary.BigEndian.PutUint64(sums[at+1:], uint64(sum))
	return sums
}

// families is what the tree has of rows of counters, as far as the committer
// has met them.
type families struct {
	known map[string][]byte // by key; nil: no row

	// Of the present commit.
	rows  []row
	index map[string]int // into rows
}

// maxFamilies bounds how many rows are known.
const maxFamilies = 4096

// begin makes the rows that the counters of a batch change; before reads the state
// before it.
func (f *families) begin(before *snapshot, b *batch) error {
	if f.known == nil || len(f.known) > maxFamilies {
		f.known, f.index = map[string][]byte{}, map[string]int{}
	}
	clear(f.rows)
	clear(f.index)
	f.rows = f.rows[:0]
	for i := range b.counters {
		if !b.counters[i].written {
			continue
		}
		r, err := f.row(before, b.counters[i].family)
		if err != nil {
			return err
		}
		r.value = withSum(r.value, b.counters[i].member, b.counters[i].sum)
	}
	for i := range f.rows {
		if len(f.rows[i].value) == 0 {
			f.rows[i].state = deleted
		}
	}
	return nil
}

// row returns the pending state of a row of counters.
func (f *families) row(before *snapshot, key []byte) (*row, error) {
	i, found := f.index[string(key)]
	if !found {
		sums, known := f.known[string(key)]
		if !known {
			var err error
			if sums, err = readSums(before.txn(), key); err != nil {
				return nil, err
			}
		}
		i = len(f.rows)
		f.rows = append(f.rows, row{key: key, value: append(make([]byte, 0, len(sums)+memberLen), sums...), state: written})
		f.index[string(key)] = i
	}
	return &f.rows[i], nil
}

// landed takes note that the rows are in the tree.
func (f *families) landed() {
	for i := range f.rows {
		f.known[string(f.rows[i].key)] = f.rows[i].value
	}
}

// readSums reads a row of counters, nil if there is none.
func readSums(txn *badger.Txn, key []byte) (sums []byte, err error) {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return nil, nil
	}
	if err == nil {
		err = item.Value(func(v []byte) error {
			sums = bytes.Clone(v)
			return nil
		})
	}
	if err == nil && len(sums)%memberLen != 0 {
		_, err = sumOf(sums, 0)
	}
	return sums, err
}
