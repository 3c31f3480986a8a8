package control

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"syscall"

	"github.com/cofferstore/coffer/admin/cli"
)

// Call runs a tool in the server that listens at a socket and returns its exit
// status. When ctx ends, the tool's context does too. It is [ErrNoServer] when
// nobody listens, and [ErrRefused] when the server has no such tool or too much
// to do; nothing ran then. in.User is not looked at.
func Call(ctx context.Context, path, tool string, in *cli.Invocation) (exit int, err error) {
	conn, err := dial(ctx, path)
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() }) // ends the reading below
	defer stop()
	// An error of sending is not the reason: a server that is busy says so and
	// closes before it reads.
	sent := writeRequest(conn, &request{Tool: tool, Args: in.Args})
	if errors.Is(sent, ErrRefused) {
		return 0, sent
	}
	exit, err = receive(conn, in)
	switch {
	case ctx.Err() != nil:
		return 0, context.Cause(ctx)
	case err != nil && !errors.Is(err, ErrRefused):
		return 0, fmt.Errorf("the server ended the call: %w", errors.Join(sent, err))
	}
	return exit, err
}

func dial(ctx context.Context, path string) (net.Conn, error) {
	short, done, err := shorten(path)
	if err != nil {
		return nil, noServer(path, err)
	}
	defer done()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", short)
	if err != nil {
		return nil, noServer(path, err)
	}
	return conn, nil
}

// noServer takes errors that say that nobody is there for [ErrNoServer].
func noServer(path string, err error) error {
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%s: %w", path, ErrNoServer)
	}
	return fmt.Errorf("%s: %w", path, err)
}

// receive copies an answer to where it belongs.
func receive(conn net.Conn, in *cli.Invocation) (exit int, err error) {
	for {
		kind, content, err := readFrame(conn)
		if err != nil {
			return 0, err
		}
		switch kind {
		case frameStdout:
			_, err = in.Stdout.Write(content)
		case frameStderr:
			_, err = in.Stderr.Write(content)
		case frameRefused:
			return 0, fmt.Errorf("%w: %s", ErrRefused, content)
		case frameExit:
			if len(content) != 4 {
				return 0, ErrProtocol
			}
			return int(int32(binary.BigEndian.Uint32(content))), nil
		default:
			return 0, ErrProtocol
		}
		if err != nil {
			return 0, err
		}
	}
}
