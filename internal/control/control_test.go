package control_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/internal/control"
)

// serve serves one tool, "t", and returns the socket.
func serve(t *testing.T, tool cli.Tool, o *control.Options) (socket string, s *control.Server) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "s")
	l, err := control.Listen(t.Context(), socket, 0o600)
	require.NoError(t, err)
	s = control.Serve(l, map[string]cli.Tool{"t": tool}, o)
	t.Cleanup(func() { _ = s.Close() }) // again, where the test has closed it
	return socket, s
}

func connect(t *testing.T, socket string) net.Conn {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	return conn
}

// ask sends a request as a client does and leaves the connection open.
func ask(t *testing.T, conn net.Conn, tool string, args ...string) {
	t.Helper()
	data, err := json.Marshal(map[string]any{"tool": tool, "args": args})
	require.NoError(t, err)
	_, err = conn.Write(append(binary.BigEndian.AppendUint32(nil, uint32(len(data))), data...))
	require.NoError(t, err)
}

func run(t *testing.T, socket, tool string, args ...string) (stdout, stderr string, exit int, err error) {
	t.Helper()
	var o, e bytes.Buffer
	exit, err = control.Call(t.Context(), socket, tool, &cli.Invocation{Args: args, Stdout: &o, Stderr: &e})
	return o.String(), e.String(), exit, err
}

func TestCall(t *testing.T) {
	socket, _ := serve(t, func(_ context.Context, in *cli.Invocation) int {
		fmt.Fprintf(in.Stdout, "%q", in.Args)
		fmt.Fprint(in.Stderr, in.User)
		fmt.Fprint(in.Stdout, strings.Repeat("long", 1<<18))
		return -1
	}, nil)
	stdout, stderr, exit, err := run(t, socket, "t", "", "--x=\x00ü", "a b")
	require.NoError(t, err)
	assert.Equal(t, `["" "--x=\x00ü" "a b"]`+strings.Repeat("long", 1<<18), stdout, "all that was written, in order")
	assert.Equal(t, -1, exit)
	if runtime.GOOS == "linux" {
		name := fmt.Sprint(os.Getuid()) // in a container, users may have no name
		if me, err := user.Current(); err == nil {
			name = me.Username
		}
		assert.Equal(t, name, stderr, "the kernel says who calls")
	}
}

func TestRefusals(t *testing.T) {
	socket, _ := serve(t, func(context.Context, *cli.Invocation) int { return 0 }, nil)
	for _, c := range []struct {
		explanation, tool string
		args              []string
		want              string
	}{
		{"a socket has its own tools and no others", "radosgw-admin", nil, "no such tool here; there are: t"},
		{"arguments are kept in memory", "t", []string{strings.Repeat("x", 1<<20)}, "too long"},
		{"so is their list", "t", make([]string, 5000), "too long"},
	} {
		_, _, _, err := run(t, socket, c.tool, c.args...)
		require.ErrorIs(t, err, control.ErrRefused, c.explanation)
		assert.ErrorContains(t, err, c.want, c.explanation)
	}
	_, _, exit, err := run(t, socket, "t")
	require.NoError(t, err)
	assert.Zero(t, exit, "refusals do no harm")
}

func TestBadClients(t *testing.T) {
	tool := func(context.Context, *cli.Invocation) int { panic("must not run") }
	impatient, closing := serve(t, tool, &control.Options{RequestTimeout: 20 * time.Millisecond})
	for explanation, send := range map[string]string{
		"one who sends nothing is not waited for": "", "nor one who stops half way": "\x00\x00\x00\x10{",
	} {
		conn := connect(t, impatient)
		_, _ = io.WriteString(conn, send) // may come too late
		answer, _ := io.ReadAll(conn)
		assert.Empty(t, answer, explanation)
	}
	socket, s := serve(t, tool, nil)
	for _, c := range []struct {
		explanation, send, answer string
	}{
		{"no memory is taken for what is only announced", "\xff\xff\xff\xff", "the request cannot be read"},
		{"what is no JSON is told", "\x00\x00\x00\x04nope", "the request cannot be read"},
		{"HTTP is spoken elsewhere", "GET / HTTP/1.1\r\n\r\n", "the request cannot be read"},
	} {
		conn := connect(t, socket)
		_, err := io.WriteString(conn, c.send)
		require.NoError(t, err)
		answer, err := io.ReadAll(conn)
		if err != nil {
			assert.ErrorContains(t, err, "reset", c.explanation) // more was sent than read
		}
		assert.Contains(t, string(answer), c.answer, c.explanation)
	}
	require.NoError(t, closing.Close())
	gone := connect(t, socket)
	require.NoError(t, gone.Close())
	require.NoError(t, s.Close(), "nothing hangs")
}

