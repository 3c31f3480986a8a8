package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/admin/cli/ostoradmin"
	"github.com/cofferstore/coffer/admin/cli/rgwadmin"
	"github.com/cofferstore/coffer/internal/config"
	"github.com/cofferstore/coffer/internal/control"
	"github.com/cofferstore/coffer/internal/datadir"
)

// publicTool is the tool that any local user may run where the settings say so.
const publicTool = "s3info"

// tools are the command-line tools of the administration, by name.
func (p *parts) tools(c *config.Server) map[string]cli.Tool {
	return map[string]cli.Tool{
		"radosgw-admin":  rgwadmin.New(p.service, &rgwadmin.Options{Region: c.Region, Domains: c.Domains, Websites: c.Websites}),
		"ostor-s3-admin": ostoradmin.S3Admin(p.ostor),
		publicTool:       p.s3info,
	}
}

// ControlSocket is where the server on a data directory listens for tools.
func ControlSocket(data string) string { return filepath.Join(data, "admin.sock") }

// RunTool runs a tool of the administration on the data directory of the
// settings: in the server that runs there, or else on the store itself, which is
// opened for it. It returns the tool's exit status, or why it did not run.
func RunTool(ctx context.Context, c *config.Server, name string, in *cli.Invocation) (exit int, err error) {
	exit, err = control.Call(ctx, ControlSocket(c.Data), name, in)
	if !errors.Is(err, control.ErrNoServer) {
		return exit, err
	}
	log := slog.New(slog.NewTextHandler(in.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	p := &parts{stopped: true}
	if err = p.open(ctx, c, log, io.Discard); err == nil {
		if tool, ok := p.tools(c)[name]; ok {
			exit = tool(ctx, in)
		} else {
			err = fmt.Errorf("%w: there is no tool %s", control.ErrRefused, name)
		}
	}
	if errors.Is(err, datadir.ErrInUse) {
		err = fmt.Errorf("%w that does not listen for tools: is it a server that starts or stops, or a check?", err)
	}
	return exit, errors.Join(err, p.close())
}

// startTools lets tools reach the server, and returns how to stop that.
func (s *server) startTools(ctx context.Context, p *parts) (stop func() error, err error) {
	tools := p.tools(s.config)
	o := &control.Options{Logger: s.log}
	var running []*control.Server
	stop = func() error {
		var err error
		for _, c := range running {
			err = errors.Join(err, c.Close())
		}
		return err
	}
	l, err := control.Listen(ctx, ControlSocket(s.config.Data), 0o600)
	if err != nil { // of a file system without sockets: everything else works
		s.log.Error("command-line tools cannot reach this server", "error", err)
	} else {
		running = append(running, control.Serve(l, tools, o))
	}
	if s.config.S3InfoSocket == "" {
		return stop, nil
	}
	public := map[string]cli.Tool{publicTool: tools[publicTool]}
	l, err = control.Listen(ctx, s.config.S3InfoSocket, 0o666)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("--s3info-socket: %w", err), stop())
	}
	running = append(running, control.Serve(l, public, o))
	return stop, nil
}
