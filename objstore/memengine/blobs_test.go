package memengine

import (
	"bytes"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/drivertest"
)

func TestBlobs(t *testing.T) {
	drivertest.TestBlobs(t, func(*testing.T) drivertest.BlobsHarness {
		return drivertest.BlobsHarness{Blobs: NewBlobs()}
	})
}

// TestBlobsMemory: a committed blob takes its length and no more, however it
// was written.
func TestBlobsMemory(t *testing.T) {
	tests := []struct {
		size, piece int
		why         string
	}{
		{0, 1, "nothing"},
		{1, 1, "one byte"},
		{5000, 1000, "less than a chunk, in pieces"},
		{chunkSize, 100, "a chunk, grown by doubling"},
		{chunkSize + 1, chunkSize + 1, "a byte more than a chunk"},
		{3*chunkSize - 1, 70_000, "the last chunk is not whole"},
	}
	for _, tt := range tests {
		b := NewBlobs()
		id := driver.BlobID{1}
		w, err := b.Create(t.Context(), id)
		require.NoError(t, err)
		for p := range slices.Chunk(make([]byte, tt.size), tt.piece) {
			_, err := w.Write(p)
			require.NoError(t, err)
		}
		require.NoError(t, w.Commit())
		held := 0
		for _, c := range b.blobs[id].chunks {
			held += cap(c)
		}
		assert.Equal(t, tt.size, held, tt.why)
	}
}

func TestBlobsInOrder(t *testing.T) {
	b := NewBlobs()
	var want []driver.BlobID
	for i := range 20 {
		id := driver.BlobID{byte(i * 13), byte(i)}
		want = append(want, id)
		w, err := b.Create(t.Context(), id)
		require.NoError(t, err)
		require.NoError(t, w.Commit())
	}
	slices.SortFunc(want, func(x, y driver.BlobID) int { return bytes.Compare(x[:], y[:]) })
	var got []driver.BlobID
	for id, err := range b.All(t.Context()) {
		require.NoError(t, err)
		got = append(got, id)
	}
	assert.Equal(t, want, got)
}

// TestBlobsUncommitted: a blob that is being written is listed, so that a sweep
// can be tested, and cannot be opened.
func TestBlobsUncommitted(t *testing.T) {
	b := NewBlobs()
	id := driver.BlobID{1}
	w, err := b.Create(t.Context(), id)
	require.NoError(t, err)
	_, err = b.Create(t.Context(), id)
	require.Error(t, err, "the id is taken")
	_, err = b.Open(t.Context(), id)
	require.ErrorIs(t, err, driver.ErrNotFound)
	for got, err := range b.All(t.Context()) {
		require.NoError(t, err)
		assert.Equal(t, id, got)
	}
	require.NoError(t, w.Abort())
	for range b.All(t.Context()) {
		t.Error("listed after Abort")
	}
}

func TestBlobsClosedReader(t *testing.T) {
	b := NewBlobs()
	w, err := b.Create(t.Context(), driver.BlobID{1})
	require.NoError(t, err)
	require.NoError(t, w.Commit())
	r, err := b.Open(t.Context(), driver.BlobID{1})
	require.NoError(t, err)
	require.NoError(t, r.Close())
	_, err = r.ReadAt(make([]byte, 1), 0)
	require.ErrorIs(t, err, driver.ErrClosed)
}
