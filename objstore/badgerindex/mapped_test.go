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
	stuck  bool // pages come back at once
	asked  int  // times that places were looked up
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
	sum := f.others
	for _, n := range f.pages {
		sum += n
	}
	return sum, nil
}

func (f *fakeTables) places() (map[uint64]mapping, error) {
	f.asked++
	places := map[uint64]mapping{}
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

func newFake(budget int64, others int64, pages map[uint64]int64) (*mapped, *fakeTables) {
	f := &fakeTables{others: others, pages: pages}
	return &mapped{tables: f, memory: f, budget: budget}, f
}

func TestMappedBudget(t *testing.T) {
	for _, tt := range []struct {
		explanation string
		others      int64
		pages       map[uint64]int64
		released    []uint64
		busy        bool
	}{
		{"nothing is mapped", 0, map[uint64]int64{}, nil, false},
		{"half of the budget: there is time", 0, map[uint64]int64{3: 25, 4: 25}, nil, false},
		{"more may soon be too much", 0, map[uint64]int64{3: 30, 4: 30}, nil, true},
		{"just the budget is allowed", 0, map[uint64]int64{3: 50, 4: 50}, nil, true},
		{"tables go until a quarter of the budget is free", 0, map[uint64]int64{3: 20, 4: 20, 5: 20, 6: 20, 7: 21}, []uint64{3, 4}, true},
		{"the program itself does not count: when all tables are out, it is known how large it is", 500, map[uint64]int64{3: 20, 4: 20}, []uint64{3, 4}, false},
	} {
		t.Run(tt.explanation, func(t *testing.T) {
			m, f := newFake(100, tt.others, tt.pages)
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
	m, f := newFake(100, 0, map[uint64]int64{3: 50, 5: 50, 8: 50})
	look := func() {
		t.Helper()
		f.log = nil
		_, err := m.look()
		require.NoError(t, err)
	}
	look()
	assert.Equal(t, []uint64{3, 5}, f.log)
	f.pages[3], f.pages[5] = 30, 30
	look()
	assert.Equal(t, []uint64{8}, f.log, "the next in turn")
	assert.Equal(t, 1, f.asked, "the places are known")

	delete(f.pages, 3)
	f.pages[9], f.pages[5] = 70, 60
	look()
	assert.Equal(t, []uint64{9}, f.log, "a new table comes behind the others")
	assert.Equal(t, 2, f.asked, "and has to be found")
	f.pages[5], f.pages[8] = 60, 60
	look()
	assert.Equal(t, []uint64{5}, f.log, "then from the first that is left")
}

func TestMappedFloor(t *testing.T) {
	m, f := newFake(100, 500, map[uint64]int64{3: 20})
	look := func() {
		t.Helper()
		f.log = nil
		_, err := m.look()
		require.NoError(t, err)
	}
	look()
	f.pages[3] = 90
	look()
	assert.Empty(t, f.log, "500 are not tables: that was found out before")
	f.others, f.pages[3] = 450, 0
	look()
	f.pages[3] = 101
	look()
	assert.Equal(t, []uint64{3}, f.log, "now 450 are not")
	f.stuck, f.pages[3] = true, 300
	look()
	f.log = nil
	look()
	assert.Empty(t, f.log, "what cannot be released is not tried again and again")
}
