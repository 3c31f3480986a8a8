package badgerindex

import (
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/crashfs"
	"github.com/cofferstore/coffer/objstore/driver"
)

// state is a model of an index: what its rows are made from, and its counters.
type state struct {
	rows     map[string]stamp
	counters map[string]int64
}

// stamp is what a value is made from.
type stamp struct {
	id     uint64
	length int
}

func (s stamp) value() []byte {
	b := make([]byte, s.length+8)
	for i := 0; i < s.length; i += 8 {
		binary.BigEndian.PutUint64(b[i:], s.id)
	}
	return b[:s.length]
}

func stampOf(value []byte) stamp {
	s := stamp{length: len(value)}
	if len(value) >= 8 {
		s.id = binary.BigEndian.Uint64(value)
	}
	return s
}

func (s state) clone() state { return state{maps.Clone(s.rows), maps.Clone(s.counters)} }

// change is one Update of a run.
type change struct {
	sets map[string]stamp // a length below 0: a removal
	adds map[string]int64
}

func (c change) on(s state) state {
	s = s.clone()
	for key, st := range c.sets {
		if delete(s.rows, key); st.length >= 0 {
			s.rows[key] = st
		}
	}
	for key, n := range c.adds {
		s.counters[key] += n
	}
	return s
}

func (c change) apply(tx driver.Txn) (err error) {
	for key, st := range c.sets {
		if st.id%2 == 0 { // what was read is known to the commit
			if _, err := tx.Get([]byte(key)); err != nil && !errors.Is(err, driver.ErrNotFound) {
				return err
			}
		}
		if _, _, fresh := strings.Cut(key, "new-"); fresh {
			err = errors.Join(err, driver.Insert(tx, []byte(key), st.value()))
		} else if st.length < 0 {
			err = errors.Join(err, tx.Delete([]byte(key)))
		} else {
			err = errors.Join(err, tx.Set([]byte(key), st.value()))
		}
	}
	for key, n := range c.adds {
		err = errors.Join(err, tx.Add([]byte(key), n))
	}
	return err
}

// randomChange returns the change with a number: mostly some rows of all kinds
// of sizes, now and then many that fill the tree.
func randomChange(rnd *rand.Rand, id uint64) change {
	c := change{sets: map[string]stamp{}, adds: map[string]int64{strconv.Itoa(rnd.IntN(5)): rnd.Int64N(100) - 40}}
	n, filling := 1+rnd.IntN(8), rnd.IntN(6) == 0
	if filling {
		n = 120
	}
	for range n {
		length := 0
		switch k := rnd.IntN(8); {
		case filling:
			length = 700 + rnd.IntN(300)
		case k < 2:
			length = -1 // removed
		case k < 4:
			length = 8 + rnd.IntN(1000)
		default:
			length = separated + rnd.IntN(12<<10)
		}
		c.sets[fmt.Sprintf("row-%03d", rnd.IntN(400))] = stamp{id, length}
	}
	if rnd.IntN(8) == 0 {
		c.sets[fmt.Sprintf("new-%d", id)] = stamp{id, 8 + rnd.IntN(4<<10)}
	}
	return c
}

// read returns the state of an index.
func read(t *testing.T, ix *Index) state {
	s := state{map[string]stamp{}, map[string]int64{}}
	require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
		c := r.Scan(nil, nil, driver.ScanOptions{})
		for c.Next() {
			v, err := c.Value()
			require.NoError(t, err, "%s", c.Key())
			s.rows[string(c.Key())] = stampOf(v)
			require.Equal(t, stampOf(v).value(), v)
		}
		for i := range 5 {
			n, err := r.Counter([]byte(strconv.Itoa(i)))
			require.NoError(t, err)
			if n != 0 {
				s.counters[strconv.Itoa(i)] = n
			}
		}
		return c.Close()
	}))
	return s
}

func sameState(a, b state) bool {
	maps.DeleteFunc(a.counters, func(_ string, n int64) bool { return n == 0 })
	maps.DeleteFunc(b.counters, func(_ string, n int64) bool { return n == 0 })
	return maps.Equal(a.rows, b.rows) && maps.Equal(a.counters, b.counters)
}

// wantLive checks the figures of the segments against the rows. It does so in the
// place of an Update, when no batch is in flight: the keeper may be at work.
func wantLive(t *testing.T, ix *Index) {
	t.Helper()
	var want, got map[uint32]int64
	for want == nil {
		require.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) (err error) {
			if on := tx.(*txn); on.batch.below == nil {
				want, err = pointedTo(on.base.txn())
				got = ix.committer.live.copy()
			}
			return err
		}))
	}
	assert.Equal(t, want, got, "bytes that count in each segment")
}

// pointedTo sums the lengths of the values that rows point to, for each segment.
func pointedTo(txn *badger.Txn) (map[uint32]int64, error) {
	sums := map[uint32]int64{}
	it := txn.NewIterator(badger.IteratorOptions{Prefix: []byte{rowPrefix}})
	defer it.Close()
	for it.Rewind(); it.Valid(); it.Next() {
		r, err := itemRow(it.Item())
		if err != nil {
			return nil, err
		}
		if p, ok := pointerIn(r); ok {
			sums[p.Segment] += int64(p.Length)
		}
	}
	return sums, nil
}

