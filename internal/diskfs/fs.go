package diskfs

import (
	"io"
	"io/fs"
)

// FS is a file system. Names are full paths. Methods are safe for concurrent
// use.
type FS interface {
	// OpenFile is os.OpenFile; what is written is appended.
	OpenFile(name string, flag int, perm fs.FileMode) (File, error)

	// Mkdir is os.Mkdir.
	Mkdir(name string, perm fs.FileMode) error

	// ReadDir returns the names in a directory in ascending order.
	ReadDir(name string) ([]string, error)

	// Remove is os.Remove; a file that is open stays readable.
	Remove(name string) error

	// SyncDir makes the names in a directory durable.
	SyncDir(name string) error

	// Space returns the free and total bytes of the medium that holds name.
	Space(name string) (free, total int64, err error)
}

// File is an open file of an [FS]. A File that stands on an *os.File may also
// have a method OSFile() *os.File, for readers that want sendfile. One that was
// opened for writing may be an io.WriterAt, for those that must write bytes again
// whose sync has failed.
type File interface {
	io.Writer
	io.ReaderAt
	io.Closer

	// Size returns the file's length in bytes.
	Size() (int64, error)

	// SyncData makes the file's data and length durable (fdatasync).
	SyncData() error

	// SetDirect turns direct mode (O_DIRECT) on or off. While it is on, writes
	// are multiples of 4096 bytes in address, offset and length. An error says
	// that the mode is as it was.
	SetDirect(on bool) error
}
