package badgerindex

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// badgerSyncs says who makes a commit durable: not Badger, see logSync.
const badgerSyncs = false

// logSync makes what was committed durable: the log of Badger's newest
// memtable, and the name of that file.
//
// Badger itself would msync the whole mapping of the log and that of an empty
// value log, and never sync the directory that names a new log. One fdatasync
// costs half the processor time. All entries of a commit are in the newest
// log: Badger starts a new one before it writes a transaction, never within.
type logSync struct {
	dir    *os.File
	watch  int // inotify descriptor; -1: none was to be had, look each time
	log    *os.File
	number int // of log
	stale  bool
}

func newLogSync(path string) (*logSync, error) {
	dir, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	s := &logSync{dir: dir, watch: -1, number: -1, stale: true}
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		return s, nil
	}
	if _, err := unix.InotifyAddWatch(fd, path, unix.IN_CREATE|unix.IN_MOVED_TO|unix.IN_ONLYDIR); err != nil {
		return s, unix.Close(fd)
	}
	s.watch = fd
	return s, nil
}

// sync is called after each commit.
func (s *logSync) sync() error {
	if err := s.look(); err != nil {
		return err
	}
	if s.stale {
		if err := s.rescan(); err != nil {
			return err
		}
	}
	for {
		err := unix.Fdatasync(int(s.log.Fd()))
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

// look finds out whether files have come. The kernel tells of a file before
// the call that made it returns, so that a log that Badger has written to was
// told of.
func (s *logSync) look() error {
	if s.watch < 0 {
		s.stale = true
		return nil
	}
	var buf [4096]byte
	for {
		n, err := unix.Read(s.watch, buf[:])
		switch {
		case errors.Is(err, unix.EINTR):
		case errors.Is(err, unix.EAGAIN):
			return nil
		case err != nil:
			return fmt.Errorf("watch: %w", err)
		case n > 0:
			s.stale = true
		}
	}
}

// rescan makes the names in the directory durable and opens the newest log.
func (s *logSync) rescan() error {
	entries, err := os.ReadDir(s.dir.Name())
	if err != nil {
		return err
	}
	newest, name := -1, ""
	for _, e := range entries {
		digits, isLog := strings.CutSuffix(e.Name(), ".mem")
		if n, err := strconv.Atoi(digits); isLog && err == nil && n > newest {
			newest, name = n, e.Name()
		}
	}
	if newest < 0 {
		return errors.New("there is no log")
	}
	if err := s.dir.Sync(); err != nil {
		return err
	}
	if newest != s.number {
		f, err := os.OpenFile(filepath.Join(s.dir.Name(), name), os.O_RDWR, 0)
		if err != nil {
			return err
		}
		if s.log != nil {
			_ = s.log.Close() // it was synced with its last commit
		}
		s.log, s.number = f, newest
	}
	s.stale = false
	return nil
}

func (s *logSync) close() error {
	err := s.dir.Close()
	if s.log != nil {
		err = errors.Join(err, s.log.Close())
	}
	if s.watch >= 0 {
		err = errors.Join(err, unix.Close(s.watch))
	}
	return err
}
