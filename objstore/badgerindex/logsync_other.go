//go:build !linux

package badgerindex

import (
	"os"
	"runtime"
	"time"
)

// badgerSyncs says who makes a commit durable: Badger, all but the name of its
// log.
const badgerSyncs = true

// logSync makes the names of the files in the directory durable. Badger syncs
// the log of a new memtable but not the directory that names it; a file system
// may then lose the file, with all that was acknowledged from it.
type logSync struct {
	dir    *os.File
	synced time.Time // modification time of the directory when it was synced
	sure   bool      // no later change can have had the same modification time
}

// timestampStep is more than the granularity of file times in use: within it,
// two changes may look the same.
const timestampStep = 50 * time.Millisecond

func newLogSync(path string) (*logSync, error) {
	dir, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	return &logSync{dir: dir}, nil
}

// sync is called after each commit. It costs one fstat while nothing changes.
func (s *logSync) sync() error {
	if runtime.GOOS == "windows" { // which has no sync of a directory
		return nil
	}
	info, err := s.dir.Stat()
	if err != nil {
		return err
	}
	changed := info.ModTime()
	if s.sure && changed.Equal(s.synced) {
		return nil
	}
	// File times are the system's, whatever clock the rest goes by.
	sure := time.Since(changed) > timestampStep
	if err := s.dir.Sync(); err != nil {
		return err
	}
	s.synced, s.sure = changed, sure
	return nil
}

func (s *logSync) close() error { return s.dir.Close() }
