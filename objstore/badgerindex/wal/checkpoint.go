package wal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// checkpoint says that all records up to a version are also elsewhere, and where
// the next one is. The zero value is that there is none.
type checkpoint struct {
	version uint64
	segment uint32
	offset  int64
}

const checkpointLen = 28

func (c checkpoint) encode() []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, checkpointLen), c.version)
	b = binary.BigEndian.AppendUint64(b, uint64(c.segment))
	b = binary.BigEndian.AppendUint64(b, uint64(c.offset))
	return binary.BigEndian.AppendUint32(b, sum(b))
}

func parseCheckpoint(b []byte) (c checkpoint, ok bool) {
	if len(b) != checkpointLen || sum(b[:24]) != binary.BigEndian.Uint32(b[24:]) {
		return checkpoint{}, false
	}
	return checkpoint{
		version: binary.BigEndian.Uint64(b),
		segment: uint32(binary.BigEndian.Uint64(b[8:])),
		offset:  int64(binary.BigEndian.Uint64(b[16:])),
	}, true
}

// Mark is a position between two records.
type Mark struct{ at checkpoint }

// Mark returns the end of the log.
func (l *Log) Mark() Mark {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := checkpoint{version: l.version, segment: l.number + 1}
	if l.active != nil {
		c.segment, c.offset = l.number, l.size
	}
	return Mark{c}
}

// Since tells how many bytes of records are behind the checkpoint.
func (l *Log) Since() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.since
}

// Checkpoint says that all records before m are stable elsewhere and need not be
// replayed any more.
func (l *Log) Checkpoint(m Mark) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m.at == l.mark || m.at.version < l.mark.version {
		return nil
	}
	if err := l.writeCheckpoint(m.at); err != nil {
		return fmt.Errorf("wal: checkpoint: %w", err)
	}
	l.mark = m.at
	l.since = 0
	for n, size := range l.segments {
		switch {
		case n == l.mark.segment:
			l.since += size - l.mark.offset
		case n > l.mark.segment:
			l.since += size
		}
	}
	return nil
}

// writeCheckpoint writes a file of its own and then removes the older ones, so
// that there is a whole one at any time.
func (l *Log) writeCheckpoint(c checkpoint) error {
	names, err := l.opt.FS.ReadDir(l.dir)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("%016x-%08x%08x%s", c.version, c.segment, c.offset, checkpointSuffix)
	f, err := l.opt.FS.OpenFile(filepath.Join(l.dir, name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, filePerm)
	if err != nil {
		return err
	}
	_, err = f.Write(c.encode())
	if err == nil {
		err = f.SyncData()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = l.opt.FS.SyncDir(l.dir)
	}
	if err != nil {
		// A name whose sync has failed is not used again.
		return errors.Join(err, l.opt.FS.Remove(filepath.Join(l.dir, name)))
	}
	for _, old := range names {
		if filepath.Ext(old) == checkpointSuffix && old != name {
			if err := l.opt.FS.Remove(filepath.Join(l.dir, old)); err != nil {
				return err
			}
		}
	}
	return nil
}

// newestCheckpoint reads the checkpoints among the names in the directory.
func (l *Log) newestCheckpoint(names []string) (checkpoint, error) {
	var newest checkpoint
	for _, name := range names {
		if filepath.Ext(name) != checkpointSuffix {
			continue
		}
		f, err := l.opt.FS.OpenFile(filepath.Join(l.dir, name), os.O_RDONLY, 0)
		if err != nil {
			return newest, err
		}
		var b [checkpointLen]byte
		n, err := f.ReadAt(b[:], 0)
		if errors.Is(err, io.EOF) {
			err = nil // one that was cut short does not add up
		}
		if err := errors.Join(err, f.Close()); err != nil {
			return newest, err
		}
		if c, ok := parseCheckpoint(b[:n]); ok && (c.version > newest.version || c.version == newest.version && c.segment > newest.segment) {
			newest = c
		}
	}
	return newest, nil
}
