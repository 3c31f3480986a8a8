//go:build !unix

package datadir

import "os"

// lock opens the file of the lock. The index has a lock of its own, which also
// keeps other processes out where this system has no flock.
func lock(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
}
