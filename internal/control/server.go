package control

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cofferstore/coffer/admin/cli"
)

// Options configure a [Server]. The zero value of each field is its default.
type Options struct {
	// RequestTimeout is how long a client may take to send its request. Default
	// 10 seconds.
	RequestTimeout time.Duration

	// WriteTimeout is how long a client may take to read one piece of the
	// answer. Default a minute.
	WriteTimeout time.Duration

	// MaxCalls bounds how many tools run at a time; further clients are refused.
	// Default 32.
	MaxCalls int

	Logger *slog.Logger // default: discard
}

func (o *Options) withDefaults() Options {
	var opts Options
	if o != nil {
		opts = *o
	}
	if opts.RequestTimeout <= 0 {
		opts.RequestTimeout = 10 * time.Second
	}
	if opts.WriteTimeout <= 0 {
		opts.WriteTimeout = time.Minute
	}
	if opts.MaxCalls <= 0 {
		opts.MaxCalls = 32
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	return opts
}

// Server runs tools for clients of a socket.
type Server struct {
	tools    map[string]cli.Tool
	opt      Options
	listener *Listener
	slots    chan struct{}
	stop     context.CancelFunc
	work     sync.WaitGroup
}

// Serve serves tools, by name, to the clients of a socket, which it takes over,
// until Close.
func Serve(l *Listener, tools map[string]cli.Tool, o *Options) *Server {
	ctx, stop := context.WithCancel(context.Background())
	s := &Server{tools: tools, opt: o.withDefaults(), listener: l, stop: stop}
	s.slots = make(chan struct{}, s.opt.MaxCalls)
	s.work.Go(func() { s.accept(ctx) })
	return s
}

// Close stops listening, ends the contexts of tools that run, and waits for
// them.
func (s *Server) Close() error {
	err := s.listener.Close()
	s.stop()
	s.work.Wait()
	return err
}

// acceptPause is how long the server waits when the system is out of something
// that a connection needs.
const acceptPause = 100 * time.Millisecond

func (s *Server) accept(ctx context.Context) {
	for {
		conn, err := s.listener.AcceptUnix()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err == nil:
			s.admit(ctx, conn)
			continue
		}
		s.opt.Logger.Error("control socket", "error", err)
		select {
		case <-time.After(acceptPause):
		case <-ctx.Done():
		}
	}
}

// admit serves a client, or refuses one too many.
func (s *Server) admit(ctx context.Context, conn *net.UnixConn) {
	select {
	case s.slots <- struct{}{}:
		s.work.Go(func() {
			defer func() { <-s.slots }()
			s.serve(ctx, conn)
		})
	default:
		c := &call{conn: conn, timeout: time.Second} // for which others wait
		c.refuse("too many tools run, try again")
		_ = conn.Close() // nothing was promised
	}
}

// serve serves one client.
func (s *Server) serve(ctx context.Context, conn *net.UnixConn) {
	defer conn.Close()
	_ = conn.SetReadDeadline(time.Now().Add(s.opt.RequestTimeout)) // fails on closed connections, as the reading then does
	q, err := readRequest(conn)
	c := &call{conn: conn, timeout: s.opt.WriteTimeout}
	if errors.Is(err, ErrProtocol) {
		c.refuse("the request cannot be read")
	}
	if err != nil {
		s.opt.Logger.Debug("control socket: no request", "error", err)
		return
	}
	tool, ok := s.tools[q.Tool]
	if !ok {
		c.refuse("there is no such tool here; there are: " + s.names())
		return
	}
	who, err := peer(conn)
	if err != nil {
		s.opt.Logger.Error("control socket: who calls is not known", "error", err)
		c.refuse("the server cannot tell who calls")
		return
	}
	ctx, c.stop = context.WithCancel(ctx)
	defer c.stop()
	go c.watch()
	exit, err := s.runTool(ctx, tool, &cli.Invocation{
		Args: q.Args, Stdout: stream{c, frameStdout}, Stderr: stream{c, frameStderr}, User: who,
	})
	if err != nil {
		c.refuse("the tool failed; the server's log says how")
		return
	}
	_ = c.send(frameExit, binary.BigEndian.AppendUint32(nil, uint32(int32(exit)))) // a client that is gone needs none
}

// runTool runs a tool. One that panics must not take the server with it: any
// local user may call some.
func (s *Server) runTool(ctx context.Context, tool cli.Tool, in *cli.Invocation) (exit int, err error) {
	defer func() {
		if p := recover(); p != nil {
			s.opt.Logger.Error("a tool panicked", "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return tool(ctx, in), nil
}

func (s *Server) names() string {
	var names []string
	for name := range s.tools {
		names = append(names, name)
	}
	slices.Sort(names)
	return strings.Join(names, ", ")
}
