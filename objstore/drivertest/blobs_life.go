package drivertest

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

// blobLifeChecks are about how blobs end, and about listing them.
func blobLifeChecks() []blobCheck {
	return []blobCheck{
		{"life/abort", "a failed upload leaves nothing behind", checkBlobAbort},
		{"life/sync", "a body whose digest is wrong is found out after its sync", checkBlobSync},
		{"life/abort-after-commit", "callers defer Abort and commit in between", checkBlobAbortAfterCommit},
		{"life/remove", "the sweep removes in batches and may repeat itself after a crash", checkBlobRemove},
		{"life/all", "the sweep must see every blob, and each once", checkBlobAll},
		{"life/all-stops", "a caller of All may have seen enough", checkBlobAllStops},
		{"life/all-meanwhile", "the sweep runs while others write and remove", checkBlobAllMeanwhile},
		{"life/context-ended", "work for a client that has gone is not begun", checkBlobContext},
		{"life/space", "a store keeps a reserve on its medium", checkBlobSpace},
	}
}

func checkBlobAbort(r *blobRun) {
	for _, size := range []int{0, 10, 300 * kib, 2*mib + 5} {
		id := newBlobID()
		w := r.create(id)
		r.write(w, blobBytes(1, size), 64*kib)
		require.NoError(r, w.Abort())
		r.absent(id, "aborted")
		_, err := w.Write([]byte("more"))
		require.Error(r, err, "a Write after Abort must not seem to succeed")
		require.Error(r, w.Commit(), "a Commit after Abort must not seem to succeed")
		r.absent(id, "aborted, then written to")
	}
	assert.Empty(r, r.ids())
}

func checkBlobSync(r *blobRun) {
	for _, size := range []int{0, 10, 300 * kib, 2*mib + 5} {
		want := blobBytes(2, size)
		kept, left := newBlobID(), newBlobID()
		for _, id := range []driver.BlobID{kept, left} {
			w := r.create(id)
			s, ok := w.(driver.BlobSyncer)
			if !ok {
				r.Skip("these blobs have no Sync")
			}
			r.write(w, want, 64*kib)
			require.NoError(r, s.Sync())
			if id == left {
				require.NoError(r, w.Abort())
				require.Error(r, s.Sync(), "there is nothing to sync any more")
				continue
			}
			require.NoError(r, w.Commit())
		}
		r.absent(left, "aborted")
		r.holds(kept, want, "committed")
	}
}

func checkBlobAbortAfterCommit(r *blobRun) {
	want := blobBytes(1, 5000)
	id := newBlobID()
	w := r.create(id)
	r.write(w, want, 5000)
	require.NoError(r, w.Commit())
	require.NoError(r, w.Abort())
	require.NoError(r, w.Abort(), "nor does a second one")
	r.holds(id, want, "after Abort")
}

func checkBlobRemove(r *blobRun) {
	require.NoError(r, r.Remove(r.Context()), "nothing to remove")
	require.NoError(r, r.Remove(r.Context(), newBlobID()), "never created")
	var ids []driver.BlobID
	for i := range 10 {
		ids = append(ids, r.put(blobBytes(uint64(i), i*1000)))
	}
	batch := append(slices.Clone(ids[:6]), newBlobID(), ids[0])
	require.NoError(r, r.Remove(r.Context(), batch...), "a missing one and one named twice")
	for i, id := range ids {
		if i < 6 {
			r.absent(id, "removed")
		} else {
			r.holds(id, blobBytes(uint64(i), i*1000), "its neighbours are as they were")
		}
	}
	require.NoError(r, r.Remove(r.Context(), ids...))
	require.NoError(r, r.Remove(r.Context(), ids...), "again")
	assert.Empty(r, r.ids())
}

func checkBlobAll(r *blobRun) {
	assert.Empty(r, r.ids(), "a new heap is empty")
	want := map[driver.BlobID]bool{}
	for range 100 {
		want[r.put([]byte("x"))] = true
	}
	got := r.ids()
	assert.Len(r, got, len(want))
	seen := map[driver.BlobID]bool{}
	for _, id := range got {
		assert.True(r, want[id], "an id that was never created")
		assert.False(r, seen[id], "twice")
		seen[id] = true
	}
	assert.Equal(r, got, r.ids(), "the order is the same again")
}

func checkBlobAllStops(r *blobRun) {
	for range 5 {
		r.put([]byte("x"))
	}
	count := 0
	for _, err := range r.All(r.Context()) {
		require.NoError(r, err)
		if count++; count == 2 {
			break
		}
	}
	assert.Equal(r, 2, count)
}

func checkBlobAllMeanwhile(r *blobRun) {
	var stay []driver.BlobID
	for range 50 {
		stay = append(stay, r.put([]byte("stay")))
	}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				id := newBlobID()
				w, err := r.Create(r.Context(), id)
				if !assert.NoError(r, err) || !assert.NoError(r, w.Commit()) || !assert.NoError(r, r.Remove(r.Context(), id)) {
					return
				}
			}
		})
	}
	for range 10 {
		ids, err := listBlobs(r.Context(), r.Blobs)
		assert.NoError(r, err)
		assert.Subset(r, ids, stay, "a blob that was there all the time")
	}
	close(stop)
	wg.Wait()
}

func checkBlobContext(r *blobRun) {
	stay := r.put([]byte("stay"))
	ctx := cancelled(r.Context())
	id := newBlobID()
	_, err := r.Create(ctx, id)
	require.ErrorIs(r, err, context.Canceled, "Create")
	r.absent(id, "a Create that failed")
	_, err = r.Open(ctx, stay)
	require.ErrorIs(r, err, context.Canceled, "Open")
	require.ErrorIs(r, r.Remove(ctx, stay), context.Canceled, "Remove")
	r.holds(stay, []byte("stay"), "after a Remove that failed")
	_, err = listBlobs(ctx, r.Blobs)
	require.ErrorIs(r, err, context.Canceled, "All")
}

func checkBlobSpace(r *blobRun) {
	medium, ok := r.Blobs.(driver.Space)
	if !ok {
		r.Skip("the medium does not tell")
	}
	free, total, err := medium.Space(r.Context())
	if errors.Is(err, errors.ErrUnsupported) {
		r.Skip("the medium does not tell")
	}
	require.NoError(r, err)
	assert.Positive(r, total)
	assert.GreaterOrEqual(r, free, int64(0))
	assert.LessOrEqual(r, free, total)
	_, _, err = medium.Space(cancelled(r.Context()))
	require.ErrorIs(r, err, context.Canceled)
}
