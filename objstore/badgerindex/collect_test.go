package badgerindex

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/badgerindex/wal"
	"github.com/cofferstore/coffer/objstore/driver"
)

// logBytes is the size of all segments.
func logBytes(ix *Index) (sum int64) {
	for _, s := range ix.store.log.Segments() {
		sum += s.Size
	}
	return sum
}

// Endless overwriting takes about twice the bytes that count, and removing gives
// them back.
func TestDiskUseIsBounded(t *testing.T) {
	const segment = 64 << 10
	ix, err := Open(t.TempDir(), &Options{SegmentSize: segment, CheckpointEvery: never, NoSync: true})
	require.NoError(t, err)
	defer ix.Close()
	rnd := rand.New(rand.NewPCG(1, 1))
	want := state{map[string]stamp{}, map[string]int64{}}
	for n := range uint64(1200) {
		c := randomChange(rnd, n)
		require.NoError(t, ix.Update(t.Context(), c.apply))
		want = c.on(want)
		if n%50 == 49 {
			require.NoError(t, ix.keeper.round(ix.store.log.Mark()))
			require.NoError(t, ix.keeper.round(ix.store.log.Mark()), "what was moved is behind the mark now")
			assert.LessOrEqual(t, logBytes(ix), 2*ix.committer.live.total()+4*segment, "after %d Updates", n+1)
			wantLive(t, ix)
		}
	}
	require.True(t, sameState(want, read(t, ix)))
	for key := range want.rows {
		require.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) error { return tx.Delete([]byte(key)) }))
	}
	require.NoError(t, ix.keeper.round(ix.store.log.Mark()))
	assert.LessOrEqual(t, logBytes(ix), int64(2*segment))
	assert.Zero(t, ix.committer.live.total())
}

// Removing large values writes little log. It must start the keeper all the same.
func TestRemovingStartsTheKeeper(t *testing.T) {
	opts := (&Options{SegmentSize: 64 << 10, CheckpointEvery: 1 << 20, NoSync: true}).withDefaults()
	ix, err := prepare(t.TempDir(), opts)
	require.NoError(t, err)
	go ix.executor.run()
	go ix.runCommits(opts.Now, ix.committer.commit)
	defer func() {
		go ix.keeper.run()
		require.NoError(t, ix.Close())
	}()
	update := func(i int, fn func(tx driver.Txn, key []byte) error) {
		require.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) error { return fn(tx, fmt.Appendf(nil, "large %d", i)) }))
	}
	for i := range 20 {
		update(i, func(tx driver.Txn, key []byte) error { return tx.Set(key, bytes.Repeat([]byte("x"), 100<<10)) })
	}
	require.NoError(t, ix.keeper.round(<-ix.keeper.wake))
	require.Empty(t, ix.keeper.wake)
	for i := range 20 {
		update(i, func(tx driver.Txn, key []byte) error { return tx.Delete(key) })
	}
	require.Len(t, ix.keeper.wake, 1)
	require.NoError(t, ix.keeper.round(<-ix.keeper.wake))
	assert.Less(t, len(ix.store.log.Segments()), 10, "most of the values are gone")
}

// So must garbage that is left over from before the index was closed.
func TestOpeningStartsTheKeeper(t *testing.T) {
	o := &Options{SegmentSize: 64 << 10, CheckpointEvery: never, NoSync: true}
	ix, err := Open(t.TempDir(), o)
	require.NoError(t, err)
	for round := range 3 {
		writeAll(t, ix, 500, round)
	}
	require.NoError(t, ix.Close())
	for _, tt := range []struct {
		every int64
		due   int
	}{{1 << 20, 1}, {never, 0}} {
		opts := (&Options{SegmentSize: 64 << 10, CheckpointEvery: tt.every, NoSync: true}).withDefaults()
		again, err := prepare(ix.dir, opts)
		require.NoError(t, err)
		again.keeper.begin()
		assert.Len(t, again.keeper.wake, tt.due, "garbage of a megabyte against %d", tt.every)
		again.start(opts, again.committer.commit)
		require.NoError(t, again.Close())
	}
}

