package badgerindex

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/crashfs"
	"github.com/cofferstore/coffer/objstore/driver"
)

// A batch that is refused takes along what was run on top of it, and nothing
// else: whatever saw rows that are not there is told so, and the next goes on.
func TestRefusedBatch(t *testing.T) {
	inCommit, goOn := make(chan struct{}, 8), make(chan error)
	ix := openFailing(t, func(*batch) error {
		inCommit <- struct{}{}
		return <-goOn
	})
	update := func(fn func(driver.Txn) error) chan error {
		answer := make(chan error, 1)
		go func() { answer <- ix.Update(context.Background(), fn) }()
		return answer
	}
	first := update(set("first"))
	<-inCommit
	ran := make(chan bool, 8)
	onTop := update(func(tx driver.Txn) error {
		defer func() { ran <- true }()
		for j := range 900 {
			if err := tx.Set(fmt.Appendf(nil, "second-%04d", j), make([]byte, 1<<10)); err != nil {
				return err
			}
		}
		return nil
	})
	<-ran
	conclusion := update(func(tx driver.Txn) error {
		defer func() { ran <- true }()
		if _, err := tx.Get([]byte("first")); err == nil {
			return errors.New("it exists")
		}
		return nil
	})
	<-ran
	big := update(func(tx driver.Txn) error { // too big to join them: it is run again
		defer func() { ran <- true }()
		for j := range 3000 {
			if err := tx.Set(fmt.Appendf(nil, "big-%04d", j), make([]byte, 1<<10)); err != nil {
				return err
			}
		}
		return nil
	})
	<-ran
	goOn <- refused{syscall.ENOSPC}
	for _, answer := range []chan error{first, onTop, conclusion} {
		err := <-answer
		assert.ErrorIs(t, err, driver.ErrNoSpace)
		assert.NotErrorIs(t, err, driver.ErrOutcomeUnknown)
	}
	<-inCommit
	goOn <- nil
	require.NoError(t, <-big)
	last := update(set("last"))
	<-inCommit
	goOn <- nil
	require.NoError(t, <-last)
	assert.False(t, has(t, ix, "first"))
	assert.False(t, has(t, ix, "second-0000"))
	assert.True(t, has(t, ix, "big-2999"))
	assert.True(t, has(t, ix, "last"))
}

// A disk that is full refuses, and counts nothing: rows, counters and the figures
// of the segments are those of the Updates that were acknowledged, now and after
// the index was opened again.
func TestFullLog(t *testing.T) {
	t.Run("the keeper at work", func(t *testing.T) { fillDisk(t, 256<<10) })
	t.Run("no keeper", func(t *testing.T) { fillDisk(t, never) }) // which mends figures
}

func fillDisk(t *testing.T, checkpointEvery int64) {
	m := newMedium(t, t.TempDir(), crashfs.New())
	o := &Options{SegmentSize: 1 << 20, CheckpointEvery: checkpointEvery, fs: m}
	ix, err := Open(m.dir, o)
	require.NoError(t, err)
	rnd := rand.New(rand.NewPCG(7, 7))
	want := state{map[string]stamp{}, map[string]int64{}}
	for n := range uint64(300) {
		full := n/20%2 == 1
		m.mu.Lock()
		if m.full = nil; full {
			m.full = syscall.ENOSPC
		}
		m.mu.Unlock()
		c := randomChange(rnd, n)
		err := ix.Update(t.Context(), c.apply)
		if full {
			require.ErrorIs(t, err, driver.ErrNoSpace)
			require.NotErrorIs(t, err, driver.ErrOutcomeUnknown)
			require.NotErrorIs(t, err, ErrFailed)
			continue
		}
		require.NoError(t, err)
		want = c.on(want)
		if n%7 == 0 {
			require.True(t, sameState(want, read(t, ix)), "reading goes on")
		}
	}
	require.NoError(t, ix.Close())
	ix, err = Open(m.dir, o)
	require.NoError(t, err)
	assert.True(t, sameState(want, read(t, ix)))
	wantLive(t, ix)
	require.NoError(t, ix.Close())
}
