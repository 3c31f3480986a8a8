package drivertest

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

// lifeChecks are about contexts and Close.
func lifeChecks() []indexCheck {
	return []indexCheck{
		{"life/context-ended", "work for a client that has gone is not begun", checkContextEnded},
		{"life/context-in-queue", "a caller whose turn comes too late gives up without a trace", checkContextInQueue},
		{"life/context-in-function", "a function that has begun is finished: its outcome is told", checkContextInFunction},
		{"life/closed", "use after Close is an error and not a crash", checkClosed},
		{"life/close-waits", "Close lets calls in progress finish", checkCloseWaits},
		{"life/close-during-updates", "whatever was acknowledged around a Close is there after it", checkCloseDuringUpdates},
	}
}

func checkContextEnded(r *indexRun) {
	ctx := cancelled(r.Context())
	var ran atomic.Bool
	err := r.Update(ctx, func(tx driver.Txn) error { ran.Store(true); return setAll(tx, "a", "1") })
	assert.ErrorIs(r, err, context.Canceled)
	assert.False(r, ran.Load(), "Update ran its function")
	assert.Empty(r, r.rows("", ""))
}

func checkContextInQueue(r *indexRun) {
	entered, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	first := make(chan error)
	go func() {
		first <- r.Update(r.Context(), func(tx driver.Txn) error {
			once.Do(func() { close(entered) })
			<-release
			return setAll(tx, "first", "1")
		})
	}()
	<-entered
	ctx, cancel := context.WithCancel(r.Context())
	second := make(chan error)
	go func() {
		second <- r.Update(ctx, func(tx driver.Txn) error { return setAll(tx, "second", "1") })
	}()
	cancel()
	// On a medium that runs functions one at a time the second is still
	// queued and gives up; one that runs them side by side may finish it.
	var err error
	select {
	case err = <-second:
		close(release)
	case err = <-first:
		r.Fatalf("the first Update ended early: %v", err)
	}
	require.NoError(r, <-first)
	_, found := r.get("second")
	assert.Equal(r, err == nil, found, "the row is there if and only if Update said so")
	if err != nil {
		assert.ErrorIs(r, err, context.Canceled)
	}
	_, found = r.get("first")
	assert.True(r, found)
}

func checkContextInFunction(r *indexRun) {
	ctx, cancel := context.WithCancel(r.Context())
	err := r.Update(ctx, func(tx driver.Txn) error {
		cancel()
		return setAll(tx, "a", "1")
	})
	_, found := r.get("a")
	assert.Equal(r, err == nil, found, "the row is there if and only if Update said so; it said: %v", err)
}

func checkClosed(r *indexRun) {
	r.put("a", "1")
	require.NoError(r, r.Close())
	never := func() error { r.Error("a function ran on a closed index"); return nil }
	assert.ErrorIs(r, r.View(r.Context(), func(driver.Reader) error { return never() }), driver.ErrClosed)
	assert.ErrorIs(r, r.Update(r.Context(), func(driver.Txn) error { return never() }), driver.ErrClosed)
	assert.ErrorIs(r, r.Close(), driver.ErrClosed, "a second Close")
}

func checkCloseWaits(r *indexRun) {
	r.put("a", "1")
	entered, release := make(chan struct{}), make(chan struct{})
	var finished atomic.Bool
	var value string
	viewed, closed := make(chan error), make(chan error)
	go func() {
		viewed <- r.View(r.Context(), func(rd driver.Reader) (err error) {
			close(entered)
			<-release
			value, _, err = lookup(rd, "a")
			finished.Store(true)
			return err
		})
	}()
	<-entered
	go func() {
		err := r.Close()
		if !finished.Load() {
			r.Error("Close returned while a View was in progress")
		}
		closed <- err
	}()
	close(release)
	assert.NoError(r, <-viewed)
	assert.NoError(r, <-closed)
	assert.Equal(r, "1", value)
}

func checkCloseDuringUpdates(r *indexRun) {
	const writers = 8
	acked := make([]int64, writers)
	var wg sync.WaitGroup
	var started sync.WaitGroup
	started.Add(writers)
	for w := range writers {
		wg.Go(func() {
			key := []byte{byte('a' + w)}
			for first := true; ; first = false {
				err := r.Update(r.Context(), func(tx driver.Txn) error { return tx.Add(key, 1) })
				if first {
					started.Done()
				}
				if err != nil {
					assert.ErrorIs(r, err, driver.ErrClosed)
					return
				}
				acked[w]++
			}
		})
	}
	started.Wait()
	require.NoError(r, r.Close())
	wg.Wait()
	if r.harness.Reopen == nil {
		return
	}
	ix, err := r.harness.Reopen()
	require.NoError(r, err)
	r.Index = ix
	for w := range writers {
		assert.Equal(r, acked[w], r.counter(string(rune('a'+w))), "writer %d", w)
	}
}