func TestClientHangsUp(t *testing.T) {
	ended := make(chan error, 1)
	for _, c := range []struct {
		explanation string
		leave       func(net.Conn) error
	}{
		{"who goes away needs no answer", net.Conn.Close},
		{"nothing may follow the request", func(c net.Conn) error { _, err := io.WriteString(c, "x"); return err }},
	} {
		socket, _ := serve(t, func(ctx context.Context, in *cli.Invocation) int {
			fmt.Fprint(in.Stdout, "started")
			<-ctx.Done()
			ended <- ctx.Err()
			return 0
		}, nil)
		conn := connect(t, socket)
		ask(t, conn, "t")
		_, err := io.ReadFull(conn, make([]byte, 5+len("started")))
		require.NoError(t, err)
		require.NoError(t, c.leave(conn))
		assert.ErrorIs(t, <-ended, context.Canceled, c.explanation)
	}
}

// TestCallerCancels: Ctrl-C in the client ends the tool in the server.
func TestCallerCancels(t *testing.T) {
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	socket, _ := serve(t, func(ctx context.Context, _ *cli.Invocation) int {
		cancel()
		<-ctx.Done()
		ended <- ctx.Err()
		return 0
	}, nil)
	_, err := control.Call(ctx, socket, "t", &cli.Invocation{})
	require.ErrorIs(t, err, context.Canceled)
	assert.ErrorIs(t, <-ended, context.Canceled)
}

// TestReaderStops: a client that stops reading loses its call, not the server.
func TestReaderStops(t *testing.T) {
	ended := make(chan error, 1)
	socket, _ := serve(t, func(ctx context.Context, in *cli.Invocation) int {
		piece := make([]byte, 1<<20)
		for {
			if _, err := in.Stdout.Write(piece); err != nil {
				ended <- ctx.Err()
				return 0
			}
		}
	}, &control.Options{WriteTimeout: 20 * time.Millisecond})
	ask(t, connect(t, socket), "t")
	assert.ErrorIs(t, <-ended, context.Canceled, "the tool learns that nobody reads")
}