// A record that cannot be read hides values that count. Its segment stays, and the
// others are collected.
func TestCollectDamaged(t *testing.T) {
	for _, tt := range []struct {
		explanation string
		at          int // offset of the bit that turns
	}{
		{"a value: others follow the record", 200},
		{"the length of a record: what follows cannot be found", 16 + 4},
	} {
		t.Run(tt.explanation, func(t *testing.T) {
			dir := t.TempDir()
			o := &Options{SegmentSize: 64 << 10, CheckpointEvery: never}
			ix, err := Open(dir, o)
			require.NoError(t, err)
			writeAll(t, ix, 100, 1)
			for i := range 100 { // all but those of 30 to 39 go
				if i/10 != 3 {
					require.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) error { return tx.Delete(fmt.Appendf(nil, "v%04d", i)) }))
				}
			}
			name := filepath.Join(dir, logName, "00000001.log")
			data, err := os.ReadFile(name)
			require.NoError(t, err)
			data[tt.at] ^= 1
			require.NoError(t, os.WriteFile(name, data, 0o600))

			require.ErrorIs(t, ix.keeper.round(ix.store.log.Mark()), wal.ErrDamaged)
			require.NoError(t, ix.keeper.round(ix.store.log.Mark()), "it is reported once")
			assert.LessOrEqual(t, len(ix.store.log.Segments()), 3, "the others are collected")
			for i := 30; i < 40; i++ {
				require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
					v, err := r.Get(fmt.Appendf(nil, "v%04d", i))
					assert.Equal(t, value(i, 1), v)
					return err
				}), "row %d", i)
			}
			require.NoError(t, ix.Close())
		})
	}
}

// Values of the largest size in the smallest transactions.
func TestCollectLargest(t *testing.T) {
	ix, err := Open(t.TempDir(), &Options{MemTableSize: minMemTableSize, SegmentSize: 4 << 20, CheckpointEvery: never, NoSync: true})
	require.NoError(t, err)
	defer ix.Close()
	set := func(key string, length int) {
		require.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) error { return tx.Set([]byte(key), make([]byte, length)) }))
	}
	for range 2 { // the second time, nothing of the first segment but "a" and "b" counts
		set("a", 500<<10)
		set("b", driver.MaxValueLen)
		for i := range 12 {
			set(fmt.Sprint("other", i), 700<<10)
		}
	}
	set("a", 500<<10)
	set("b", driver.MaxValueLen)
	for round := range 3 {
		for i := range 12 {
			set(fmt.Sprint("other", i), 700<<10+round)
		}
		require.NoError(t, ix.keeper.round(ix.store.log.Mark()))
	}
	wantLive(t, ix)
}

// A reader keeps the values it may come to, through collections, by way of a
// cursor as well; and the executor reads on.
func TestCollectUnderReaders(t *testing.T) {
	ix, err := Open(t.TempDir(), &Options{SegmentSize: 64 << 10, CheckpointEvery: never, NoSync: true})
	require.NoError(t, err)
	defer ix.Close()
	writeAll(t, ix, 200, 1)
	segments := len(ix.store.log.Segments())
	require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
		c := r.Scan([]byte("v"), []byte("w"), driver.ScanOptions{})
		for i := 0; c.Next(); i++ {
			if i%20 == 0 {
				writeAll(t, ix, 200, 2+i/20)
				require.NoError(t, ix.keeper.round(ix.store.log.Mark()))
			}
			v, err := c.Value()
			require.NoError(t, err)
			require.Equal(t, value(i, 1), v)
		}
		wantAll(t, r, 200, 1, 200)
		return c.Close()
	}))
	viewAll(t, ix, 200, 11, 11*200)
	require.NoError(t, ix.keeper.round(ix.store.log.Mark()))
	require.NoError(t, ix.keeper.round(ix.store.log.Mark()))
	assert.LessOrEqual(t, len(ix.store.log.Segments()), segments+3)
	wantLive(t, ix)
}

// where returns the pointer in a row.
func where(t *testing.T, ix *Index, key string) wal.Pointer {
	t.Helper()
	s := newSnapshot(ix.store)
	defer s.close()
	r, err := s.row(prefixed(rowPrefix, []byte(key)))
	require.NoError(t, err)
	p, found := pointerIn(r)
	require.True(t, found)
	return p
}

