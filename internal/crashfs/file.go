package crashfs

import (
	"io"
	"io/fs"
	"syscall"
	"unsafe"
)

// Alignment is what direct mode asks of writes, in bytes.
const Alignment = 4096

// File is an open file. It is safe for concurrent use.
type File struct {
	fs                 *FS
	node               *node
	name               string
	off                int
	readable, writable bool
	direct, closed     bool
}

// begin locks the file system and counts an operation; end unlocks it.
func (f *File) begin() error {
	f.fs.mu.Lock()
	if f.closed {
		return fs.ErrClosed
	}
	return f.fs.step()
}

func (f *File) end() { f.fs.mu.Unlock() }

// Write appends p to what this File has written. In direct mode it returns
// EINVAL unless address, offset and length are multiples of [Alignment].
func (f *File) Write(p []byte) (int, error) {
	err := f.begin()
	defer f.end()
	switch {
	case f.closed || err == nil && !f.writable:
		return 0, pathError("write", f.name, fs.ErrClosed)
	case err != nil && f.fs.off():
		return 0, pathError("write", f.name, err)
	case err != nil:
		n := len(p) / 2
		f.node.writeAt(p[:n], f.off)
		f.off += n
		return n, pathError("write", f.name, err)
	case f.direct && !f.aligned(p):
		return 0, pathError("write", f.name, syscall.EINVAL)
	}
	f.node.writeAt(p, f.off)
	f.off += len(p)
	return len(p), nil
}

// WriteAt implements io.WriterAt. It does not move where Write appends.
func (f *File) WriteAt(p []byte, off int64) (int, error) {
	err := f.begin()
	defer f.end()
	switch {
	case f.closed || err == nil && !f.writable:
		return 0, pathError("write", f.name, fs.ErrClosed)
	case err != nil:
		return 0, pathError("write", f.name, err)
	case off < 0:
		return 0, pathError("write", f.name, syscall.EINVAL)
	}
	f.node.writeAt(p, int(off))
	return len(p), nil
}

func (f *File) aligned(p []byte) bool {
	address := uintptr(unsafe.Pointer(unsafe.SliceData(p)))
	return address%Alignment == 0 && len(p)%Alignment == 0 && f.off%Alignment == 0
}

// ReadAt implements io.ReaderAt.
func (f *File) ReadAt(p []byte, off int64) (int, error) {
	err := f.begin()
	defer f.end()
	switch {
	case err != nil:
		return 0, pathError("read", f.name, err)
	case !f.readable:
		return 0, pathError("read", f.name, syscall.EBADF)
	case off < 0:
		return 0, pathError("read", f.name, syscall.EINVAL)
	case off >= int64(len(f.node.data)):
		return 0, io.EOF
	}
	n := copy(p, f.node.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Size returns the file's length in bytes.
func (f *File) Size() (int64, error) {
	err := f.begin()
	defer f.end()
	return int64(len(f.node.data)), pathError("stat", f.name, err)
}

// SyncData makes the file's data durable, not its name.
func (f *File) SyncData() error {
	err := f.begin()
	defer f.end()
	if err != nil {
		f.node.loseChanges()
		return pathError("sync", f.name, err)
	}
	f.node.syncData()
	return nil
}

// SetDirect turns the checks of direct mode on or off.
func (f *File) SetDirect(on bool) error {
	err := f.begin()
	defer f.end()
	if err != nil {
		return pathError("fcntl", f.name, err)
	}
	f.direct = on
	return nil
}

// Close closes the file, also when it returns an error.
func (f *File) Close() error {
	err := f.begin()
	defer f.end()
	if f.closed {
		return pathError("close", f.name, fs.ErrClosed)
	}
	f.closed = true
	f.fs.open--
	return pathError("close", f.name, err)
}
