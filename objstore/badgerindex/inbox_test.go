package badgerindex

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

func TestInbox(t *testing.T) {
	in := newInbox()
	calls := make([]*request, 6)
	for i := range calls {
		calls[i] = newRequest(nil)
	}
	woken := func() bool {
		select {
		case <-in.ready:
			return true
		default:
			return false
		}
	}
	in.put(calls[0])
	assert.False(t, woken(), "nobody waits")
	assert.Empty(t, in.take(nil, 3))
	in.put(calls[1])
	assert.False(t, woken(), "one is missing")
	in.put(calls[2])
	assert.True(t, woken())
	in.put(calls[3])
	assert.False(t, woken(), "once is enough")
	assert.Equal(t, 4, in.len())
	assert.Equal(t, calls[:4], in.take(nil, 3), "in their order")
	assert.Zero(t, in.len())

	assert.Empty(t, in.take(nil, 1))
	in.put(calls[4])
	assert.Equal(t, []*request{calls[0], calls[4]}, in.take(calls[:1:1], 1), "for another reason than ready")
	assert.Empty(t, in.take(nil, 2))
	in.put(calls[5])
	assert.True(t, woken(), "of the time before: for nothing")
	assert.Empty(t, in.take(nil, 2))
}

// TestCallsRunTogether has callers who are expected: their functions are run when
// those have come who make the next batch go.
func TestCallsRunTogether(t *testing.T) {
	const callers = 8
	launched, land := make(chan int, 8), make(chan struct{})
	ix := openFailing(t, func(b *batch) error {
		launched <- len(b.requests)
		<-land
		return nil
	})
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(land) // whatever happens
	var mu sync.Mutex
	ran := 0
	update := func(key string) {
		wg.Go(func() {
			assert.NoError(t, ix.Update(context.Background(), func(tx driver.Txn) error {
				mu.Lock()
				defer mu.Unlock()
				ran++
				return tx.Set([]byte(key), nil)
			}))
		})
	}
	functions := func() int {
		mu.Lock()
		defer mu.Unlock()
		return ran
	}
	update("first")
	require.Equal(t, 1, <-launched)
	for i := range callers {
		update(fmt.Sprint("beside", i))
	}
	require.Eventually(t, func() bool { return functions() == 1+callers }, 10*time.Second, time.Millisecond, "one caller is expected, and so they are run as they come")
	land <- struct{}{}
	require.Equal(t, callers, <-launched)

	for i := range 6 { // of nine
		update(fmt.Sprint("most", i))
	}
	require.Eventually(t, func() bool { return ix.executor.inbox.len() == 6 }, 10*time.Second, time.Millisecond)
	assert.Equal(t, 1+callers, functions(), "they are run when the seventh comes")
	update("seventh")
	require.Eventually(t, func() bool { return functions() == 1+callers+7 }, 10*time.Second, time.Millisecond)
	land <- struct{}{}
	assert.Equal(t, 7, <-launched)
}

// openHeld opens an index whose commits tell that they begin, and go on when land
// is closed.
func openHeld(t *testing.T) (ix *Index, inCommit, land chan struct{}) {
	t.Helper()
	inCommit, land = make(chan struct{}, 8), make(chan struct{})
	return openFailing(t, func(*batch) error {
		inCommit <- struct{}{}
		<-land
		return nil
	}), inCommit, land
}

// TestLandedBatchIsAnsweredFirst has a batch land while a function runs and
// another waits.
func TestLandedBatchIsAnsweredFirst(t *testing.T) {
	ix, inCommit, land := openHeld(t)
	var wg sync.WaitGroup
	defer wg.Wait()
	update := func(fn func(driver.Txn) error) {
		wg.Go(func() { assert.NoError(t, ix.Update(context.Background(), fn)) })
	}
	update(set("first"))
	<-inCommit
	runs, goOn := make(chan struct{}), make(chan struct{})
	update(func(tx driver.Txn) error {
		close(runs)
		<-goOn
		return tx.Set([]byte("second"), nil)
	})
	<-runs
	update(func(tx driver.Txn) error {
		assert.Nil(t, ix.executor.flying, "those of the first batch do not wait for this")
		return tx.Set([]byte("third"), nil)
	})
	assert.Eventually(t, func() bool { return ix.executor.inbox.len() == 1 }, 10*time.Second, time.Millisecond)
	close(land)
	assert.Eventually(t, func() bool { return len(ix.executor.landed) == 1 }, 10*time.Second, time.Millisecond)
	close(goOn)
}

// TestCallersWhoGo has a caller leave while nothing is taken.
func TestCallersWhoGo(t *testing.T) {
	ix, inCommit, land := openHeld(t)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(land)
	wg.Go(func() { assert.NoError(t, ix.Update(context.Background(), set("first"))) })
	<-inCommit
	ran := make(chan struct{})
	wg.Go(func() {
		assert.NoError(t, ix.Update(context.Background(), func(tx driver.Txn) error {
			defer close(ran)
			return errors.Join(tx.Set([]byte("large"), make([]byte, 700<<10)), tx.Set([]byte("larger"), make([]byte, 700<<10)))
		}))
	})
	<-ran // and the growing batch is full
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error, 1)
	go func() { gone <- ix.Update(ctx, set("gone")) }()
	assert.Eventually(t, func() bool { return ix.executor.inbox.len() == 1 }, 10*time.Second, time.Millisecond)
	cancel()
	assert.ErrorIs(t, <-gone, context.Canceled)
	assert.Zero(t, ix.executor.inbox.len(), "what it would have written is not kept")
}
