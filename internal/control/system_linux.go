package control

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// maxSocketPath is how long the path of a socket may be, in bytes (unix(7):
// sun_path, with the zero at its end).
const maxSocketPath = 107

// shorten returns a name for a path that is too long for a socket. It is good
// until done is called.
func shorten(path string) (short string, done func(), err error) {
	if len(path) <= maxSocketPath {
		return path, func() {}, nil
	}
	dir, err := os.OpenFile(filepath.Dir(path), unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return "", nil, err
	}
	short = fmt.Sprintf("/proc/self/fd/%d/%s", dir.Fd(), filepath.Base(path))
	return short, func() { _ = dir.Close() }, nil // nothing was written
}

// born sets the mode that the file of a socket will have when it is made.
func born(c syscall.RawConn, mode fs.FileMode) error {
	var failed error
	err := c.Control(func(fd uintptr) { failed = unix.Fchmod(int(fd), uint32(mode.Perm())) })
	if err == nil {
		err = failed
	}
	return err
}

// peer returns the name of the user at the other end, "" when it has none.
func peer(conn *net.UnixConn) (string, error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return "", err
	}
	var who *unix.Ucred
	var failed error
	err = raw.Control(func(fd uintptr) { who, failed = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED) })
	if err == nil {
		err = failed
	}
	if err != nil {
		return "", err
	}
	u, err := user.LookupId(strconv.FormatUint(uint64(who.Uid), 10))
	if err != nil {
		return "", nil // a uid without a name, as in containers
	}
	return u.Username, nil
}