func (v *liveness) copy() map[uint32]int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return maps.Clone(v.bytes)
}

// powerRun is a run of random Updates during which the power fails again and again.
type powerRun struct {
	rnd    *rand.Rand
	opts   Options
	states []state // after each Update
	acked  int     // the state of the last Update that was acknowledged

	images, refused, unknown int
}

func (r *powerRun) open(t *testing.T, m *medium) *Index {
	o := r.opts
	o.fs = m
	ix, err := Open(m.dir, &o)
	require.NoError(t, err)
	return ix
}

// apart runs fn on a goroutine of its own: one that fails the test ends, and what
// called it must not.
func apart(fn func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn()
	}()
	<-done
}

// fail takes an image of m and looks whether the index comes back from it. Once
// more, depth times, the power fails while it does.
func (r *powerRun) fail(t *testing.T, m *medium, depth int) {
	r.images++
	lost := m.image(t, r.rnd)
	defer os.RemoveAll(lost.dir)
	if depth > 0 {
		lost.at = 1 + r.rnd.IntN(60)
		lost.before = func() { apart(func() { r.fail(t, lost, depth-1) }) }
	}
	ix := r.open(t, lost)
	lost.locked(func() { lost.at = 0 })
	got := read(t, ix)
	found := -1
	for n := r.acked; n < len(r.states); n++ {
		if sameState(r.states[n], got) {
			found = n
		}
	}
	require.GreaterOrEqual(t, found, r.acked, "the state is that of an Update that was acknowledged or on its way")
	wantLive(t, ix)
	more := randomChange(r.rnd, 1<<40)
	require.NoError(t, ix.Update(t.Context(), more.apply))
	require.NoError(t, ix.Close())
	ix = r.open(t, lost)
	require.True(t, sameState(more.on(r.states[found]), read(t, ix)), "it goes on from there")
	wantLive(t, ix)
	require.NoError(t, ix.Close())
}

// TestPowerLoss cuts the power at random operations of the log and the keeper:
// in the middle of commits, checkpoints, collections and replays. A number in
// BADGERINDEX_SEED makes another and longer run.
func TestPowerLoss(t *testing.T) {
	seeds, updates := []uint64{1, 2}, 600
	if s, err := strconv.ParseUint(os.Getenv("BADGERINDEX_SEED"), 10, 64); err == nil {
		seeds, updates = []uint64{s}, 1500
	} else if testing.Short() {
		seeds, updates = seeds[:1], 400
	}
	for _, seed := range seeds {
		t.Run(fmt.Sprint("seed=", seed), func(t *testing.T) { losePower(t, seed, updates) })
	}
}

func losePower(t *testing.T, seed uint64, updates int) {
	rnd := rand.New(rand.NewPCG(seed, 0))
	r := &powerRun{
		rnd:    rnd,
		opts:   Options{MemTableSize: minMemTableSize, SegmentSize: 64<<10 + rnd.Int64N(256<<10), CheckpointEvery: 128<<10 + rnd.Int64N(4<<20)},
		states: []state{{map[string]stamp{}, map[string]int64{}}},
	}
	m := newMedium(t, t.TempDir(), crashfs.New())
	m.before = func() {
		apart(func() { r.fail(t, m, r.rnd.IntN(3)) })
		m.at = m.ops + 1 + r.rnd.IntN(200)
	}
	ix := r.open(t, m)
	m.locked(func() { m.at = m.ops + 1 })
	changes := rand.New(rand.NewPCG(seed, 1))
	for n := 0; n < updates && !t.Failed(); n++ {
		c := randomChange(changes, uint64(n+1))
		fault := changes.IntN(60)
		m.locked(func() {
			r.states = append(r.states, c.on(r.states[r.acked]))
			if m.full = nil; fault < 3 {
				m.full = syscall.ENOSPC
			}
		})
		if fault == 3 {
			m.log.FailAt(1+changes.IntN(8), errors.New("injected"))
		}
		ix = r.settle(t, m, ix, ix.Update(t.Context(), c.apply))
		if changes.IntN(300) == 0 {
			require.NoError(t, ix.store.db.Flatten(1)) // drops what was removed
		}
	}
	m.locked(func() { m.at, m.full = 0, nil })
	require.True(t, sameState(r.states[r.acked], read(t, ix)))
	require.NoError(t, ix.Close())
	t.Logf("%d states after power loss, %d Updates, %d refused, %d of unknown outcome", r.images, r.acked, r.refused, r.unknown)
}

// settle takes note of how the last Update has ended. After one of unknown outcome
// it opens the index again and sees.
func (r *powerRun) settle(t *testing.T, m *medium, ix *Index, err error) *Index {
	m.log.FailAt(0, nil)
	switch {
	case err == nil:
		m.locked(func() { r.acked++ })
	case errors.Is(err, driver.ErrOutcomeUnknown):
		r.unknown++
		_ = ix.Close()
		m.locked(func() { m.full = nil })
		ix = r.open(t, m)
		got := read(t, ix)
		m.locked(func() {
			if sameState(r.states[r.acked+1], got) {
				r.acked++
			}
			r.states = r.states[:r.acked+1]
		})
		require.True(t, sameState(r.states[r.acked], got))
	default:
		r.refused++
		m.locked(func() { r.states = r.states[:r.acked+1] })
	}
	return ix
}
