package badgerindex

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// Times between two looks at the memory. Under load 500 to 1200 MB of tables are
// mapped in a second, since the system maps 64 KiB around each page that is
// touched; at rest there is nothing to see.
const (
	mappedLookBusy = 10 * time.Millisecond
	mappedLookIdle = 50 * time.Millisecond
)

// mappedCalm is how many looks in a row must have found less than half of the
// budget before the next ones may be further apart: less than half is also what
// they find shortly after a release.
const mappedCalm = 100

// When a look is late by mappedLate, because others have the processors, readers
// wait for it, at most for mappedPatience: it is them who map pages.
const (
	mappedLate     = 20 * time.Millisecond
	mappedPatience = 100 * time.Millisecond
)

// mappedStep is the most bytes of addresses that are released at once: the
// garbage collector may have to wait for it, about a millisecond.
const mappedStep = 16 << 20

// mapped keeps the tables that Badger has mapped into memory within a budget:
// their pages count as resident until the system takes them back, which it does
// when memory is short everywhere, and not when this process has much.
//
// It unmaps pages (not tables) that stay in the page cache; who needs one again
// pays for a page fault and not for a read. All tables are released at once: most
// of them lie side by side, and what a release costs is the call.
type mapped struct {
	tables tableSource
	memory memoryMap
	budget int64 // bytes
	log    *slog.Logger
	quit   chan struct{}
	done   chan struct{}

	floor int64 // bytes of other mapped files at the start
	least int64 // bytes that were resident at the least since the last release
	calm  int   // looks in a row that found less than half of the budget

	ending   sync.WaitGroup // holds of tables that are being ended
	releases atomic.Uint64

	now    func() time.Time // not the index's clock: it tells how late the system is
	after  func(time.Duration) <-chan time.Time
	due    atomic.Int64                  // in Unix nanoseconds: when the next look must be over; 0: whenever
	looked atomic.Pointer[chan struct{}] // closed when it is
}

// mapping is a range of addresses.
type mapping struct{ start, end uintptr }

// memoryMap is what the operating system tells of this process and does to it.
type memoryMap interface {
	// resident returns how many bytes of mapped files are resident.
	resident() (int64, error)

	// places returns where the tables of the index are mapped, by id: those that
	// are held, and others, which may be gone at any moment.
	places() (map[uint64]mapping, error)

	// release drops the pages of a range in which all is mapped.
	release(mapping) error

	io.Closer
}

// tableSource holds tables.
type tableSource interface {
	// hold returns the ids of tables that stay mapped until end is called: all
	// but the newest.
	hold() (ids []uint64, end func())
}

// startMapped begins to keep the tables of db, which are in dir, within the
// budget of the options, where the system tells enough for that. Of mapped files
// floor bytes were resident before.
func startMapped(db *badger.DB, dir string, o Options, floor int64) *mapped {
	m := &mapped{
		tables: &heldTables{db: db}, budget: o.MappedBytes, floor: floor, log: o.Logger,
		quit: make(chan struct{}), done: make(chan struct{}), now: time.Now, after: time.After,
	}
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
	defer m.expect(0)
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
		m.expect(wait)
		timer.Reset(wait)
	}
}

// expect says that a look is over and that the next one comes after wait, which
// matters to nobody when it is long or 0.
func (m *mapped) expect(wait time.Duration) {
	due, next := int64(0), make(chan struct{})
	if wait == mappedLookBusy {
		due = m.now().Add(wait + mappedLate).UnixNano()
	}
	m.due.Store(due)
	if last := m.looked.Swap(&next); last != nil {
		close(*last)
	}
}

// pace makes a reader wait while a look is late.
func (m *mapped) pace(ctx context.Context) {
	due := m.due.Load()
	if due == 0 || m.now().UnixNano() < due {
		return
	}
	looked := m.looked.Load()
	if looked == nil || m.due.Load() != due {
		return // it was over just now
	}
	select {
	case <-*looked:
	case <-ctx.Done():
	case <-m.after(mappedPatience):
	}
}

// close ends the goroutine. Badger must be open until then.
func (m *mapped) close() {
	close(m.quit)
	<-m.done
	m.ending.Wait()
}

// look releases the tables when they are over the budget, and tells when to look
// again. What a release leaves (tables that a compaction is making, other files)
// may grow by a quarter of the budget before the next one is tried.
func (m *mapped) look() (wait time.Duration, err error) {
	resident, err := m.memory.resident()
	if err != nil {
		return 0, err
	}
	m.least = min(m.least, resident)
	if resident > max(m.floor+m.budget, m.least+m.budget/4) {
		m.calm = 0
		m.releases.Add(1)
		m.least, err = m.release()
		return mappedLookBusy, err
	}
	if resident > m.floor+m.budget/2 {
		m.calm = 0
	} else {
		m.calm++
	}
	if m.calm < mappedCalm {
		return mappedLookBusy, nil
	}
	return mappedLookIdle, nil
}

// release releases all tables, and returns how many bytes are resident then.
//
// The end of the hold is not waited for: when it was the last on the tables that
// a compaction has left, it unmaps and removes them all, for 100 ms and more, in
// which as many MiB are mapped.
func (m *mapped) release() (resident int64, err error) {
	ids, end := m.tables.hold()
	defer func() { m.ending.Go(end) }()
	places, err := m.memory.places()
	if err != nil {
		return 0, err
	}
	for _, place := range joined(places, ids) {
		if err := m.memory.release(place); err != nil {
			return 0, err
		}
	}
	return m.memory.resident()
}

// joined returns where the tables with these ids are, ascending. Those that lie
// side by side are one, of at most [mappedStep].
func joined(places map[uint64]mapping, ids []uint64) []mapping {
	held := make([]mapping, 0, len(ids))
	for _, id := range ids {
		if place, ok := places[id]; ok {
			held = append(held, place)
		}
	}
	slices.SortFunc(held, func(a, b mapping) int { return cmp.Compare(a.start, b.start) })
	out := held[:0]
	for _, place := range held {
		if last := len(out) - 1; last >= 0 && out[last].end == place.start && place.end-out[last].start <= mappedStep {
			out[last].end = place.end
		} else {
			out = append(out, place)
		}
	}
	return out
}

// heldTables is the [tableSource] of Badger.
type heldTables struct {
	db     *badger.DB
	listed map[uint64]bool // the tables at the last hold
}

// hold implements [tableSource]. An iterator without a prefix refers to all
// tables of the moment at which it is made, and Badger unmaps none that is
// referred to. A table comes and goes once: one that is there now and was at the
// last hold was there in between. (To list tables touches a page of each, which is
// why it is done once.)
func (t *heldTables) hold() (ids []uint64, end func()) {
	if t.listed == nil {
		_ = t.list()
	}
	txn := t.db.NewTransactionAt(math.MaxUint64, false)
	it := iterator(txn)
	if it == nil {
		return nil, txn.Discard
	}
	end = func() {
		it.Close()
		txn.Discard()
	}
	return t.list(), end
}

// list lists the tables, and returns the ids of those that were there before.
func (t *heldTables) list() (still []uint64) {
	tables := t.db.Tables()
	now := make(map[uint64]bool, len(tables))
	for i := range tables {
		id := tables[i].ID
		now[id] = true
		if t.listed[id] {
			still = append(still, id)
		}
	}
	t.listed = now
	return still
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
