package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
)

// Listener is a listening socket that has a file.
type Listener struct {
	*net.UnixListener
	path string
}

// Listen makes a socket at path whose file has the given mode from its birth on.
// A socket that a server left behind, which nobody listens at, is replaced; one
// that somebody listens at is [ErrInUse]; anything else at path is an error.
func Listen(ctx context.Context, path string, mode fs.FileMode) (*Listener, error) {
	l, err := listen(ctx, path, mode)
	if err != nil {
		return nil, fmt.Errorf("socket %s: %w", path, err)
	}
	return l, nil
}

func listen(ctx context.Context, path string, mode fs.FileMode) (*Listener, error) {
	if err := clearStale(ctx, path); err != nil {
		return nil, err
	}
	short, done, err := shorten(path)
	if err != nil {
		return nil, err
	}
	defer done()
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error { return born(c, mode) }}
	plain, err := config.Listen(ctx, "unix", short)
	if err != nil {
		return nil, err
	}
	l := &Listener{UnixListener: plain.(*net.UnixListener), path: path}
	l.SetUnlinkOnClose(false)                    // Close does: the short name is gone by then
	if err := os.Chmod(path, mode); err != nil { // the umask has taken from it
		return nil, errors.Join(err, plain.Close(), os.Remove(path))
	}
	return l, nil
}

// clearStale removes the socket that a server left behind.
func clearStale(ctx context.Context, path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.Mode().Type() != fs.ModeSocket {
		return errors.New("there is a file that is not a socket")
	}
	conn, err := dial(ctx, path)
	if err == nil {
		return errors.Join(ErrInUse, conn.Close())
	}
	if !errors.Is(err, ErrNoServer) {
		return err
	}
	return os.Remove(path)
}

// Close stops listening and removes the socket's file. A second time it is
// [net.ErrClosed].
func (l *Listener) Close() error {
	if err := l.UnixListener.Close(); err != nil {
		return err // the file may be another server's by now
	}
	err := os.Remove(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // somebody tidied up
	}
	return err
}
