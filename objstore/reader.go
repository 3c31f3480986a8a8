package objstore

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"sort"

	"github.com/cofferstore/coffer/internal/bufpool"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/sse"
)

// Reader reads an object's bytes. ReadAt is safe for concurrent use, the other
// methods are for one goroutine.
type Reader struct {
	s    *Store
	size int64

	inline []byte // of an object without extents

	extents []extent
	starts  []int64  // where each extent begins in the object, and the end of the last
	key     *sse.Key // of an encrypted object: each extent is a whole sealed stream
	blobs   blobCache
	pin     *pin
	closed  bool
}

var _ io.ReaderAt = (*Reader)(nil)

// newReader opens a reader; it fails at once when the first blob cannot be
// read in full.
func newReader(ctx context.Context, s *Store, rec *record, inline []byte, p *pin, key *sse.Key) (*Reader, error) {
	r := &Reader{s: s, size: rec.info.Size, inline: inline, extents: rec.extents, key: key}
	if err := r.layOut(rec); err != nil {
		return nil, err
	}
	if len(rec.extents) > 0 {
		r.blobs.open = func(id driver.BlobID) (driver.BlobReader, error) {
			return s.eng.Blobs.Open(context.WithoutCancel(ctx), id)
		}
		blob, err := r.acquire(0)
		if err != nil {
			return nil, errors.Join(err, r.blobs.close())
		}
		r.blobs.release(blob)
		r.pin = p
		p.hold()
	}
	s.readers.Add(1)
	return r, nil
}

// layOut finds where each extent begins, and opens a sealed body in a row.
func (r *Reader) layOut(rec *record) (err error) {
	if len(r.extents) == 0 {
		if r.key != nil && len(r.inline) > 0 {
			r.inline, err = r.key.Stream(rec.inline).Open(r.inline)
		}
		return err
	}
	r.starts = make([]int64, len(r.extents)+1)
	for i, e := range r.extents {
		n, ok := e.n, true
		if r.key != nil {
			n, ok = sse.PlainSize(e.n)
			ok = ok && e.off == 0
		}
		if !ok {
			return fmt.Errorf("%w: sealed bytes in part", ErrInvalidStorageStructure)
		}
		r.starts[i+1] = r.starts[i] + n
	}
	if r.starts[len(r.extents)] != r.size {
		return fmt.Errorf("%w: the object's size is not that of its bytes", ErrInvalidStorageStructure)
	}
	return nil
}

// plain returns how many bytes of the object an extent holds.
func (r *Reader) plain(i int) int64 { return r.starts[i+1] - r.starts[i] }

// Size returns the object's length in bytes.
func (r *Reader) Size() int64 { return r.size }

// acquire returns the blob of an extent, checked for its length.
func (r *Reader) acquire(i int) (*openBlob, error) {
	e := r.extents[i]
	blob, err := r.blobs.acquire(e.blob)
	if errors.Is(err, driver.ErrNotFound) {
		return nil, fmt.Errorf("%w: blob %v: %w", ErrInvalidStorageStructure, e.blob, err)
	}
	if err != nil {
		return nil, err
	}
	if blob.Size() < e.off+e.n {
		r.blobs.release(blob)
		return nil, fmt.Errorf("%w: blob %v has %d bytes, not %d", ErrInvalidStorageStructure, e.blob, blob.Size(), e.off+e.n)
	}
	return blob, nil
}

// extentAt returns the index of the extent that holds the byte at off.
func (r *Reader) extentAt(off int64) int {
	return sort.Search(len(r.extents), func(i int) bool { return r.starts[i] > off }) - 1
}

// ReadAt implements [io.ReaderAt].
func (r *Reader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, ErrInvalidRange
	}
	if off >= r.size {
		return 0, io.EOF
	}
	var end error
	if int64(len(p)) > r.size-off {
		p, end = p[:r.size-off], io.EOF
	}
	if len(r.extents) == 0 {
		return copy(p, r.inline[off:]), end
	}
	n := 0
	for i := r.extentAt(off); n < len(p); i++ {
		m, err := r.readExtent(i, p[n:], off+int64(n)-r.starts[i])
		n += m
		if err != nil {
			return n, err
		}
	}
	return n, end
}

