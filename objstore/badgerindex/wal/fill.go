package wal

import (
	"io"
	"os"

	"github.com/cofferstore/coffer/internal/diskfs"
)

// fillStep is how many bytes a segment's file grows at once.
const fillStep = 1 << 20

// filler makes the active segment's file grow in large steps, ahead of its
// records, with zeroes, which end what can be replayed as the end of a file does.
// A file system that has to write down new blocks and a new length in a sync
// takes about twice as long for it; so most syncs should find neither.
//
// It only saves time: when it fails, the file grows with its records.
type filler struct {
	file   diskfs.File // the segment once more, at its own offset; nil = none
	zeroes []byte
	end    int64 // of the file
	limit  int64 // up to which the file is filled
}

// begin fills the file of a segment that has size bytes.
func (f *filler) begin(fs diskfs.FS, path string, size, limit int64) {
	file, err := fs.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return
	}
	if _, ok := file.(io.WriterAt); !ok {
		_ = file.Close() // nothing was written
		return
	}
	if f.zeroes == nil {
		f.zeroes = make([]byte, fillStep)
	}
	f.file, f.end, f.limit = file, size, limit
}

// reach makes the file at least size bytes long, where that is below the limit.
func (f *filler) reach(size int64) {
	for f.file != nil && f.end < min(size, f.limit) {
		n, err := f.file.(io.WriterAt).WriteAt(f.zeroes[:min(fillStep, f.limit-f.end)], f.end)
		if f.end += int64(n); err != nil {
			f.stop()
		}
	}
}

// cut ends the filling, and takes back what is behind size.
func (f *filler) cut(size int64) {
	if file, ok := f.file.(interface{ Truncate(int64) error }); ok && f.end > size {
		_ = file.Truncate(size) // else zeroes stay
	}
	f.stop()
}

func (f *filler) stop() {
	if f.file != nil {
		_ = f.file.Close() // what it wrote is synced with the segment, or of no use
		f.file = nil
	}
}
