package fileblobs

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// gatedSync is a file system whose syncs wait for the test.
type gatedSync struct {
	FS
	started chan struct{}
	finish  chan error
}

func (g gatedSync) SyncDir(string) error {
	g.started <- struct{}{}
	return <-g.finish
}

// TestSyncIsShared: while one sync is in flight, all who come share the next.
func TestSyncIsShared(t *testing.T) {
	g := gatedSync{started: make(chan struct{}), finish: make(chan error)}
	d := &directory{path: "x"}
	const late = 10
	var wg sync.WaitGroup
	wg.Go(func() { assert.NoError(t, d.sync(g, 0)) })
	<-g.started

	arrived := make(chan struct{}, late)
	for range late {
		wg.Go(func() {
			arrived <- struct{}{}
			assert.NoError(t, d.sync(g, 0))
		})
	}
	for range late {
		<-arrived
	}
	g.finish <- nil
	syncs := 1
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	for {
		select {
		case <-g.started:
			syncs++
			g.finish <- nil
			continue
		case <-done:
		}
		break
	}
	// A goroutine may have announced itself and asked only after the first sync
	// had ended; it then has part in a third. More than that never helps.
	assert.GreaterOrEqual(t, syncs, 2, "who comes during a sync needs another")
	assert.Less(t, syncs, late, "syncs are shared")
}

// TestSyncFailureIsForAll: every waiter of a failed sync learns of it, and so
// does everybody who made a name before it.
func TestSyncFailureIsForAll(t *testing.T) {
	g := gatedSync{started: make(chan struct{}), finish: make(chan error)}
	d := &directory{path: "x"}
	broken := errors.New("broken")
	before := d.epoch()
	result := make(chan error)
	go func() { result <- d.sync(g, before) }()
	<-g.started
	g.finish <- broken
	require.ErrorIs(t, <-result, broken)

	go func() { result <- d.sync(g, before) }()
	<-g.started
	g.finish <- nil
	require.ErrorIs(t, <-result, ErrSyncLost)

	after := d.epoch()
	go func() { result <- d.sync(g, after) }()
	<-g.started
	g.finish <- nil
	require.NoError(t, <-result)
}
