//go:build !linux

package diskfs

import (
	"errors"
	"os"
	"runtime"
)

func syncData(f *os.File) error { return f.Sync() }

// syncDir does nothing on Windows, where a directory cannot be synced and
// NTFS keeps names in its journal.
func syncDir(d *os.File) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	return d.Sync()
}

func setDirect(f *os.File, on bool) error {
	if !on {
		return nil
	}
	return &os.PathError{Op: "direct", Path: f.Name(), Err: errors.ErrUnsupported}
}

func space(name string) (free, total int64, err error) {
	return 0, 0, &os.PathError{Op: "statfs", Path: name, Err: errors.ErrUnsupported}
}
