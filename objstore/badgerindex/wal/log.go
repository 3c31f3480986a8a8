package wal

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/cofferstore/coffer/internal/diskfs"
)

// Options tune a [Log]. nil and zero fields mean the defaults.
type Options struct {
	// SegmentSize is the size at which a segment is full, in bytes; one record
	// may go beyond it. Default 64 MiB, at most 1 GiB.
	SegmentSize int64

	// NoSync leaves syncs out: records then survive the death of the process,
	// but not the loss of power.
	NoSync bool

	// FS is where the segments are. Default: the operating system's files.
	FS diskfs.FS
}

const (
	defaultSegment = 64 << 20
	maxSegment     = 1 << 30
	filePerm       = 0o600
)

func (o *Options) withDefaults() Options {
	var d Options
	if o != nil {
		d = *o
	}
	d.SegmentSize = min(cmp.Or(d.SegmentSize, defaultSegment), maxSegment)
	if d.FS == nil {
		d.FS = diskfs.OS{}
	}
	return d
}

// Log is a log in a directory, which one Log at a time may have open. One
// goroutine at a time calls Append; the other methods are safe for concurrent
// use with it and with each other.
type Log struct {
	dir     string
	opt     Options
	readers readers

	mu       sync.Mutex // guards the rest
	segments map[uint32]int64
	mark     checkpoint
	version  uint64 // of the newest record
	active   diskfs.File
	number   uint32 // of the active segment, or of the one before it
	size     int64  // of the active segment without what is filled
	filler   filler // of the active segment
	since    int64  // bytes appended behind the checkpoint
	failed   error
}

// Open opens the log in dir, and makes dir (not its parents) when it is missing.
func Open(dir string, o *Options) (*Log, error) {
	l := &Log{dir: dir, opt: o.withDefaults(), segments: map[uint32]int64{}}
	l.readers.open = func(segment uint32) (diskfs.File, error) {
		return l.opt.FS.OpenFile(l.path(segment), os.O_RDONLY, 0)
	}
	if err := l.load(); err != nil {
		return nil, fmt.Errorf("wal: open %s: %w", dir, err)
	}
	return l, nil
}

// load finds out what is there.
func (l *Log) load() error {
	if err := l.opt.FS.Mkdir(l.dir, 0o700); err == nil {
		if err := l.opt.FS.SyncDir(filepath.Dir(l.dir)); err != nil {
			return err
		}
	} else if !errors.Is(err, fs.ErrExist) {
		return err
	}
	names, err := l.opt.FS.ReadDir(l.dir)
	if err != nil {
		return err
	}
	for _, name := range names {
		if number, ok := parseName(name, segmentSuffix); ok && l.path(uint32(number)) == filepath.Join(l.dir, name) {
			if l.segments[uint32(number)], err = l.sizeOf(name); err != nil {
				return err
			}
			l.number = max(l.number, uint32(number))
		}
	}
	l.mark, err = l.newestCheckpoint(names)
	l.version = l.mark.version
	l.number = max(l.number, l.mark.segment)
	return err
}

func (l *Log) sizeOf(name string) (int64, error) {
	f, err := l.opt.FS.OpenFile(filepath.Join(l.dir, name), os.O_RDONLY, 0)
	if err != nil {
		return 0, err
	}
	size, err := f.Size()
	return size, errors.Join(err, f.Close())
}

// Version returns that of the newest record, 0 when there is none. Before Replay
// it is that of the checkpoint.
func (l *Log) Version() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.version
}

// Prepare makes room for a record of n bytes in the active segment, or starts
// another one, and returns the number of the segment that the next Append goes
// to. It is called before each Append, by the same goroutine.
func (l *Log) Prepare(n int) (segment uint32, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.failed != nil {
		return 0, fmt.Errorf("wal: prepare: %w", l.failed)
	}
	if l.active == nil || l.size+int64(n) > l.opt.SegmentSize && l.size > segmentHeaderLen {
		if err := l.roll(); err != nil {
			return 0, fmt.Errorf("wal: prepare: %w", err)
		}
	}
	return l.number, nil
}

// Append makes a record durable under a version above all others. After an error
// the record is not there, and the next Append may succeed; but when the error
// wraps [ErrFailed] it may be there or not, and so may be found by the next Open.
func (l *Log) Append(version uint64, r *Record) (Base, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	base, err := l.append(version, r)
	if err != nil {
		return Base{}, fmt.Errorf("wal: append: %w", err)
	}
	return base, nil
}

func (l *Log) append(version uint64, r *Record) (Base, error) {
	if l.failed != nil {
		return Base{}, l.failed
	}
	if version <= l.version || r.Len() > MaxRecord {
		return Base{}, fmt.Errorf("version %d after %d, %d bytes", version, l.version, r.Len())
	}
	if l.active == nil {
		if err := l.roll(); err != nil {
			return Base{}, err
		}
	}
	base := Base{Segment: l.number, offset: uint32(l.size)}
	l.filler.reach(l.size + int64(r.Len()))
	n, err := l.active.Write(r.seal(version, l.version))
	l.size += int64(n)
	l.segments[l.number] = l.size
	if err != nil {
		// What has been written of it ends this segment.
		err = errors.Join(err, l.closeActive())
		if base.offset == segmentHeaderLen {
			err = errors.Join(err, l.discard(l.number))
		}
		return Base{}, err
	}
	if err := l.sync(); err != nil {
		return Base{}, err
	}
	l.since += int64(n)
	l.version = version
	return base, nil
}

// sync makes the active segment durable. A failure leaves open what is stored
// (and the kernel may report it but once), so that it is the end of this Log.
func (l *Log) sync() error {
	if l.opt.NoSync {
		return nil
	}
	if err := l.active.SyncData(); err != nil {
		l.failed = ErrFailed
		return fmt.Errorf("%w: %w", ErrFailed, err)
	}
	return nil
}

// roll starts a segment.
func (l *Log) roll() error {
	if err := l.closeActive(); err != nil {
		return err
	}
	number := l.number + 1
	f, err := l.opt.FS.OpenFile(l.path(number), os.O_WRONLY|os.O_CREATE|os.O_EXCL, filePerm)
	if err != nil {
		return err
	}
	l.number = number // also if it fails below: the name is used
	l.segments[number] = 0
	_, err = f.Write(segmentHeader(number))
	if err == nil && !l.opt.NoSync {
		err = l.opt.FS.SyncDir(l.dir)
	}
	if err != nil {
		return errors.Join(err, f.Close(), l.discard(number))
	}
	l.active, l.size = f, segmentHeaderLen
	l.segments[number] = segmentHeaderLen
	if !l.opt.NoSync {
		l.filler.begin(l.opt.FS, l.path(number), l.size, l.opt.SegmentSize)
	}
	return nil
}

// discard removes a segment that has no whole record, lest those of many
// attempts pile up on a full disk.
func (l *Log) discard(segment uint32) error {
	if err := l.opt.FS.Remove(l.path(segment)); err != nil {
		return err
	}
	delete(l.segments, segment)
	return nil
}

func (l *Log) closeActive() error {
	if l.active == nil {
		return nil
	}
	l.filler.cut(l.size)
	f := l.active
	l.active = nil
	return f.Close()
}

// Close closes the log. Records stay.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if errors.Is(l.failed, ErrClosed) {
		return ErrClosed
	}
	l.failed = ErrClosed
	if err := errors.Join(l.closeActive(), l.readers.close()); err != nil {
		return fmt.Errorf("wal: close: %w", err)
	}
	return nil
}