func TestToolPanics(t *testing.T) {
	var log bytes.Buffer
	socket, _ := serve(t, func(_ context.Context, in *cli.Invocation) int {
		if len(in.Args) > 0 {
			panic("a bug")
		}
		return 0
	}, &control.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	_, _, _, err := run(t, socket, "t", "x")
	require.ErrorIs(t, err, control.ErrRefused)
	assert.NotContains(t, err.Error(), "a bug", "that is nothing for callers")
	assert.Contains(t, log.String(), "a bug")
	_, _, exit, err := run(t, socket, "t")
	require.NoError(t, err, "the server goes on")
	assert.Zero(t, exit)
}

func TestTooManyCalls(t *testing.T) {
	started, release := make(chan struct{}), make(chan struct{})
	socket, _ := serve(t, func(context.Context, *cli.Invocation) int {
		started <- struct{}{}
		<-release
		return 0
	}, &control.Options{MaxCalls: 1})
	ask(t, connect(t, socket), "t")
	<-started
	_, _, _, err := run(t, socket, "t")
	require.ErrorIs(t, err, control.ErrRefused)
	close(release)
}

func TestStopEndsTools(t *testing.T) {
	started, ended := make(chan struct{}), make(chan error, 1)
	socket, s := serve(t, func(ctx context.Context, _ *cli.Invocation) int {
		close(started)
		<-ctx.Done()
		ended <- ctx.Err()
		return 0
	}, nil)
	ask(t, connect(t, socket), "t")
	<-started
	require.NoError(t, s.Close())
	select {
	case err := <-ended:
		assert.ErrorIs(t, err, context.Canceled)
	default:
		t.Fatal("Close does not return before the tools have")
	}
	_, err := os.Lstat(socket)
	assert.ErrorIs(t, err, fs.ErrNotExist, "the file is gone")
	_, _, _, err = run(t, socket, "t")
	assert.ErrorIs(t, err, control.ErrNoServer)
}

func TestListen(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "s")
	l, err := control.Listen(t.Context(), path, 0o666)
	require.NoError(t, err)
	info, err := os.Lstat(path)
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o666), info.Mode().Perm(), "the umask has no say")
	_, err = control.Listen(t.Context(), path, 0o600)
	require.ErrorIs(t, err, control.ErrInUse)
	assert.ErrorContains(t, err, path, "the message names the socket")

	l.UnixListener.Close() // what a killed process leaves: the file
	_, err = control.Call(t.Context(), path, "t", &cli.Invocation{})
	require.ErrorIs(t, err, control.ErrNoServer)
	again, err := control.Listen(t.Context(), path, 0o600)
	require.NoError(t, err, "a stale file is replaced")
	require.ErrorIs(t, l.Close(), net.ErrClosed)
	_, err = os.Lstat(path)
	require.NoError(t, err, "and not removed by the process that left it")
	require.NoError(t, os.Remove(path))
	require.NoError(t, again.Close(), "a file that is gone needs no removal")

	require.NoError(t, os.WriteFile(path, []byte("precious"), 0o600))
	_, err = control.Listen(t.Context(), path, 0o600)
	require.ErrorContains(t, err, "not a socket", "files are not replaced")

	_, err = control.Listen(t.Context(), filepath.Join(dir, "none", "s"), 0o600)
	assert.ErrorIs(t, err, fs.ErrNotExist)
}

func TestLongPaths(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("sockets have short names on this system")
	}
	dir := filepath.Join(t.TempDir(), strings.Repeat("d", 200))
	path := filepath.Join(dir, "admin.sock")
	_, err := control.Call(t.Context(), path, "t", &cli.Invocation{})
	require.ErrorIs(t, err, control.ErrNoServer, "no directory")
	require.NoError(t, os.Mkdir(dir, 0o700))
	_, err = control.Call(t.Context(), path, "t", &cli.Invocation{})
	require.ErrorIs(t, err, control.ErrNoServer, "no socket")
	l, err := control.Listen(t.Context(), path, 0o600)
	require.NoError(t, err)
	s := control.Serve(l, map[string]cli.Tool{"t": func(context.Context, *cli.Invocation) int { return 7 }}, nil)
	_, _, exit, err := run(t, path, "t")
	require.NoError(t, err)
	assert.Equal(t, 7, exit)
	require.NoError(t, s.Close())
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left)
}

// TestBadServer: what answers may be anything that listens there.
func TestBadServer(t *testing.T) {
	for _, c := range []struct{ explanation, answer string }{
		{"no answer", ""},
		{"half a frame", "o\x00\x00\x00\x05abc"},
		{"a frame without end", "o\xff\xff\xff\xff"},
		{"a kind of frame that does not exist", "?\x00\x00\x00\x00"},
		{"an exit status that is none", "x\x00\x00\x00\x01a"},
	} {
		path := filepath.Join(t.TempDir(), "s")
		l, err := net.Listen("unix", path)
		require.NoError(t, err)
		go func() {
			conn, err := l.Accept()
			if err == nil {
				_, _ = io.WriteString(conn, c.answer)
				conn.Close()
			}
		}()
		_, _, _, err = run(t, path, "t")
		assert.ErrorContains(t, err, "the server ended the call", c.explanation)
		require.NoError(t, l.Close())
	}
}