// readExtent reads from off of an extent to its end or until p is full.
func (r *Reader) readExtent(i int, p []byte, off int64) (int, error) {
	e := r.extents[i]
	p = p[:min(int64(len(p)), r.plain(i)-off)]
	blob, err := r.acquire(i)
	if err != nil {
		return 0, err
	}
	defer r.blobs.release(blob)
	n, err := r.readBlob(i, blob, p, off)
	if n == len(p) {
		return n, nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, fmt.Errorf("blob %v: %w", e.blob, err)
}

// readBlob reads from off of an extent.
func (r *Reader) readBlob(i int, blob *openBlob, p []byte, off int64) (int, error) {
	e := r.extents[i]
	if r.key == nil {
		return blob.ReadAt(p, e.off+off)
	}
	scratch := r.s.buffers.Get(bufpool.Medium)
	defer r.s.buffers.Put(scratch)
	return r.key.Stream(e.blob).ReadAt(blob, e.n, p, off, scratch)
}

// CopyRange writes n bytes from off to w, with sendfile where the bytes are in
// a plain file and w implements [io.ReaderFrom] accordingly. A range that is
// not within the object is [ErrInvalidRange]. Errors of w are returned as they
// are.
func (r *Reader) CopyRange(w io.Writer, off, n int64) (int64, error) {
	if off < 0 || n < 0 || off > r.size || n > r.size-off {
		return 0, ErrInvalidRange
	}
	if n == 0 {
		return 0, nil
	}
	if len(r.extents) == 0 {
		m, err := w.Write(r.inline[off : off+n])
		return int64(m), err
	}
	var done int64
	for i := r.extentAt(off); done < n; i++ {
		from := off + done - r.starts[i]
		m, err := r.copyExtent(w, i, from, min(n-done, r.plain(i)-from))
		done += m
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// sendfileMin is the smallest run of bytes for which handing over a file is
// cheaper than one read and one write.
const sendfileMin = 64 << 10

// file is the optional ability of a [driver.BlobReader] that its comment names.
type file interface {
	File() (*os.File, int64, bool)
}

// copyExtent writes n bytes from off of an extent.
func (r *Reader) copyExtent(w io.Writer, i int, off, n int64) (int64, error) {
	blob, err := r.acquire(i)
	if err != nil {
		return 0, err
	}
	defer r.blobs.release(blob)
	if n > sendfileMin && r.key == nil {
		if to, ok := w.(io.ReaderFrom); ok {
			if f, ok := blob.BlobReader.(file); ok {
				if f, base, ok := f.File(); ok {
					return sendFile(to, f, base+r.extents[i].off+off, n)
				}
			}
		}
	}
	return r.copyBuffered(w, i, blob, off, n)
}

// sendFile hands n bytes of a file to w. The file is this reader's own, so that
// its offset is too.
func sendFile(w io.ReaderFrom, f *os.File, off, n int64) (int64, error) {
	if _, err := f.Seek(off, io.SeekStart); err != nil {
		return 0, err
	}
	done, err := w.ReadFrom(&io.LimitedReader{R: f, N: n})
	if err == nil && done != n {
		err = io.ErrUnexpectedEOF
	}
	return done, err
}

func (r *Reader) copyBuffered(w io.Writer, i int, blob *openBlob, off, n int64) (int64, error) {
	buf := r.s.buffers.Get(int(min(n, bufpool.Medium)))
	defer r.s.buffers.Put(buf)
	var done int64
	for done < n {
		p := buf[:min(int64(len(buf)), n-done)]
		if r.key != nil {
			// Up to the end of a package, so that none is opened twice.
			p = p[:min(len(p), cap(buf)-int((off+done)%sse.PackageSize))]
		}
		if m, err := r.readBlob(i, blob, p, off+done); m < len(p) {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF
			}
			return done, err
		}
		m, err := w.Write(p)
		done += int64(m)
		if err != nil {
			return done, err
		}
	}
	return done, nil
}

// Close releases the reader; a second Close does nothing.
func (r *Reader) Close() error {
	if r.closed {
		return nil
	}
	r.closed = true
	r.s.readers.Add(-1)
	err := r.blobs.close()
	if r.pin != nil {
		r.pin.release()
	}
	return err
}
