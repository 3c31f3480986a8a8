package rgwlog

import (
	"errors"
	"os"
	"syscall"
)

// windowSize is how many bytes of a journal are mapped at a time.
const windowSize = 256 << 10

// journalFile is a file that is appended to, with its end mapped: an append is a
// copy, which outlives the process as a write does, without a system call for
// each request. The space is allocated first, so that a full disk is an error
// and no signal. Where the file system cannot do that, appends are writes.
type journalFile struct {
	*os.File
	window []byte // mapped; nil = appends are writes
	start  int64  // offset of window in the file
	used   int    // bytes of window
}

func createJournal(path string) (*journalFile, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	j := &journalFile{File: f}
	if err := j.advance(0); errors.Is(err, syscall.ENOSPC) {
		return nil, errors.Join(err, f.Close(), os.Remove(path))
	}
	return j, nil
}

// advance maps the window that begins at start in the place of the present one.
func (j *journalFile) advance(start int64) error {
	fd := int(j.Fd())
	if err := allocate(fd, start); err != nil {
		return &os.PathError{Op: "allocate", Path: j.Name(), Err: err}
	}
	window, err := syscall.Mmap(fd, start, windowSize, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		return &os.PathError{Op: "map", Path: j.Name(), Err: err}
	}
	err = j.unmap()
	j.window, j.start, j.used = window, start, 0
	return err
}

func allocate(fd int, start int64) error {
	for {
		if err := syscall.Fallocate(fd, 0, start, windowSize); !errors.Is(err, syscall.EINTR) {
			return err
		}
	}
}

func (j *journalFile) unmap() error {
	if j.window == nil {
		return nil
	}
	window := j.window
	j.window = nil
	return syscall.Munmap(window)
}

// Write appends p.
func (j *journalFile) Write(p []byte) (int, error) {
	if j.window == nil {
		return j.File.Write(p)
	}
	for done := 0; ; {
		n := copy(j.window[j.used:], p[done:])
		j.used += n
		if done += n; done == len(p) {
			return done, nil
		}
		if err := j.advance(j.start + windowSize); err != nil {
			return done, err
		}
	}
}

// Close closes the file. Write must not be called at the same time or later.
func (j *journalFile) Close() error { return errors.Join(j.unmap(), j.File.Close()) }