// gated returns an index whose second commit says that it is there and waits.
func gated(t *testing.T) (ix *Index, inCommit, goOn chan bool) {
	inCommit, goOn = make(chan bool), make(chan bool)
	var count atomic.Int32
	ix = openFailing(t, func(*batch) error {
		if count.Add(1) == 2 {
			inCommit <- true
			<-goOn
		}
		return nil
	})
	return ix, inCommit, goOn
}

// A value that was replaced after the keeper had looked is not put back: neither
// what is stored nor what is on its way.
func TestMoveLeavesWhatHasChanged(t *testing.T) {
	setTo := func(round int) func(driver.Txn) error {
		return func(tx driver.Txn) error { return tx.Set([]byte("k"), value(1, round)) }
	}
	for _, onItsWay := range []bool{false, true} {
		ix, inCommit, goOn := gated(t)
		require.NoError(t, ix.Update(t.Context(), setTo(1)))
		step := []moved{{[]byte("rk"), value(1, 1), where(t, ix, "k")}}
		second := make(chan error, 1)
		go func() { second <- ix.Update(context.Background(), setTo(2)) }()
		<-inCommit
		if !onItsWay {
			goOn <- true
			require.NoError(t, <-second)
			require.NoError(t, ix.keeper.move(step))
		} else {
			move := make(chan error, 1)
			go func() { move <- ix.keeper.move(step) }()
			for ix.Stats().Updates < 3 { // it runs on top of the one on its way
				runtime.Gosched()
			}
			goOn <- true
			require.NoError(t, <-second)
			require.NoError(t, <-move)
		}
		require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
			v, err := r.Get([]byte("k"))
			assert.True(t, bytes.Equal(value(1, 2), v), "on its way: %v", onItsWay)
			return err
		}))
		wantLive(t, ix)
	}
}

// What a function has read is no longer so when the batch in flight changes it.
func TestFiguresOnTopOfABatch(t *testing.T) {
	ix, inCommit, goOn := gated(t)
	require.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) error {
		_, err := tx.Get([]byte("k"))
		assert.ErrorIs(t, err, driver.ErrNotFound)
		return tx.Set([]byte("other"), nil)
	}))
	answers := make(chan error, 2)
	update := func(length int) {
		answers <- ix.Update(context.Background(), func(tx driver.Txn) error { return tx.Set([]byte("k"), make([]byte, length)) })
	}
	go update(separated)
	<-inCommit
	go update(1)
	for ix.Stats().Updates < 3 {
		runtime.Gosched()
	}
	goOn <- true
	require.NoError(t, errors.Join(<-answers, <-answers))
	wantLive(t, ix)
}

// Rows change and go while a step that moves their values waits for its turn.
func TestCollectRaces(t *testing.T) {
	ix, err := Open(t.TempDir(), &Options{SegmentSize: 64 << 10, CheckpointEvery: 1 << 20, NoSync: true})
	require.NoError(t, err)
	rounds := 60
	if testing.Short() {
		rounds = 15
	}
	done := make(chan error, 4)
	for w := range 4 {
		go func() {
			rnd := rand.New(rand.NewPCG(uint64(w), 3))
			for n := range rounds * 20 {
				key := fmt.Appendf(nil, "%d-%03d", w, rnd.IntN(80))
				value := bytes.Repeat(key, 1+rnd.IntN(separated/2))
				known := rnd.IntN(2) == 0
				err := ix.Update(t.Context(), func(tx driver.Txn) error {
					if known {
						if _, err := tx.Get(key); err != nil && !errors.Is(err, driver.ErrNotFound) {
							return err
						}
					}
					if n%3 == 0 {
						return tx.Delete(key)
					}
					return tx.Set(key, value)
				})
				err = errors.Join(err, ix.View(t.Context(), func(r driver.Reader) error {
					v, err := r.Get(key)
					if n%3 == 0 && errors.Is(err, driver.ErrNotFound) {
						return nil
					}
					if err == nil && !bytes.Equal(v, value) {
						err = fmt.Errorf("wrong value of %s", key)
					}
					return err
				}))
				if err != nil {
					done <- err
					return
				}
			}
			done <- nil
		}()
	}
	for range 4 {
		require.NoError(t, <-done)
	}
	require.NoError(t, ix.Close())
	ix, err = Open(ix.dir, nil)
	require.NoError(t, err)
	wantLive(t, ix)
	require.NoError(t, ix.Close())
}
