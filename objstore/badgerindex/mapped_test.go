package badgerindex

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fakeTables are tables by id and by what they have in memory, beside other
// files of a process.
type fakeTables struct {
	others int64
	pages  map[uint64]int64
	making int64 // bytes of a table that is not held
	stuck  bool  // pages come back at once
	log    []uint64
}

func (f *fakeTables) hold() (ids []uint64, end func()) {
	for id := range uint64(100) {
		if _, ok := f.pages[id]; ok {
			ids = append(ids, id)
		}
	}
	return ids, func() {}
}

func (f *fakeTables) resident() (int64, error) {
	sum := f.others + f.making
	for _, n := range f.pages {
		sum += n
	}
	return sum, nil
}

func (f *fakeTables) places() (map[uint64]mapping, error) {
	places := map[uint64]mapping{}
	if f.making > 0 {
		places[1000] = mapping{1 << 20, 1<<20 + uintptr(f.making)}
	}
	for id := range f.pages {
		places[id] = mapping{uintptr(id), uintptr(id) + 1}
	}
	return places, nil
}

func (f *fakeTables) release(m mapping) error {
	f.log = append(f.log, uint64(m.start))
	if !f.stuck {
		f.pages[uint64(m.start)] = 0
	}
	return nil
}

func (f *fakeTables) Close() error { return nil }

func newFake(budget int64, pages map[uint64]int64) (*mapped, *fakeTables) {
	f := &fakeTables{pages: pages}
	return &mapped{tables: f, memory: f, budget: budget}, f
}

func TestMappedBudget(t *testing.T) {
	for _, tt := range []struct {
		explanation string
		making      int64 // size of a table that a compaction makes, all of it resident
		pages       map[uint64]int64
		released    []uint64
		busy        bool
	}{
		{"nothing is mapped", 0, map[uint64]int64{}, nil, false},
		{"half of the budget: there is time", 0, map[uint64]int64{3: 25, 4: 25}, nil, false},
		{"more may soon be too much", 0, map[uint64]int64{3: 30, 4: 30}, nil, true},
		{"just the budget is allowed", 0, map[uint64]int64{3: 50, 4: 50}, nil, true},
		{"tables go until half of the budget is free", 0, map[uint64]int64{3: 20, 4: 20, 5: 20, 6: 20, 7: 21}, []uint64{3, 4, 5}, true},
		{"tables that a compaction makes take their part", 20, map[uint64]int64{3: 55, 4: 10, 5: 20}, []uint64{3}, true},
		{"but leave a quarter of the budget to the others", 80, map[uint64]int64{3: 10, 4: 15}, nil, true},
		{"and no more", 80, map[uint64]int64{3: 10, 4: 16}, []uint64{3}, true},
	} {
		t.Run(tt.explanation, func(t *testing.T) {
			m, f := newFake(100, tt.pages)
			m.floor, f.others = 500, 500
			f.making = tt.making
			wait, err := m.look()
			require.NoError(t, err)
			assert.Equal(t, tt.released, f.log)
			if tt.busy {
				assert.Equal(t, mappedLookBusy, wait)
			} else {
				assert.Equal(t, mappedLookIdle, wait)
			}
		})
	}
}

func TestMappedTakesTurns(t *testing.T) {
	m, f := newFake(100, map[uint64]int64{3: 50, 5: 50, 8: 50})
	look := func() {
		t.Helper()
		f.log = nil
		_, err := m.look()
		require.NoError(t, err)
	}
	look()
	assert.Equal(t, []uint64{3, 5}, f.log)
	f.pages[3], f.pages[5] = 25, 26
	look()
	assert.Equal(t, []uint64{8, 3}, f.log, "the next in turn")

	delete(f.pages, 3)
	f.pages[5], f.pages[8], f.pages[9] = 40, 10, 60
	look()
	assert.Equal(t, []uint64{5, 8, 9}, f.log, "a new table comes behind the others")
	f.pages[5], f.pages[8] = 70, 40
	look()
	assert.Equal(t, []uint64{5}, f.log, "then from the first that is left")
}

// TestMappedRest: another part of the program maps a large file.
func TestMappedRest(t *testing.T) {
	m, f := newFake(100, map[uint64]int64{3: 20})
	look := func() {
		t.Helper()
		f.log = nil
		_, err := m.look()
		require.NoError(t, err)
	}
	f.others = 500
	look()
	assert.Equal(t, []uint64{3}, f.log)
	tries := 0
	for range 10 * mappedRest {
		f.pages[3] = 20
		look()
		tries += len(f.log)
	}
	assert.Equal(t, 10, tries, "what cannot be released is not tried at every look")
	f.others, f.pages[3] = 0, 101
	for range mappedRest {
		look()
	}
	assert.Zero(t, f.pages[3], "when it is gone, the budget holds again")
}

// slowEnd is tables whose hold takes its time to end, as it does when it was the
// last on many that are to be removed.
type slowEnd struct {
	*fakeTables
	ended chan struct{}
}

func (s slowEnd) hold() (ids []uint64, end func()) {
	ids, _ = s.fakeTables.hold()
	return ids, func() { <-s.ended }
}

func TestMappedDoesNotWaitForTheEndOfAHold(t *testing.T) {
	m, f := newFake(100, map[uint64]int64{3: 80, 4: 40})
	slow := slowEnd{f, make(chan struct{})}
	m.tables, m.quit, m.done = slow, make(chan struct{}), make(chan struct{})
	for range 2 {
		f.pages[3], f.pages[4] = 80, 80
		_, err := m.look() // would not return
		require.NoError(t, err)
	}
	assert.Equal(t, []uint64{3, 4, 3, 4}, f.log)
	go m.run()
	closed := make(chan struct{})
	go func() { m.close(); close(closed) }()
	<-m.done
	select {
	case <-closed:
		t.Error("Badger would be closed below a hold")
	default:
	}
	close(slow.ended)
	<-closed
}
