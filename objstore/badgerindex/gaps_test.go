package badgerindex

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

// gapBase begins the rows of one space of gaps, as those of a bucket do.
const gapBase = "ok0123456789abcdef"

// seekPast walks from folder to folder without looking at values, and returns
// the first key of each.
func seekPast(r driver.Reader, o driver.ScanOptions) (keys []string, err error) {
	c := r.Scan([]byte(gapBase), []byte(gapBase+"\xff"), o)
	for ok := c.Next(); ok; {
		key := string(c.Key())
		keys = append(keys, key[len(gapBase):])
		ok = c.Seek([]byte(key[:len(gapBase)+1] + "0")) // '0' follows '/'
	}
	return keys, c.Close()
}

// putFolders stores two rows in each of some folders, and three that were deleted
// before each folder.
func putFolders(t *testing.T, folders string) *Index {
	ix, err := Open(t.TempDir(), nil)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, ix.Close()) })
	for _, write := range []func(tx driver.Txn, key []byte) error{
		func(tx driver.Txn, key []byte) error { return tx.Set(key, key) }, driver.Txn.Delete,
	} {
		require.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) (err error) {
			for _, f := range folders {
				key := func(name string) []byte { return fmt.Appendf(nil, "%s%c%s", gapBase, f, name) }
				err = errors.Join(err, tx.Set(key("/1"), key("/1")), tx.Set(key("/2"), key("/2")))
				err = errors.Join(err, write(tx, key("-1")), write(tx, key("-2")), write(tx, key("-3")))
			}
			return err
		}))
	}
	return ix
}

// A walk of folders that was made before asks Badger for its beginning and its
// end alone, and with values for those.
func TestGapsSaveSeeks(t *testing.T) {
	ix := putFolders(t, "abcdef")
	want := []string{"a/1", "b/1", "c/1", "d/1", "e/1", "f/1"}
	for round := range 3 {
		require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
			got, err := seekPast(r, driver.ScanOptions{})
			assert.Equal(t, want, got)
			return err
		}))
		assert.Equal(t, 5, ix.store.gaps.Len(), "round %d", round)
	}
	require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
		s := r.(*snapshot)
		c := s.scan([]byte(gapBase+"a0"), []byte(gapBase+"f"), driver.ScanOptions{})
		require.True(t, c.Next())
		assert.Equal(t, gapBase+"b/1", string(c.Key()))
		require.True(t, c.Seek([]byte(gapBase+"d-1")))
		assert.Equal(t, gapBase+"d/1", string(c.Key()))
		assert.Empty(t, s.open, "Badger was not asked")
		value, err := c.Value()
		assert.Equal(t, gapBase+"d/1", string(value))
		require.True(t, c.Next())
		assert.Equal(t, gapBase+"d/2", string(c.Key()))
		require.True(t, c.Seek([]byte(gapBase+"d0")))
		assert.Equal(t, gapBase+"e/1", string(c.Key()))
		assert.False(t, c.Seek([]byte(gapBase+"e0")), "the gap ends behind the range")
		assert.False(t, c.Next())
		return errors.Join(err, c.Close())
	}))
}

// A listing that need not step over deleted rows does not give up on them; one
// that gave up has nothing to remember.
func TestGapsAndMaxSkip(t *testing.T) {
	ix := putFolders(t, "abc")
	walk := func(maxSkip int) (keys []string, err error) {
		verr := ix.View(t.Context(), func(r driver.Reader) error {
			keys, err = seekPast(r, driver.ScanOptions{MaxSkip: maxSkip})
			return nil
		})
		require.NoError(t, verr)
		return keys, err
	}
	var limit *driver.ScanLimitError
	keys, err := walk(7) // three deleted rows have six versions
	assert.ErrorAs(t, err, &limit)
	assert.Equal(t, []string{"a/1"}, keys)
	assert.Zero(t, ix.store.gaps.Len())
	for _, maxSkip := range []int{100, 7} {
		keys, err = walk(maxSkip)
		assert.NoError(t, err)
		assert.Equal(t, []string{"a/1", "b/1", "c/1"}, keys)
	}
	assert.Equal(t, 2, ix.store.gaps.Len())
}

// If a gap were wrong, a scan would find that out where it reads the row.
func TestWrongGap(t *testing.T) {
	ix := putFolders(t, "ab")
	lie := func() {
		require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
			ix.store.gaps.Add([]byte("r"+gapBase+"a0"), []byte("r"+gapBase+"a5"), r.(*snapshot).version)
			return nil
		}))
	}
	scan := func(fn func(c driver.Cursor)) {
		lie()
		require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
			c := r.Scan([]byte(gapBase), nil, driver.ScanOptions{})
			require.True(t, c.Seek([]byte(gapBase+"a0")))
			require.Equal(t, gapBase+"a5", string(c.Key()))
			fn(c)
			return c.Close()
		}))
		assert.Zero(t, ix.store.gaps.Len(), "all are forgotten")
	}
	scan(func(c driver.Cursor) {
		require.True(t, c.Next())
		assert.Equal(t, gapBase+"b/1", string(c.Key()), "it goes on with the row behind it")
		value, err := c.Value()
		assert.NoError(t, err)
		assert.Equal(t, gapBase+"b/1", string(value))
	})
	scan(func(c driver.Cursor) {
		_, err := c.Value()
		assert.ErrorIs(t, err, errMoved, "never the value of another row")
	})
}

// history has the states that a run of Updates goes through: each is made from
// the one before, so that all who run know them.
type history struct {
	seed   uint64
	mu     sync.Mutex
	states []map[string]string
}

