package badgerindex

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fakeTables are tables by id and by what they have in memory, beside other
// files of a process.
type fakeTables struct {
	others int64
	pages  map[uint64]int64
	making int64 // bytes of a table that is not held
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

// places puts each table on a page of its own, at the address of its id.
func (f *fakeTables) places() (map[uint64]mapping, error) {
	places := map[uint64]mapping{1000: {1000, 1001}} // being made
	for id := range f.pages {
		places[id] = mapping{uintptr(id), uintptr(id) + 1}
	}
	return places, nil
}

func (f *fakeTables) release(m mapping) error {
	for id := uint64(m.start); id < uint64(m.end); id++ {
		f.log = append(f.log, id)
		f.pages[id] = 0
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
		making      int64 // bytes of a table that a compaction makes
		pages       map[uint64]int64
		released    []uint64
	}{
		{"nothing is mapped", 0, map[uint64]int64{}, nil},
		{"just the budget is allowed", 0, map[uint64]int64{3: 50, 4: 50}, nil},
		{"all tables go when it is more", 0, map[uint64]int64{3: 50, 4: 50, 8: 1}, []uint64{3, 4, 8}},
		{"a table that is being made takes its part, and is not touched", 60, map[uint64]int64{3: 41}, []uint64{3}},
	} {
		t.Run(tt.explanation, func(t *testing.T) {
			m, f := newFake(100, tt.pages)
			m.floor, f.others = 500, 500
			f.making = tt.making
			wait, err := m.look()
			require.NoError(t, err)
			assert.Equal(t, tt.released, f.log)
			assert.Equal(t, mappedLookBusy, wait)
		})
	}
}

// TestMappedWait: memory that was just released fills again within a tenth of a
// second, and the first look behind a release sees little of it.
func TestMappedWait(t *testing.T) {
	m, f := newFake(100, map[uint64]int64{3: 101})
	look := func() time.Duration {
		t.Helper()
		wait, err := m.look()
		require.NoError(t, err)
		return wait
	}
	require.Equal(t, mappedLookBusy, look())
	require.Zero(t, f.pages[3])
	for range mappedCalm - 1 {
		require.Equal(t, mappedLookBusy, look(), "not calm yet")
	}
	assert.Equal(t, mappedLookIdle, look(), "nothing happens")
	f.pages[3] = 51
	assert.Equal(t, mappedLookBusy, look(), "more may soon be too much")
	f.pages[3] = 50
	assert.Equal(t, mappedLookBusy, look())
}

// TestMappedPace: readers map pages, and wait when nobody comes to release them.
func TestMappedPace(t *testing.T) {
	now := time.Unix(1000, 0)
	patience := make(chan time.Time)
	m := &mapped{now: func() time.Time { return now }, after: func(time.Duration) <-chan time.Time { return patience }}
	pace := func(ctx context.Context) chan struct{} {
		done := make(chan struct{})
		go func() { m.pace(ctx); close(done) }()
		return done
	}
	<-pace(t.Context()) // nothing is expected

	m.expect(mappedLookBusy)
	now = now.Add(mappedLookBusy + mappedLate - 1)
	<-pace(t.Context()) // it is not late yet
	now = now.Add(1)
	waiting := pace(t.Context())
	select {
	case <-waiting:
		t.Error("a reader did not wait")
	case patience <- now: // which only somebody who waits takes
		<-waiting
	}

	waiting = pace(t.Context())
	m.expect(mappedLookBusy)
	<-waiting // for the look, or it came too late to wait

	now = now.Add(time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	waiting = pace(ctx)
	cancel()
	<-waiting

	m.expect(mappedLookIdle)
	now = now.Add(time.Hour)
	<-pace(t.Context()) // a long pause is no lateness
}

// TestMappedStuck: another part of the program maps a large file.
func TestMappedStuck(t *testing.T) {
	m, f := newFake(100, map[uint64]int64{3: 0})
	look := func(resident int64) []uint64 {
		t.Helper()
		f.log, f.pages[3] = nil, resident
		_, err := m.look()
		require.NoError(t, err)
		return f.log
	}
	f.others = 500
	assert.Equal(t, []uint64{3}, look(20))
	for range 100 {
		assert.Empty(t, look(25), "a release would hardly help")
	}
	assert.Equal(t, []uint64{3}, look(26), "a quarter of the budget is to be had")
	f.others = 150
	assert.Empty(t, look(25), "some of it is gone")
	assert.Equal(t, []uint64{3}, look(51), "so that less is allowed")
	f.others = 0
	assert.Empty(t, look(100))
	assert.Equal(t, []uint64{3}, look(126), "all of it is gone")
	assert.Equal(t, []uint64{3}, look(101), "and the budget holds again")
}

func TestJoined(t *testing.T) {
	const step = mappedStep
	for _, tt := range []struct {
		explanation string
		places      map[uint64]mapping
		ids         []uint64
		want        []mapping
	}{
		{"no tables", nil, nil, []mapping{}},
		{"a table is mapped no longer", nil, []uint64{1}, []mapping{}},
		{"side by side, in any order", map[uint64]mapping{1: {30, 40}, 2: {10, 20}, 3: {20, 30}}, []uint64{1, 2, 3}, []mapping{{10, 40}}},
		{"something is between", map[uint64]mapping{1: {10, 20}, 2: {21, 30}}, []uint64{1, 2}, []mapping{{10, 20}, {21, 30}}},
		{"one that is not held, which may be gone at any moment", map[uint64]mapping{1: {10, 20}, 2: {20, 30}, 3: {30, 40}}, []uint64{1, 3}, []mapping{{10, 20}, {30, 40}}},
		{"as much as one call may release", map[uint64]mapping{1: {0, step - 10}, 2: {step - 10, step}, 3: {step, step + 10}}, []uint64{1, 2, 3}, []mapping{{0, step}, {step, step + 10}}},
		{"a table of more than that", map[uint64]mapping{1: {0, 2 * step}, 2: {2 * step, 2*step + 10}}, []uint64{1, 2}, []mapping{{0, 2 * step}, {2 * step, 2*step + 10}}},
	} {
		assert.Equal(t, tt.want, joined(tt.places, tt.ids), tt.explanation)
	}
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
	m.tables, m.quit, m.done, m.now = slow, make(chan struct{}), make(chan struct{}), time.Now
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
