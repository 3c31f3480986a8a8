package fileblobs_test

import (
	"io/fs"
	"testing"

	"github.com/cofferstore/coffer/internal/crashfs"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/drivertest"
	"github.com/cofferstore/coffer/objstore/fileblobs"
)

// simulated is a crashfs as this package's file system.
type simulated struct{ *crashfs.FS }

func (s simulated) OpenFile(name string, flag int, perm fs.FileMode) (fileblobs.File, error) {
	f, err := s.FS.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// medium is blobs on a crashfs.
type medium struct{ *crashfs.FS }

func (m medium) Open() (driver.Blobs, error) {
	return fileblobs.Open("/blobs", &fileblobs.Options{FS: simulated(m), DirectAfter: 8192})
}

func (m medium) Crash(seed uint64) drivertest.BlobsMedium {
	return medium{m.FS.Crash(seed)}
}

// TestCrash has blobs on both sides of where direct mode begins.
func TestCrash(t *testing.T) {
	drivertest.TestBlobsCrash(t, func() drivertest.BlobsMedium { return medium{crashfs.New()} })
}
