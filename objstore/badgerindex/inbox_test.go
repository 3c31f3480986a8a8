package badgerindex

import (
	"context"
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
