package fileblobs

import (
	"errors"
	"log/slog"
	"sync/atomic"
	"syscall"

	"github.com/cofferstore/coffer/internal/bufpool"
	"github.com/cofferstore/coffer/objstore/driver"
)

// directMin is the smallest piece, in bytes, that goes to a file in direct mode
// without being gathered with others first.
const directMin = bufpool.Medium

// state is where a writer is in its life.
type state int

const (
	writing state = iota
	failed        // only Abort is left
	committed
	aborted
)

// writer writes one file: through the page cache up to limit, then in direct
// mode.
//
//	writeCached --limit reached--> writeDirect --Commit--> tail through the cache
//	                                    |
//	                     aligned piece: as it is; else gathered in buf
type writer struct {
	blobs     *Blobs
	id        driver.BlobID
	directory *directory
	epoch     int // of the directory, before the file was made
	file      File

	state  state
	synced bool // nothing was written since the last sync
	closed bool
	err    error // the first failure

	cached int64  // bytes given to the page cache
	limit  int64  // direct mode from there on; negative: never
	direct bool   // direct mode is on
	buf    []byte // in direct mode: bytes not yet given to the file
}

// Write implements io.Writer.
func (w *writer) Write(p []byte) (int, error) {
	if w.state != writing {
		return 0, wrap("write", w.id, driver.ErrClosed)
	}
	w.synced = false
	written := 0
	for len(p) > 0 && w.err == nil {
		var n int
		if w.direct {
			n, w.err = w.writeDirect(p)
		} else {
			n, w.err = w.writeCached(p)
		}
		p = p[n:]
		written += n
	}
	return written, wrap("write", w.id, w.err)
}

// writeCached writes a beginning of p, up to limit, through the page cache.
func (w *writer) writeCached(p []byte) (int, error) {
	if w.limit >= 0 {
		if w.cached == w.limit {
			w.startDirect()
			return 0, nil
		}
		p = p[:min(int64(len(p)), w.limit-w.cached)]
	}
	n, err := w.file.Write(p)
	w.cached += int64(n)
	return n, err
}

// startDirect turns direct mode on, or makes the page cache serve the rest.
func (w *writer) startDirect() {
	if err := w.file.SetDirect(true); err != nil {
		w.withoutDirect(err)
		return
	}
	w.direct = true
}

func (w *writer) withoutDirect(err error) {
	w.blobs.noDirect.log(w.blobs.log, "no O_DIRECT: large blobs go through the page cache", err)
	w.direct, w.limit = false, -1
}

// writeDirect takes a beginning of p: to the file when it can go as it is, else
// into buf.
func (w *writer) writeDirect(p []byte) (int, error) {
	whole := p[:len(p)/bufpool.Align*bufpool.Align]
	if len(w.buf) == 0 && len(whole) >= directMin && bufpool.Aligned(whole) {
		return w.writeAligned(whole)
	}
	if w.buf == nil {
		w.buf = w.blobs.pool.Get(bufpool.Large)[:0]
	}
	n := copy(w.buf[len(w.buf):cap(w.buf)], p)
	w.buf = w.buf[:len(w.buf)+n]
	if len(w.buf) < cap(w.buf) {
		return n, nil
	}
	_, err := w.writeAligned(w.buf)
	w.buf = w.buf[:0]
	return n, err
}

// writeAligned writes p in direct mode. A file system may take the mode and
// then refuse the write with EINVAL; the page cache serves then.
func (w *writer) writeAligned(p []byte) (int, error) {
	n, err := w.file.Write(p)
	if !errors.Is(err, syscall.EINVAL) {
		return n, err
	}
	if off := w.file.SetDirect(false); off != nil {
		return n, errors.Join(err, off)
	}
	w.withoutDirect(err)
	more, err := w.file.Write(p[n:])
	return n + more, err
}

// flush writes what is left in buf: whole blocks in direct mode, then the tail
// through the page cache.
func (w *writer) flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	whole := len(w.buf) / bufpool.Align * bufpool.Align
	if whole > 0 {
		if _, err := w.writeAligned(w.buf[:whole]); err != nil {
			return err
		}
	}
	if whole == len(w.buf) {
		return nil
	}
	if w.direct {
		if err := w.file.SetDirect(false); err != nil {
			return err
		}
		w.direct = false
	}
	_, err := w.file.Write(w.buf[whole:])
	return err
}

// Sync implements [driver.BlobSyncer].
func (w *writer) Sync() error {
	if w.state != writing {
		return wrap("sync", w.id, driver.ErrClosed)
	}
	if err := w.sync(); err != nil {
		w.state = failed
		return wrap("sync", w.id, err)
	}
	return nil
}

// Commit implements [driver.BlobWriter].
func (w *writer) Commit() error {
	if w.state != writing {
		return wrap("commit", w.id, driver.ErrClosed)
	}
	if err := errors.Join(w.sync(), w.close()); err != nil {
		w.state = failed
		return wrap("commit", w.id, err)
	}
	w.state = committed
	return nil
}

// sync makes data and name durable side by side: a journaling file system then
// commits both at once, which a lone writer feels.
func (w *writer) sync() error {
	if w.err != nil || w.synced {
		return w.err
	}
	if err := w.flush(); err != nil {
		return err
	}
	w.release()
	name := make(chan error, 1)
	go func() { name <- w.directory.sync(w.blobs.fs, w.epoch) }()
	err := errors.Join(w.file.SyncData(), <-name)
	w.synced = err == nil
	return err
}

// Abort implements [driver.BlobWriter]. When it fails it may be called again.
func (w *writer) Abort() error {
	if w.state == committed || w.state == aborted {
		return nil
	}
	w.state = failed
	w.release()
	err := errors.Join(w.close(), w.blobs.remove(w.id))
	if err != nil {
		return wrap("abort", w.id, err)
	}
	w.state = aborted
	return nil
}

func (w *writer) close() error {
	if w.closed {
		return nil
	}
	w.closed = true
	return w.file.Close()
}

func (w *writer) release() {
	if w.buf != nil {
		w.blobs.pool.Put(w.buf)
		w.buf = nil
	}
}

// onceLogged says a thing once.
type onceLogged struct{ said atomic.Bool }

func (o *onceLogged) log(l *slog.Logger, message string, err error) {
	if o.said.CompareAndSwap(false, true) {
		l.Info(message, "error", err)
	}
}
