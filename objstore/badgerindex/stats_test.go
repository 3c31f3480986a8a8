package badgerindex

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

func TestStats(t *testing.T) {
	now := time.Unix(0, 0)
	var mu sync.Mutex
	ix, err := Open(t.TempDir(), &Options{Now: func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now = now.Add(time.Millisecond)
		return now
	}})
	require.NoError(t, err)
	for i := range 3 {
		require.NoError(t, ix.Update(t.Context(), set(fmt.Sprint(i))))
	}
	require.NoError(t, ix.Update(t.Context(), func(driver.Txn) error { return nil }))
	want := Stats{Updates: 4, Batches: 3, Rows: 3, CommitTime: 3 * time.Millisecond, LargestBatch: 1}
	got := ix.Stats()
	assert.Positive(t, got.Log.Bytes)
	assert.Equal(t, LogStats{Segments: 1, Bytes: got.Log.Bytes, Behind: got.Log.Behind}, got.Log, "no checkpoint, and no large value")
	assert.Less(t, got.Log.Bytes-got.Log.Behind, int64(100), "but for the headers of the segment, all is behind it")
	got.Log = LogStats{}
	assert.Equal(t, want, got)

	require.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) error { return tx.Set([]byte("large"), make([]byte, separated)) }))
	require.NoError(t, ix.keeper.checkpoint(ix.store.log.Mark()))
	log := ix.Stats().Log
	assert.EqualValues(t, separated, log.Live)
	assert.Zero(t, log.Behind)
	ix.mapped.expect(mappedLookBusy)
	assert.Equal(t, now, log.Checkpoint, "who looks after mapped tables does not ask this clock")
	free, total, err := ix.Space(t.Context())
	require.NoError(t, err)
	assert.Positive(t, free)
	assert.GreaterOrEqual(t, total, free)
	require.NoError(t, ix.Close())
}
