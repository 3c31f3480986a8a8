package badgerindex

import (
	"os"
	"runtime"
	"time"
)

// entries makes the names of the files in a directory durable. Badger syncs
// the log of a new memtable but not the directory that names it; a file system
// may then lose the file, with all that was acknowledged from it.
type entries struct {
	dir    *os.File
	synced time.Time // modification time of the directory when it was synced
	sure   bool      // no later change can have had the same modification time
}

// timestampStep is more than the granularity of file times (a clock tick of at
// most 10 ms on ext4, XFS and Btrfs): within it, two changes may look the same.
const timestampStep = 50 * time.Millisecond

func openEntries(dir string) (*entries, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	return &entries{dir: f}, nil
}

// settle syncs the directory if it may have changed since it was last synced.
// It costs one fstat while nothing changes.
func (e *entries) settle() (synced bool, err error) {
	if runtime.GOOS == "windows" { // which has no sync of a directory
		return false, nil
	}
	info, err := e.dir.Stat()
	if err != nil {
		return false, err
	}
	changed := info.ModTime()
	if e.sure && changed.Equal(e.synced) {
		return false, nil
	}
	// File times are the system's, whatever clock the rest goes by.
	sure := time.Since(changed) > timestampStep
	if err := e.dir.Sync(); err != nil {
		return false, err
	}
	e.synced, e.sure = changed, sure
	return true, nil
}

func (e *entries) close() error { return e.dir.Close() }
