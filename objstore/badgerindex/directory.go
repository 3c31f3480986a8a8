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
const formatVersion = 0xC0F2

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

// checkMemTables refuses logs of Badger that are of larger memtables: Badger would
// end the process for want of room. Badger makes them of twice the size, and
// cuts them to what they hold when it opens them.
func checkMemTables(dir string, size int64) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.mem"))
	if err != nil {
		return err
	}
	for _, name := range names {
		info, err := os.Stat(name)
		if err != nil {
			return err
		}
		if info.Size() != 2*size && info.Size() > size+size/4 {
			return fmt.Errorf("the index was not closed and had a larger MemTableSize than %d: open and close it with that of before", size)
		}
	}
	return nil
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
