package badgerindex

import (
	"io"
	"log/slog"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// Times between two looks at the memory. Under load 500 to 1000 MB of tables are
// mapped in a second, since the system maps 64 KiB around each page that is
// touched; at rest there is nothing to see.
const (
	mappedLookBusy = 10 * time.Millisecond
	mappedLookIdle = 200 * time.Millisecond
)

// mappedRest is how many looks pass before what could not be released is tried
// again: something else may be mapped.
const mappedRest = 100

// mapped keeps the tables that Badger has mapped into memory within a budget:
// their pages count as resident until the system takes them back, which it does
// when memory is short everywhere, and not when this process has much.
//
// It unmaps pages (not tables) that stay in the page cache; who needs one again
// pays for a page fault and not for a read. Tables take turns.
type mapped struct {
	tables tableSource
	memory memoryMap
	budget int64 // bytes
	log    *slog.Logger
	quit   chan struct{}
	done   chan struct{}

	floor int64  // bytes of other mapped files at the start
	turn  uint64 // the id of the table that was released last
	slack int64  // bytes over the budget that could not be released of late
	rest  int    // looks until that is tried again

	ending   sync.WaitGroup // holds of tables that are being ended
	releases atomic.Uint64
}

// mapping is a range of addresses.
type mapping struct{ start, end uintptr }

func (m mapping) len() int64 { return int64(m.end - m.start) }

// memoryMap is what the operating system tells of this process and does to it.
type memoryMap interface {
	// resident returns how many bytes of mapped files are resident.
	resident() (int64, error)

	// places returns where the tables of the index are mapped, by id, with those
	// that are not held.
	places() (map[uint64]mapping, error)

	// release drops the pages of a mapping, which must exist.
	release(mapping) error

	io.Closer
}

// tableSource holds tables.
type tableSource interface {
	// hold returns the ids of the tables that stay mapped until end is called,
	// ascending.
	hold() (ids []uint64, end func())
}

// startMapped begins to keep the tables of db, which are in dir, within the
// budget of the options, where the system tells enough for that. Of mapped files
// floor bytes were resident before.
func startMapped(db *badger.DB, dir string, o Options, floor int64) *mapped {
	m := &mapped{tables: heldTables{db}, budget: o.MappedBytes, floor: floor, log: o.Logger, quit: make(chan struct{}), done: make(chan struct{})}
	if m.budget >= 0 {
		var err error
		if m.memory, err = openMemory(dir); err != nil {
			m.warn(err)
		}
	}
	go m.run()
	return m
}

func (m *mapped) warn(err error) {
	m.log.Warn("the memory of mapped tables is not kept within bounds", "error", err)
}

// run is the goroutine of mapped.
func (m *mapped) run() {
	defer close(m.done)
	if m.memory == nil {
		return
	}
	defer m.memory.Close()
	timer := time.NewTimer(mappedLookBusy)
	defer timer.Stop()
	for {
		select {
		case <-m.quit:
			return
		case <-timer.C:
		}
		wait, err := m.look()
		if err != nil {
			m.warn(err)
			return
		}
		timer.Reset(wait)
	}
}

// close ends the goroutine. Badger must be open until then.
func (m *mapped) close() {
	close(m.quit)
	<-m.done
	m.ending.Wait()
}

// look releases what is over the budget, and tells when to look again.
func (m *mapped) look() (wait time.Duration, err error) {
	resident, err := m.memory.resident()
	if err != nil {
		return 0, err
	}
	if m.rest--; m.rest <= 0 {
		m.slack = 0
	}
	if resident > m.floor+m.budget+m.slack {
		_, err = m.release(resident)
		return mappedLookBusy, err
	}
	if resident > m.floor+m.budget/2 {
		return mappedLookBusy, err
	}
	return mappedLookIdle, err
}

// release releases tables, each in its turn, until half of the budget is free;
// but a quarter of it is left to the tables while others, which a compaction is
// making and which cannot be released, take the rest. It returns how many bytes
// are resident.
//
// The end of the hold is not waited for: when it was the last on the tables that
// a compaction has left, it unmaps and removes them all, for 100 ms and more, in
// which as many MiB are mapped.
func (m *mapped) release(resident int64) (int64, error) {
	ids, end := m.tables.hold()
	defer func() { m.ending.Go(end) }()
	places, err := m.memory.places()
	if err != nil {
		return 0, err
	}
	held, others := split(places, ids)
	target := m.floor + max(m.budget/2, others+m.budget/4)
	if resident <= target {
		return resident, nil
	}
	m.releases.Add(1)
	for range held {
		m.turn = after(held, m.turn)
		if err := m.memory.release(places[m.turn]); err != nil {
			return 0, err
		}
		if resident, err = m.memory.resident(); err != nil || resident <= target {
			return resident, err
		}
	}
	m.slack, m.rest = resident-target, mappedRest
	return resident, nil
}

// split returns which of the tables with these ids have a place, and how many
// bytes all others have.
func split(places map[uint64]mapping, ids []uint64) (held []uint64, others int64) {
	for _, place := range places {
		others += place.len()
	}
	held = make([]uint64, 0, len(ids))
	for _, id := range ids {
		if place, ok := places[id]; ok {
			held = append(held, id)
			others -= place.len()
		}
	}
	return held, others
}

// after returns the first of the ascending ids behind id, or the first of all.
func after(ids []uint64, id uint64) uint64 {
	i, _ := slices.BinarySearch(ids, id+1)
	return ids[i%len(ids)]
}

// heldTables is the [tableSource] of Badger.
type heldTables struct{ db *badger.DB }

// hold implements [tableSource]. An iterator without a prefix refers to all
// tables of the moment at which it is made, and Badger unmaps none that is
// referred to. A table comes and goes once: one that is there before and after
// was there in between.
func (t heldTables) hold() (ids []uint64, end func()) {
	before := t.db.Tables()
	txn := t.db.NewTransactionAt(math.MaxUint64, false)
	it := iterator(txn)
	if it == nil {
		return nil, txn.Discard
	}
	end = func() {
		it.Close()
		txn.Discard()
	}
	return inBoth(before, t.db.Tables()), end
}

// iterator returns nil when Badger has failed; see [readable].
func iterator(txn *badger.Txn) (it *badger.Iterator) {
	defer func() {
		if recover() != nil {
			it = nil
		}
	}()
	return txn.NewIterator(badger.IteratorOptions{})
}

// inBoth returns the ids of the tables that are in both lists, ascending.
func inBoth(before, later []badger.TableInfo) []uint64 {
	there := make(map[uint64]bool, len(before))
	for i := range before {
		there[before[i].ID] = true
	}
	ids := make([]uint64, 0, len(later))
	for i := range later {
		if there[later[i].ID] {
			ids = append(ids, later[i].ID)
		}
	}
	slices.Sort(ids)
	return ids
}
