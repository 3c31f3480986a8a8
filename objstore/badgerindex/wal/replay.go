package wal

import (
	"errors"
	"fmt"
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
	for _, number := range slices.Sorted(maps.Keys(l.segments)) {
		if number < l.mark.segment {
			continue
		}
		from := int64(0)
		if number == l.mark.segment {
			from = l.mark.offset
		}
		if err := l.replaySegment(number, from, fn); err != nil {
			return fmt.Errorf("wal: replay: %w", err)
		}
	}
	return nil
}

func (l *Log) replaySegment(number uint32, from int64, fn func(uint64, []Entry) error) error {
	w, err := l.walk(number, from)
	if err != nil {
		return err
	}
	defer w.file.Close()
	for replayed := false; ; replayed = true {
		h, record, base, ok := w.next()
		if !ok && replayed {
			return l.settle(number)
		}
		if !ok {
			return nil
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

// settle syncs a segment: what is in it is about to be shown, and must not be
// lost later.
func (l *Log) settle(number uint32) error {
	if l.opt.NoSync {
		return nil
	}
	f, err := l.opt.FS.OpenFile(l.path(number), os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.SyncData(), f.Close(), l.opt.FS.SyncDir(l.dir))
}

// Sum returns the pointer of the entry with the sum of its value.
func (e Entry) Sum() Pointer {
	p := e.Pointer
	p.Sum = sum(e.Value)
	return p
}
