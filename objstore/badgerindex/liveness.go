package badgerindex

import (
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/dgraph-io/badger/v4"

	"github.com/cofferstore/coffer/objstore/badgerindex/wal"
)

// liveness counts how many bytes of each segment of the log are values that the
// tree points to. The figures are rows of the tree, which change in the commits
// that change them. They say where collecting is worth while; what may go is
// found out by looking.
type liveness struct {
	mu    sync.Mutex
	bytes map[uint32]int64
	dirty map[uint32]bool // changed since the row was written
	freed int64           // bytes that no longer count, since tidied

	// Of the present commit.
	delta map[uint32]int64
	taken []uint32 // the segments of rows
}

// maxLiveRows bounds how many figures one commit writes; the others follow with
// the next ones.
const maxLiveRows = 256

func liveRow(segment uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{livePrefix}, segment)
}

// load reads the figures. Those of segments that the log has no more are to go.
func (v *liveness) load(db *badger.DB, segments []wal.Segment) error {
	v.bytes, v.dirty, v.delta = map[uint32]int64{}, map[uint32]bool{}, map[uint32]int64{}
	txn := db.NewTransactionAt(db.MaxVersion(), false)
	defer txn.Discard()
	it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{livePrefix}})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		item := it.Item()
		err := item.Value(func(b []byte) error {
			n, err := parseNumber(b)
			if len(item.Key()) != 5 || err != nil {
				return fmt.Errorf("badgerindex: row of a segment: %w", wal.ErrDamaged)
			}
			v.bytes[binary.BigEndian.Uint32(item.Key()[1:])] = n
			return nil
		})
		if err != nil {
			return err
		}
	}
	for n := range v.bytes {
		if !slices.ContainsFunc(segments, func(s wal.Segment) bool { return s.Number == n }) {
			v.forget(n)
		}
	}
	return nil
}

// begin begins a commit, and revert undoes what it has done.
func (v *liveness) begin() {
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.delta)
	v.taken = v.taken[:0]
}

func (v *liveness) revert() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for segment, n := range v.delta {
		v.change(segment, -n)
	}
	for _, segment := range v.taken {
		v.dirty[segment] = true
	}
}

// add changes the figure of a segment.
func (v *liveness) add(segment uint32, n int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.delta[segment] += n
	v.change(segment, n)
}

// change is add without a note. The caller holds v.mu.
func (v *liveness) change(segment uint32, n int64) {
	if v.bytes[segment] += n; v.bytes[segment] == 0 {
		delete(v.bytes, segment)
	}
	v.dirty[segment] = true
	v.freed -= min(n, 0)
}

// total returns the sum of all figures, in bytes.
func (v *liveness) total() (sum int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, n := range v.bytes {
		sum += n
	}
	return sum
}

// garbage returns how many bytes have ceased to count since tidied was called.
func (v *liveness) garbage() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.freed
}

// tidied says that n bytes of garbage were looked after; below 0: were found.
func (v *liveness) tidied(n int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.freed -= n
}

// of returns the figure of a segment, in bytes.
func (v *liveness) of(segment uint32) int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.bytes[segment]
}

// forget drops the figure of a segment that is gone.
func (v *liveness) forget(segment uint32) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.bytes, segment)
	v.dirty[segment] = true
}

// rows takes the rows that are to be written, of segments in ascending order.
func (v *liveness) rows() []row {
	v.mu.Lock()
	defer v.mu.Unlock()
	var rows []row
	for _, segment := range slices.Sorted(maps.Keys(v.dirty)) {
		if len(rows) == maxLiveRows {
			break
		}
		r := row{key: liveRow(segment), state: deleted}
		if n, known := v.bytes[segment]; known {
			r.value, r.state = number(n), written
		}
		rows = append(rows, r)
		v.taken = append(v.taken, segment)
		delete(v.dirty, segment)
	}
	return rows
}
