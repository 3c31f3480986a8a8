package drivertest

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

// BlobsHarness is one empty heap of blobs for one check of [TestBlobs].
type BlobsHarness struct {
	Blobs driver.Blobs

	// Reopen opens the medium of Blobs again, as another process would. nil
	// means that the medium does not outlive its Blobs.
	Reopen func() (driver.Blobs, error)
}

// TestBlobs checks that what open returns keeps the contract of [driver.Blobs].
// It calls open once for each check; open releases everything with t.Cleanup.
// A check that fails logs the reason why its rule exists.
func TestBlobs(t *testing.T, open func(t *testing.T) BlobsHarness) {
	for _, table := range [][]blobCheck{blobWriteChecks(), blobReadChecks(), blobLifeChecks()} {
		for _, c := range table {
			t.Run(c.name, func(t *testing.T) {
				h := open(t)
				t.Cleanup(func() {
					if t.Failed() {
						t.Logf("why this is checked: %s", c.why)
					}
				})
				c.run(&blobRun{T: t, Blobs: h.Blobs, harness: h})
			})
		}
	}
}

// blobCheck is one rule of the contract.
type blobCheck struct {
	name string
	why  string
	run  func(*blobRun)
}

// blobRun is a check at work: the test and the blobs under it.
type blobRun struct {
	*testing.T
	driver.Blobs
	harness BlobsHarness
}

// newBlobID returns an id that was never used.
func newBlobID() driver.BlobID { return driver.BlobID(uuid.Must(uuid.NewV7())) }

// blobBytes returns n bytes that depend on the seed and do not compress.
func blobBytes(seed uint64, n int) []byte {
	source := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16)})
	p := make([]byte, n)
	_, _ = source.Read(p)
	return p
}

// create starts a blob.
func (r *blobRun) create(id driver.BlobID) driver.BlobWriter {
	r.Helper()
	w, err := r.Create(r.Context(), id)
	require.NoError(r, err)
	return w
}

// write hands p to w in pieces of the given length.
func (r *blobRun) write(w driver.BlobWriter, p []byte, piece int) {
	r.Helper()
	for chunk := range slices.Chunk(p, max(piece, 1)) {
		n, err := w.Write(chunk)
		require.NoError(r, err)
		require.Equal(r, len(chunk), n)
	}
}

// put stores a blob and returns its id.
func (r *blobRun) put(p []byte) driver.BlobID {
	r.Helper()
	id := newBlobID()
	w := r.create(id)
	r.write(w, p, len(p))
	require.NoError(r, w.Commit())
	return id
}

// holds checks that a blob has exactly these bytes.
func (r *blobRun) holds(id driver.BlobID, want []byte, why string) {
	r.Helper()
	got, err := readBlob(r.Context(), r.Blobs, id)
	require.NoError(r, err, why)
	require.Len(r, got, len(want), why)
	require.True(r, bytes.Equal(want, got), "other bytes than were written: %s", why)
}

// absent checks that a blob can neither be opened nor is listed.
func (r *blobRun) absent(id driver.BlobID, why string) {
	r.Helper()
	_, err := r.Open(r.Context(), id)
	assert.ErrorIs(r, err, driver.ErrNotFound, why)
	assert.NotContains(r, r.ids(), id, why)
}

// ids returns what All yields.
func (r *blobRun) ids() []driver.BlobID {
	r.Helper()
	ids, err := listBlobs(r.Context(), r.Blobs)
	require.NoError(r, err)
	return ids
}

func listBlobs(ctx context.Context, b driver.Blobs) ([]driver.BlobID, error) {
	var ids []driver.BlobID
	for id, err := range b.All(ctx) {
		if err != nil {
			return ids, err
		}
		ids = append(ids, id)
	}
	return ids, nil
}

// readBlob returns a blob's bytes.
func readBlob(ctx context.Context, b driver.Blobs, id driver.BlobID) ([]byte, error) {
	rd, err := b.Open(ctx, id)
	if err != nil {
		return nil, err
	}
	p := make([]byte, rd.Size())
	if len(p) > 0 {
		var n int
		if n, err = rd.ReadAt(p, 0); n == len(p) {
			err = nil // at the very end io.EOF is allowed
		}
	}
	return p, errors.Join(err, rd.Close())
}
