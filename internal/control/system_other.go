//go:build !linux

package control

import (
	"io/fs"
	"net"
	"syscall"
)

func shorten(path string) (short string, done func(), err error) { return path, func() {}, nil }

// born leaves the mode to what Listen does afterwards: this system has no way to
// set it before.
func born(syscall.RawConn, fs.FileMode) error { return nil }

// peer does not know who is at the other end.
func peer(*net.UnixConn) (string, error) { return "", nil }
