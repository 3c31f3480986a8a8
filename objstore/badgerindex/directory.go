package badgerindex

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/dgraph-io/badger/v4"

	"github.com/cofferstore/coffer/objstore/driver"
)

// formatVersion guards against opening a directory of another program, or of
// another layout.
const formatVersion = 0xC0F3

// ErrFormat says that a directory holds something else than an index of this
// layout. What an earlier version of the program has made is read by that
// version alone: start it beside a new one and copy the objects over.
const ErrFormat driver.Error = "not an index of this version's format"

// checkFormat looks at the manifest in dir, if there is one: four letters, the
// format of the program and that of Badger.
func checkFormat(dir string) error {
	f, err := os.Open(filepath.Join(dir, badger.ManifestFilename))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	var begin [6]byte
	if _, err := io.ReadFull(f, begin[:]); err != nil {
		return fmt.Errorf("%w: the manifest is cut short", ErrFormat)
	}
	if format := binary.BigEndian.Uint16(begin[4:]); format != formatVersion {
		return fmt.Errorf("%w: it is of format %X, this is %X", ErrFormat, format, formatVersion)
	}
	return nil
}

// openTree opens Badger in dir.
func openTree(dir string, o Options) (*badger.DB, error) {
	if err := errors.Join(removeEmpty(dir), flushLarger(dir, o)); err != nil {
		return nil, err
	}
	_, size, err := sizes(dir, "*.sst")
	if err != nil {
		return nil, err
	}
	return badger.OpenManaged(o.badger(dir, size))
}

// flushLarger makes tables of logs of Badger that are of larger memtables than
// those of o, if a killed process has left such: Badger would end this one for
// want of room. It makes the logs of twice the size, and cuts them to what they
// hold when it opens them.
func flushLarger(dir string, o Options) error {
	largest, _, err := sizes(dir, "*.mem")
	if err != nil || largest == 2*o.MemTableSize || largest <= o.MemTableSize+o.MemTableSize/4 {
		return err
	}
	o.MemTableSize = largest
	db, err := badger.OpenManaged(o.badger(dir, 0))
	if err != nil {
		return err
	}
	return db.Close()
}

// sizes returns the size of the largest of the files of a pattern in dir, and of
// all together, in bytes.
func sizes(dir, pattern string) (largest, sum int64, err error) {
	names, err := filepath.Glob(filepath.Join(dir, pattern))
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return 0, 0, err
		}
		largest = max(largest, info.Size())
		sum += info.Size()
	}
	return largest, sum, err
}

// removeEmpty removes logs of Badger that a killed process has created and not
// written to: Badger does not open with them.
func removeEmpty(dir string) error {
	for _, pattern := range []string{"*.mem", "*.vlog"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return err
		}
		for _, name := range names {
			info, err := os.Stat(name)
			if err != nil {
				return err
			}
			if info.Size() == 0 {
				if err := os.Remove(name); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
