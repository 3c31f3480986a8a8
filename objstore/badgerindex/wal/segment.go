package wal

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/internal/diskfs"
)

// Names of files: a number in hexadecimal digits and what it is.
const (
	segmentSuffix    = ".log"
	checkpointSuffix = ".mark"
)

const segmentMagic = "coffrlog"

const segmentHeaderLen = 16

func segmentHeader(number uint32) []byte {
	b := append(make([]byte, 0, segmentHeaderLen), segmentMagic...)
	b = binary.BigEndian.AppendUint32(b, 1) // of the format
	return binary.BigEndian.AppendUint32(b, number)
}

func (l *Log) path(segment uint32) string {
	return filepath.Join(l.dir, fmt.Sprintf("%08x%s", segment, segmentSuffix))
}

func parseName(name, suffix string) (number uint64, ok bool) {
	digits, ok := strings.CutSuffix(name, suffix)
	if !ok {
		return 0, false
	}
	number, err := strconv.ParseUint(digits, 16, 64)
	return number, err == nil
}

// Segment is a file of the log.
type Segment struct {
	Number uint32
	Size   int64 // bytes
}

// Segments returns all segments, oldest first.
func (l *Log) Segments() []Segment {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]Segment, 0, len(l.segments))
	for _, n := range slices.Sorted(maps.Keys(l.segments)) {
		list = append(list, Segment{n, l.segments[n]})
	}
	return list
}

// Settled returns the segments that end before the checkpoint, oldest first:
// those that are kept for their values alone.
func (l *Log) Settled() []Segment {
	list := l.Segments()
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.DeleteFunc(list, func(s Segment) bool { return s.Number >= l.mark.segment })
}

// Remove removes a segment that [Log.Settled] has returned. Whoever still holds
// a pointer into it gets an error.
func (l *Log) Remove(segment uint32) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if segment >= l.mark.segment {
		return fmt.Errorf("wal: remove: segment %d is needed after a crash", segment)
	}
	l.readers.drop(segment)
	if err := l.opt.FS.Remove(l.path(segment)); err != nil {
		return fmt.Errorf("wal: remove: %w", err)
	}
	delete(l.segments, segment)
	return nil
}

// walk reads records of a segment.
type walk struct {
	number uint32
	file   diskfs.File
	size   int64
	at     int64
	buf    []byte
	err    error // why next has ended, unless it was at the end of the segment
}

func (l *Log) walk(segment uint32, from int64) (*walk, error) {
	f, err := l.readers.open(segment)
	if err != nil {
		return nil, err
	}
	w := &walk{number: segment, file: f, at: from}
	if w.size, err = f.Size(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if w.at == 0 {
		begin, err := w.read(segmentHeaderLen)
		if w.err != nil {
			return nil, errors.Join(w.err, f.Close())
		}
		if err != nil || !bytes.Equal(begin, segmentHeader(segment)) {
			w.size = 0 // it was being made when the power went
		}
	}
	return w, nil
}

// read returns the next n bytes.
func (w *walk) read(n int) ([]byte, error) {
	if int64(n) > w.size-w.at {
		return nil, io.ErrUnexpectedEOF
	}
	w.buf = slices.Grow(w.buf[:0], n)[:n]
	if m, err := w.file.ReadAt(w.buf, w.at); m < n {
		if !errors.Is(err, io.EOF) {
			w.err = err // it may be there all the same
		}
		return nil, errors.Join(err, io.ErrUnexpectedEOF)
	}
	w.at += int64(n)
	return w.buf, nil
}

// next returns the next record whole, or false at the end of what adds up.
func (w *walk) next() (header, []byte, Base, bool) {
	base := Base{w.number, uint32(w.at)}
	h, b, ok := w.record()
	if !ok && h.length > 0 {
		// Nothing is written behind a record before it is stable.
		if after, _, whole := w.record(); whole && after.previous == h.version {
			w.err = fmt.Errorf("%w: segment %d, offset %d: a record before others", ErrDamaged, w.number, base.offset)
		}
	}
	return h, b, base, ok
}

// record reads a record, and tells whether it is whole. If it is not, but has
// its length within the segment, the next one is tried where it would end.
func (w *walk) record() (h header, b []byte, whole bool) {
	b, err := w.read(headerLen)
	if err != nil {
		return header{}, nil, false
	}
	if h = parseHeader(b); int64(h.length) > min(MaxRecord, w.size-w.at) {
		return header{}, nil, false
	}
	w.at -= headerLen
	b, err = w.read(headerLen + int(h.length))
	return h, b, err == nil && sum(b[4:]) == h.sum
}

// Values calls fn for every value of at least min bytes in a segment, in order,
// until it returns an error. Whether a value still counts is for fn to know.
func (l *Log) Values(segment uint32, min int, fn func(Entry) error) error {
	w, err := l.walk(segment, 0)
	if err != nil {
		return fmt.Errorf("wal: values: %w", err)
	}
	defer w.file.Close()
	for {
		_, record, base, ok := w.next()
		if !ok && w.err != nil {
			return fmt.Errorf("wal: values: %w", w.err)
		}
		if !ok {
			return nil
		}
		entries, ok := parseEntries(record, base)
		if !ok {
			return fmt.Errorf("wal: values: %w: segment %d", ErrDamaged, segment)
		}
		for _, e := range entries {
			if e.Delete || len(e.Value) < min {
				continue
			}
			e.Pointer.Sum = sum(e.Value)
			if err := fn(e); err != nil {
				return err
			}
		}
	}
}
