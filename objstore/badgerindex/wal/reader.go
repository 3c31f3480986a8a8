package wal

import (
	"errors"
	"fmt"
	"sync"

	"github.com/cofferstore/coffer/internal/diskfs"
)

// Value returns the value that a pointer points to.
func (l *Log) Value(p Pointer) ([]byte, error) {
	if p.Length > MaxRecord {
		return nil, fmt.Errorf("wal: value: %w: %d bytes", ErrDamaged, p.Length)
	}
	r, err := l.readers.acquire(p.Segment)
	if err != nil {
		return nil, fmt.Errorf("wal: value: %w", err)
	}
	defer l.readers.release(r)
	value := make([]byte, p.Length)
	if n, err := r.file.ReadAt(value, int64(p.Offset)); n < len(value) {
		return nil, fmt.Errorf("wal: value: %w: segment %d: %w", ErrDamaged, p.Segment, err)
	}
	if sum(value) != p.Sum {
		return nil, fmt.Errorf("wal: value: %w: segment %d, offset %d: wrong checksum", ErrDamaged, p.Segment, p.Offset)
	}
	return value, nil
}

// maxReaders bounds how many segments are open for reading while none is in use.
const maxReaders = 128

// readers are segments that are open for reading.
type readers struct {
	open func(segment uint32) (diskfs.File, error)

	mu   sync.Mutex // guards the rest
	list map[uint32]*reader
	shut bool
}

type reader struct {
	file    diskfs.File
	users   int
	dropped bool // it is not in the list any more
}

func (rs *readers) acquire(segment uint32) (*reader, error) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if rs.shut {
		return nil, ErrClosed
	}
	r := rs.list[segment]
	if r == nil {
		f, err := rs.open(segment)
		if err != nil {
			return nil, err
		}
		rs.makeRoom()
		if r = (&reader{file: f}); rs.list == nil {
			rs.list = map[uint32]*reader{}
		}
		rs.list[segment] = r
	}
	r.users++
	return r, nil
}

func (rs *readers) release(r *reader) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	if r.users--; r.users == 0 && r.dropped {
		_ = r.file.Close() // it was only read
	}
}

// makeRoom closes segments that nobody reads.
func (rs *readers) makeRoom() {
	for n, r := range rs.list {
		if len(rs.list) < maxReaders {
			return
		}
		if r.users == 0 {
			rs.remove(n)
		}
	}
}

func (rs *readers) remove(segment uint32) error {
	r := rs.list[segment]
	if r == nil {
		return nil
	}
	delete(rs.list, segment)
	if r.dropped = true; r.users > 0 {
		return nil
	}
	return r.file.Close()
}

// drop closes a segment, as soon as nobody reads it.
func (rs *readers) drop(segment uint32) {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	_ = rs.remove(segment) // it was only read
}

func (rs *readers) close() error {
	rs.mu.Lock()
	defer rs.mu.Unlock()
	rs.shut = true
	var errs []error
	for n := range rs.list {
		errs = append(errs, rs.remove(n))
	}
	return errors.Join(errs...)
}
