package memengine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cofferstore/coffer/objstore/driver"
)

// chunkSize is the length, in bytes, of every chunk of a blob but the last.
const chunkSize = 256 << 10

// Blobs is a [driver.Blobs] in memory. Methods are safe for concurrent use. A
// blob takes its length in memory, without slack, once it is committed.
type Blobs struct {
	mu    sync.RWMutex
	blobs map[driver.BlobID]*blob
}

var _ driver.Blobs = (*Blobs)(nil)

// NewBlobs returns an empty heap of blobs.
func NewBlobs() *Blobs { return &Blobs{blobs: map[driver.BlobID]*blob{}} }

// blob is the bytes of a blob, in chunks; it does not change once committed.
type blob struct {
	chunks    [][]byte
	size      int64
	committed bool // guarded by Blobs.mu
}

func blobError(op string, id driver.BlobID, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("memengine: %s %s: %w", op, id, err)
}

// Create implements [driver.Blobs]. It returns an error that wraps
// [fs.ErrExist] when there is a blob of that id.
func (b *Blobs) Create(ctx context.Context, id driver.BlobID) (driver.BlobWriter, error) {
	if err := ctx.Err(); err != nil {
		return nil, blobError("create", id, err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, ok := b.blobs[id]; ok {
		return nil, blobError("create", id, fs.ErrExist)
	}
	made := &blob{}
	b.blobs[id] = made
	return &blobWriter{blobs: b, id: id, blob: made}, nil
}

// Open implements [driver.Blobs].
func (b *Blobs) Open(ctx context.Context, id driver.BlobID) (driver.BlobReader, error) {
	if err := ctx.Err(); err != nil {
		return nil, blobError("open", id, err)
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	found, ok := b.blobs[id]
	if !ok || !found.committed {
		return nil, blobError("open", id, driver.ErrNotFound)
	}
	return &blobReader{id: id, blob: found}, nil
}

// Remove implements [driver.Blobs].
func (b *Blobs) Remove(ctx context.Context, ids ...driver.BlobID) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("memengine: remove: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, id := range ids {
		delete(b.blobs, id)
	}
	return nil
}

// All implements [driver.Blobs], in ascending order, as of the moment at which
// the iteration starts.
func (b *Blobs) All(ctx context.Context) iter.Seq2[driver.BlobID, error] {
	return func(yield func(driver.BlobID, error) bool) {
		b.mu.RLock()
		ids := slices.Collect(maps.Keys(b.blobs))
		b.mu.RUnlock()
		slices.SortFunc(ids, func(x, y driver.BlobID) int { return bytes.Compare(x[:], y[:]) })
		if err := ctx.Err(); err != nil {
			yield(driver.BlobID{}, fmt.Errorf("memengine: list blobs: %w", err))
			return
		}
		for _, id := range ids {
			if !yield(id, nil) {
				return
			}
			if err := ctx.Err(); err != nil {
				yield(driver.BlobID{}, fmt.Errorf("memengine: list blobs: %w", err))
				return
			}
		}
	}
}

// blobWriter appends to a blob that nobody else sees yet.
type blobWriter struct {
	blobs *Blobs
	id    driver.BlobID
	blob  *blob
	done  bool // committed or aborted
}

// Write implements io.Writer.
func (w *blobWriter) Write(p []byte) (int, error) {
	if w.done {
		return 0, blobError("write", w.id, driver.ErrClosed)
	}
	n := len(p)
	for len(p) > 0 {
		last := w.chunk(len(p))
		k := min(len(p), cap(*last)-len(*last))
		*last = append(*last, p[:k]...)
		p = p[k:]
	}
	w.blob.size += int64(n)
	return n, nil
}

// chunk returns the chunk that the next bytes go to, with room for at least one
// of want bytes. The first chunk grows by doubling, so that small blobs stay
// small while they are written; later ones are whole from the start.
func (w *blobWriter) chunk(want int) *[]byte {
	chunks := w.blob.chunks
	if n := len(chunks); n > 0 {
		last := &chunks[n-1]
		if len(*last) < cap(*last) {
			return last
		}
		if len(*last) < chunkSize {
			grown := make([]byte, len(*last), min(chunkSize, max(2*len(*last), len(*last)+want)))
			copy(grown, *last)
			*last = grown
			return last
		}
		want = chunkSize
	}
	w.blob.chunks = append(chunks, make([]byte, 0, min(chunkSize, want)))
	return &w.blob.chunks[len(chunks)]
}

// Commit implements [driver.BlobWriter].
func (w *blobWriter) Commit() error {
	if w.done {
		return blobError("commit", w.id, driver.ErrClosed)
	}
	if n := len(w.blob.chunks); n > 0 {
		w.blob.chunks[n-1] = exact(w.blob.chunks[n-1])
	}
	w.blobs.mu.Lock()
	defer w.blobs.mu.Unlock()
	w.blob.committed, w.done = true, true
	return nil
}

// exact returns b in memory of its own length.
func exact(b []byte) []byte {
	if len(b) == cap(b) {
		return b
	}
	return append(make([]byte, 0, len(b)), b...)
}

// Abort implements [driver.BlobWriter].
func (w *blobWriter) Abort() error {
	if w.done {
		return nil
	}
	w.done = true
	w.blobs.mu.Lock()
	defer w.blobs.mu.Unlock()
	if w.blobs.blobs[w.id] == w.blob {
		delete(w.blobs.blobs, w.id)
	}
	return nil
}

// blobReader reads a committed blob. It holds the bytes, so that it outlives
// their removal.
type blobReader struct {
	id     driver.BlobID
	blob   *blob
	closed atomic.Bool
}

func (r *blobReader) Size() int64 { return r.blob.size }

// ReadAt implements io.ReaderAt.
func (r *blobReader) ReadAt(p []byte, off int64) (int, error) {
	switch {
	case r.closed.Load():
		return 0, blobError("read", r.id, driver.ErrClosed)
	case off < 0:
		return 0, blobError("read", r.id, errors.New("negative offset"))
	case off >= r.blob.size && len(p) > 0:
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && off < r.blob.size {
		k := copy(p[n:], r.blob.chunks[off/chunkSize][off%chunkSize:])
		n += k
		off += int64(k)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Close implements io.Closer.
func (r *blobReader) Close() error {
	r.closed.Store(true)
	return nil
}
