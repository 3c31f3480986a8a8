package drivertest

import (
	"bytes"
	"io"
	"os"
	"sync"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

// blobReadChecks are about readers.
func blobReadChecks() []blobCheck {
	return []blobCheck{
		{"read/missing", "a lost blob must be told apart from a failing medium", checkBlobMissing},
		{"read/ranges", "range requests read any part, and io.ReaderAt says what the end looks like", checkBlobRanges},
		{"read/concurrent", "several requests share a reader", checkBlobReadConcurrent},
		{"read/survives-remove", "a download goes on while its object is replaced", checkBlobSurvivesRemove},
		{"read/independent", "one request that ends must not end another", checkBlobIndependent},
		{"read/file", "a reader that offers its file for sendfile offers the same bytes", checkBlobFile},
	}
}

// open opens a blob; the reader is closed with the test at the latest.
func (r *blobRun) open(id driver.BlobID) driver.BlobReader {
	r.Helper()
	rd, err := r.Open(r.Context(), id)
	require.NoError(r, err)
	return rd
}

func checkBlobMissing(r *blobRun) {
	_, err := r.Open(r.Context(), newBlobID())
	require.ErrorIs(r, err, driver.ErrNotFound)
	r.put([]byte("another"))
	_, err = r.Open(r.Context(), driver.BlobID{})
	require.ErrorIs(r, err, driver.ErrNotFound, "the zero id is an id like any other")
}

func checkBlobRanges(r *blobRun) {
	const size = mib + 5000
	want := blobBytes(1, size)
	rd := r.open(r.put(want))
	defer rd.Close()
	assert.Equal(r, int64(size), rd.Size())
	tests := []struct {
		off, length int
		why         string
	}{
		{0, 1, "the first byte"},
		{0, size, "all"},
		{size - 1, 1, "the last byte"},
		{4095, 2, "across a page"},
		{256*kib - 1, 2, "across a chunk"},
		{mib - 1, 4098, "across where a large blob may be stored otherwise"},
		{123, 700_000, "across several chunks"},
		{size - 10, 20, "past the end"},
		{size, 1, "at the end"},
		{size + 1, 1, "behind the end"},
		{1 << 30, 1, "far behind the end"},
		{5, 0, "nothing"},
	}
	for _, tt := range tests {
		p := make([]byte, tt.length)
		n, err := rd.ReadAt(p, int64(tt.off))
		end := min(tt.off+tt.length, size)
		expected := max(0, end-tt.off)
		require.Equal(r, expected, n, tt.why)
		require.True(r, bytes.Equal(want[min(tt.off, size):max(end, min(tt.off, size))], p[:n]), tt.why)
		switch {
		case n < tt.length:
			assert.Equal(r, io.EOF, err, "%s: fewer bytes only at the end, and then io.EOF itself", tt.why)
		case end < size:
			assert.NoError(r, err, tt.why)
		case err != nil:
			assert.Equal(r, io.EOF, err, tt.why)
		}
	}
	_, err := rd.ReadAt(make([]byte, 1), -1)
	assert.Error(r, err, "a negative offset")
	assert.NotErrorIs(r, err, io.EOF, "a negative offset is not the end")
}

func checkBlobReadConcurrent(r *blobRun) {
	want := blobBytes(1, 2*mib)
	rd := r.open(r.put(want))
	defer rd.Close()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			p := make([]byte, 10_007)
			for i := range 40 {
				off := (g*131_071 + i*50_021) % (2*mib - len(p))
				n, err := rd.ReadAt(p, int64(off))
				assert.NoError(r, err)
				if !assert.True(r, bytes.Equal(want[off:off+n], p[:n]), "%d bytes at %d", n, off) {
					return
				}
			}
		})
	}
	wg.Wait()
}

func checkBlobSurvivesRemove(r *blobRun) {
	want := blobBytes(1, mib+100)
	id := r.put(want)
	rd := r.open(id)
	require.NoError(r, r.Remove(r.Context(), id))
	r.absent(id, "for those who come later")
	assert.Equal(r, int64(len(want)), rd.Size())
	got, err := io.ReadAll(io.NewSectionReader(rd, 0, rd.Size()))
	require.NoError(r, err)
	assert.True(r, bytes.Equal(want, got))
	require.NoError(r, rd.Close())
}

func checkBlobIndependent(r *blobRun) {
	id := r.put([]byte("hello"))
	first, second := r.open(id), r.open(id)
	require.NoError(r, first.Close())
	p := make([]byte, 4)
	_, err := second.ReadAt(p, 1)
	require.NoError(r, err)
	assert.Equal(r, "ello", string(p))
	require.NoError(r, second.Close())
}

func checkBlobFile(r *blobRun) {
	want := blobBytes(1, mib+4*kib+9)
	rd := r.open(r.put(want))
	defer rd.Close()
	plain, ok := rd.(interface {
		File() (*os.File, int64, bool)
	})
	if !ok {
		r.Skip("readers are not plain files")
	}
	f, off, ok := plain.File()
	if !ok {
		r.Skip("this reader is not a plain file")
	}
	got, err := io.ReadAll(io.NewSectionReader(f, off, rd.Size()))
	require.NoError(r, err)
	assert.True(r, bytes.Equal(want, got))
}
