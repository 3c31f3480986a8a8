package main

import (
	"context"

	"github.com/cofferstore/coffer/internal/config"
	"github.com/cofferstore/coffer/internal/server"
)

const serveHelp = `Usage: coffer serve [flags]

Runs the server until it gets SIGTERM or SIGINT; requests in progress finish first, a second signal
ends it at once. The log goes to standard output. At the first start a root user is created, and its
keys are printed to standard error unless the environment gives them.`

// serve runs the server.
func serve(ctx context.Context, in *invocation) error {
	settings, c := config.ServerSettings()
	if err := in.load(settings, serveHelp); err != nil {
		return err
	}
	if err := c.Check(); err != nil {
		return err
	}
	return server.Run(ctx, c, &server.Options{Log: in.stdout, Credentials: in.stderr})
}