// gapSeq is the row that tells which state the index is in.
const gapSeq = "sequence"

// at returns state n, which must not be changed.
func (h *history) at(n int) map[string]string {
	h.mu.Lock()
	defer h.mu.Unlock()
	for len(h.states) <= n {
		next := make(map[string]string)
		for k, v := range h.states[len(h.states)-1] {
			next[k] = v
		}
		set, del := h.changes(len(h.states))
		for _, k := range del {
			delete(next, k)
		}
		for _, k := range set {
			next[k] = strconv.Itoa(len(h.states))
		}
		h.states = append(h.states, next)
	}
	return h.states[n]
}

func gapKey(rnd *rand.Rand) string {
	return fmt.Sprintf("%s%c/%d", gapBase, 'a'+rnd.IntN(12), rnd.IntN(3))
}

// changes returns the rows that are written and deleted in the step to state n.
func (h *history) changes(n int) (set, del []string) {
	rnd := rand.New(rand.NewPCG(h.seed, uint64(n)))
	for range rnd.IntN(3) {
		del = append(del, gapKey(rnd))
	}
	if rnd.IntN(3) == 0 {
		folder := rnd.IntN(12)
		for i := range 3 {
			del = append(del, fmt.Sprintf("%s%c/%d", gapBase, 'a'+folder, i))
		}
	}
	for range rnd.IntN(4) {
		set = append(set, gapKey(rnd))
	}
	return set, del
}

// step is an Update to the next state.
func (h *history) step(tx driver.Txn, rnd *rand.Rand) error {
	n, err := sequence(tx)
	if err != nil {
		return err
	}
	if rnd.IntN(4) == 0 {
		if err := h.walk(tx, n, rnd); err != nil {
			return err
		}
	}
	set, del := h.changes(n + 1)
	for _, k := range del {
		err = errors.Join(err, tx.Delete([]byte(k)))
	}
	for _, k := range set {
		err = errors.Join(err, tx.Set([]byte(k), strconv.AppendInt(nil, int64(n+1), 10)))
	}
	err = errors.Join(err, tx.Set([]byte(gapSeq), strconv.AppendInt(nil, int64(n+1), 10)))
	if err != nil || rnd.IntN(4) > 0 {
		return err
	}
	return h.walk(tx, n+1, rnd)
}

func sequence(r driver.Reader) (int, error) {
	v, err := r.Get([]byte(gapSeq))
	if errors.Is(err, driver.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(v))
}

// walk moves a cursor about and compares what it finds with state n.
func (h *history) walk(r driver.Reader, n int, rnd *rand.Rand) error {
	state := h.at(n)
	var keys []string
	start, end := gapBase+string(rune('a'+rnd.IntN(6))), gapBase+string(rune('g'+rnd.IntN(8)))
	for k := range state {
		if k >= start && k < end {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	c := r.Scan([]byte(start), []byte(end), driver.ScanOptions{MaxSkip: rnd.IntN(2) * 1e6})
	at, seeks := "", rnd.IntN(10)
	for {
		target, ok := at+"\x00", false
		if rnd.IntN(10) < seeks {
			target = max(at, gapKey(rnd)[:len(gapBase)+rnd.IntN(2)+1])
			ok = c.Seek([]byte(target))
		} else {
			ok = c.Next()
		}
		i, _ := slices.BinarySearch(keys, target)
		if ok != (i < len(keys)) || ok && string(c.Key()) != keys[i] {
			return fmt.Errorf("state %d, [%q, %q): %q leads nowhere or to a wrong row, of %q", n, start, end, target, keys)
		}
		if !ok {
			return c.Close()
		}
		at = keys[i]
		if rnd.IntN(4) > 0 {
			continue
		}
		v, err := c.Value()
		if err != nil || string(v) != state[at] {
			return fmt.Errorf("state %d: %q has value %q, not %q: %w", n, at, v, state[at], err)
		}
	}
}

// read holds some snapshots at once and walks them in turn.
func (h *history) read(ix *Index, depth int, rnd *rand.Rand) error {
	return ix.View(context.Background(), func(r driver.Reader) error {
		n, err := sequence(r)
		if err != nil {
			return err
		}
		for range 4 {
			if err := h.walk(r, n, rnd); err != nil {
				return err
			}
			if depth > 0 && rnd.IntN(2) == 0 {
				if err := h.read(ix, depth-1, rnd); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// TestGapsModel has writers and readers run at once and checks all that cursors
// find. A number in BADGERINDEX_SEED makes another and longer run.
func TestGapsModel(t *testing.T) {
	seed, updates := uint64(1), int64(2000)
	if s, err := strconv.ParseUint(os.Getenv("BADGERINDEX_SEED"), 10, 64); err == nil {
		seed, updates = s, 10_000
	}
	ix, err := Open(t.TempDir(), &Options{NoSync: true})
	require.NoError(t, err)
	h := &history{seed: seed, states: []map[string]string{{}}}
	var done atomic.Int64
	var wg sync.WaitGroup
	for w := range uint64(3) {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, 1<<32+w))
			for done.Add(1) <= updates && !t.Failed() {
				assert.NoError(t, ix.Update(context.Background(), func(tx driver.Txn) error { return h.step(tx, rnd) }))
			}
		})
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, 2<<32+w))
			for done.Load() <= updates && !t.Failed() {
				assert.NoError(t, h.read(ix, 2, rnd))
			}
		})
	}
	wg.Wait()
	assert.Positive(t, ix.store.gaps.Len(), "gaps were in use")
	require.NoError(t, ix.Close())
}
