package wal

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
)

// Replay calls fn with every record behind the checkpoint, in order, until it
// returns an error. Pointers of the entries have no sum; see [Entry.Sum]. It is
// called once, after Open and before Append.
func (l *Log) Replay(fn func(version uint64, entries []Entry) error) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.settle(); err != nil {
		return fmt.Errorf("wal: replay: %w", err)
	}
	for _, number := range l.behindMark() {
		if err := l.replaySegment(number, fn); err != nil {
			return fmt.Errorf("wal: replay: %w", err)
		}
	}
	return nil
}

// behindMark returns the segments with records behind the checkpoint, in order.
func (l *Log) behindMark() []uint32 {
	numbers := slices.Sorted(maps.Keys(l.segments))
	return slices.DeleteFunc(numbers, func(n uint32) bool { return n < l.mark.segment })
}

// walkBehindMark is walk for the part of a segment behind the checkpoint.
func (l *Log) walkBehindMark(number uint32) (*walk, error) {
	from := int64(0)
	if number == l.mark.segment {
		from = l.mark.offset
	}
	return l.walk(number, from)
}

func (l *Log) replaySegment(number uint32, fn func(uint64, []Entry) error) error {
	w, err := l.walkBehindMark(number)
	if err != nil {
		return err
	}
	defer w.file.Close()
	for {
		h, record, base, ok := w.next()
		if !ok {
			l.segments[number] = int64(base.offset) // without what is filled or torn
			return w.err
		}
		if h.previous != l.version || h.version <= l.version {
			return fmt.Errorf("%w: record %d follows %d, not %d", ErrDamaged, h.version, h.previous, l.version)
		}
		entries, ok := parseEntries(record, base)
		if !ok {
			return fmt.Errorf("%w: record %d", ErrDamaged, h.version)
		}
		if err := fn(h.version, entries); err != nil {
			return err
		}
		l.version = h.version
		l.since += int64(len(record))
	}
}

// settle makes records durable before they are shown. Those of a Log with NoSync
// want a sync. That of the newest may have failed, and the system then takes what
// it could not write for written: only writing it again helps.
func (l *Log) settle() error {
	if l.opt.NoSync {
		return nil
	}
	var newest []byte
	for _, number := range slices.Backward(l.behindMark()) {
		var offset int64
		var again []byte
		if newest == nil {
			var err error
			if offset, newest, err = l.lastRecord(number); err != nil {
				return err
			}
			again = newest
		}
		if again != nil && offset == segmentHeaderLen { // the header was to be synced with it
			offset, again = 0, append(segmentHeader(number), again...)
		}
		if err := l.rewrite(number, offset, again); err != nil {
			return err
		}
	}
	return l.opt.FS.SyncDir(l.dir)
}

// lastRecord returns the last whole record of a segment behind the checkpoint,
// nil if there is none.
func (l *Log) lastRecord(number uint32) (offset int64, last []byte, err error) {
	w, err := l.walkBehindMark(number)
	if err != nil {
		return 0, nil, err
	}
	defer w.file.Close()
	for {
		_, record, base, ok := w.next()
		if !ok {
			return offset, last, w.err
		}
		offset, last = int64(base.offset), append(last[:0], record...)
	}
}

// rewrite writes bytes again where they are, and syncs the segment.
func (l *Log) rewrite(number uint32, offset int64, b []byte) error {
	f, err := l.opt.FS.OpenFile(l.path(number), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	if w, ok := f.(io.WriterAt); ok && len(b) > 0 {
		_, err = w.WriteAt(b, offset)
	}
	if err == nil {
		err = f.SyncData()
	}
	return errors.Join(err, f.Close())
}

// Sum returns the pointer of the entry with the sum of its value.
func (e Entry) Sum() Pointer {
	p := e.Pointer
	p.Sum = sum(e.Value)
	return p
}
