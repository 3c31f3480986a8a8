package fileblobs

import (
	"errors"
	"io"
	"os"

	"github.com/cofferstore/coffer/objstore/driver"
)

// reader reads one file.
type reader struct {
	id   driver.BlobID
	file File
	size int64
}

func (r *reader) Size() int64 { return r.size }

func (r *reader) ReadAt(p []byte, off int64) (int, error) {
	n, err := r.file.ReadAt(p, off)
	if err == nil || errors.Is(err, io.EOF) {
		return n, err
	}
	return n, wrap("read", r.id, err)
}

func (r *reader) Close() error { return wrap("close", r.id, r.file.Close()) }

// File returns the file that holds the blob and the offset at which the blob
// starts in it, or false when there is no such file. It is for reading only and
// ends with the reader.
func (r *reader) File() (*os.File, int64, bool) {
	if f, ok := r.file.(interface{ OSFile() *os.File }); ok {
		return f.OSFile(), 0, true
	}
	return nil, 0, false
}
