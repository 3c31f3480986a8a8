package drivertest

import (
	"fmt"
	"sync"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

const (
	kib = 1 << 10
	mib = 1 << 20
)

// blobWriteChecks are about what gets into a blob.
func blobWriteChecks() []blobCheck {
	return []blobCheck{
		{"write/sizes", "sectors, pages, chunks and buffers end where media go wrong", checkBlobSizes},
		{"write/pieces", "the bytes do not depend on how the caller cut them", checkBlobPieces},
		{"write/misaligned", "callers' slices start anywhere in memory", checkBlobMisaligned},
		{"write/caller-may-reuse-buffer", "callers fill their buffer again once Write has returned", checkBlobBufferReuse},
		{"write/many-small", "a body may arrive a few bytes at a time", checkBlobManySmall},
		{"write/empty", "empty objects and parts exist", checkBlobEmpty},
		{"write/concurrent", "uploads run side by side and must not mix", checkBlobConcurrent},
		{"write/immutable", "an object's bytes never change once it can be read", checkBlobImmutable},
		{"write/durable", "what was committed is there for the next process", checkBlobDurable},
	}
}

// blobSizes are lengths around every boundary that a medium may have.
func blobSizes() []int {
	sizes := []int{0, 1, 511, 512, 513}
	for _, edge := range []int{4 * kib, 64 * kib, 256 * kib, mib, mib + 4*kib, 2 * mib, 3*mib + 64*kib} {
		sizes = append(sizes, edge-1, edge, edge+1)
	}
	return sizes
}

func checkBlobSizes(r *blobRun) {
	for i, size := range blobSizes() {
		want := blobBytes(uint64(i), size)
		id := r.put(want)
		r.holds(id, want, fmt.Sprintf("%d bytes in one Write", size))
	}
}

func checkBlobPieces(r *blobRun) {
	sizes := []int{4097, 300 * kib, 2*mib + 4*kib, 3*mib + 77}
	for i, size := range sizes {
		want := blobBytes(uint64(i), size)
		for _, piece := range []int{1000, 4 * kib, 64*kib + 1, 256 * kib, mib} {
			id := newBlobID()
			w := r.create(id)
			r.write(w, want, piece)
			require.NoError(r, w.Commit())
			r.holds(id, want, fmt.Sprintf("%d bytes in pieces of %d", size, piece))
		}
		id := newBlobID()
		w := r.create(id)
		rest := want
		for piece := 1; len(rest) > 0; piece = piece*3 + 1 {
			n := min(piece, len(rest))
			r.write(w, rest[:n], n)
			rest = rest[n:]
		}
		require.NoError(r, w.Commit())
		r.holds(id, want, fmt.Sprintf("%d bytes in growing pieces", size))
	}
}

func checkBlobMisaligned(r *blobRun) {
	memory := blobBytes(1, 3*mib)
	for _, start := range []int{0, 1, 8, 511, 512, 4095} {
		want := memory[start : start+2*mib+100]
		r.holds(r.put(want), want, fmt.Sprintf("a slice %d bytes into a buffer", start))
	}
}

func checkBlobBufferReuse(r *blobRun) {
	for _, size := range []int{100, 4 * kib, 256 * kib, mib} {
		want := blobBytes(uint64(size), 5*size/2)
		id := newBlobID()
		w := r.create(id)
		buffer := make([]byte, size)
		for rest := want; len(rest) > 0; {
			n := copy(buffer, rest)
			r.write(w, buffer[:n], n)
			clear(buffer)
			rest = rest[n:]
		}
		require.NoError(r, w.Commit())
		r.holds(id, want, fmt.Sprintf("through a buffer of %d bytes", size))
	}
}

func checkBlobManySmall(r *blobRun) {
	want := blobBytes(1, 20_011)
	small, large := newBlobID(), r.put(want)
	w := r.create(small)
	r.write(w, want, 7)
	require.NoError(r, w.Commit())
	r.holds(small, want, "in pieces of 7 bytes")
	r.holds(large, want, "at once")
}

func checkBlobEmpty(r *blobRun) {
	never, nothing := newBlobID(), newBlobID()
	require.NoError(r, r.create(never).Commit())
	w := r.create(nothing)
	n, err := w.Write(nil)
	require.NoError(r, err)
	require.Zero(r, n)
	require.NoError(r, w.Commit())
	for _, id := range []driver.BlobID{never, nothing} {
		r.holds(id, nil, "an empty blob is not a missing one")
		assert.Contains(r, r.ids(), id)
	}
}

func checkBlobConcurrent(r *blobRun) {
	const writers, each = 8, 6
	ids := make([][each]driver.BlobID, writers)
	content := func(g, i int) []byte { return blobBytes(uint64(g*each+i), 1000+i*250*kib+g) }
	var wg sync.WaitGroup
	for g := range writers {
		wg.Go(func() {
			for i := range each {
				ids[g][i] = newBlobID()
				w, err := r.Create(r.Context(), ids[g][i])
				if !assert.NoError(r, err) {
					return
				}
				for rest := content(g, i); len(rest) > 0; {
					n, err := w.Write(rest[:min(100*kib, len(rest))])
					if !assert.NoError(r, err) {
						return
					}
					rest = rest[n:]
				}
				assert.NoError(r, w.Commit())
			}
		})
	}
	wg.Wait()
	for g := range writers {
		for i := range each {
			r.holds(ids[g][i], content(g, i), fmt.Sprintf("blob %d of writer %d", i, g))
		}
	}
	assert.Len(r, r.ids(), writers*each)
}

func checkBlobImmutable(r *blobRun) {
	for _, size := range []int{0, 10, 2*mib + 5} {
		want := blobBytes(uint64(size), size)
		id := newBlobID()
		w := r.create(id)
		r.write(w, want, size)
		require.NoError(r, w.Commit())
		_, err := w.Write([]byte("more"))
		require.Error(r, err, "a Write after Commit must not seem to succeed")
		require.NoError(r, w.Abort())
		r.holds(id, want, "after a Write and an Abort behind Commit")
	}
}

func checkBlobDurable(r *blobRun) {
	if r.harness.Reopen == nil {
		r.Skip("the medium does not outlive its Blobs")
	}
	small, large := blobBytes(1, 100), blobBytes(2, 2*mib+100)
	first, second := r.put(small), r.put(large)
	gone := r.put(small)
	require.NoError(r, r.Remove(r.Context(), gone))
	again, err := r.harness.Reopen()
	require.NoError(r, err)
	r.Blobs = again
	r.holds(first, small, "small, by another process")
	r.holds(second, large, "large, by another process")
	r.absent(gone, "removed")
	third := r.put(small)
	r.holds(third, small, "written after that")
}
