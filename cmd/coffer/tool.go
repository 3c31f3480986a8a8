package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/admin/cli/listmetrics"
	"github.com/cofferstore/coffer/admin/cli/ostoradmin"
	"github.com/cofferstore/coffer/admin/cli/rgwadmin"
	"github.com/cofferstore/coffer/admin/cli/s3info"
	"github.com/cofferstore/coffer/internal/config"
	"github.com/cofferstore/coffer/internal/control"
	"github.com/cofferstore/coffer/internal/datadir"
	"github.com/cofferstore/coffer/internal/server"
)

// tool is a command-line tool of the administration, whose arguments are its own
// but for --data and --config.
type tool struct {
	command string // coffer's word for it
	name    string // what the tool is called: also the name of a link to the binary
	short   string

	// local carries out what needs neither a server nor a store, such as help.
	local func(context.Context, *cli.Invocation) (exit int, done bool)

	// public tools are run at the socket that any local user may open, where
	// the settings name one.
	public bool
}

// tools are all there are. What they do is in internal/server, by their names.
func tools() []tool {
	return []tool{
		{"admin", "radosgw-admin", "users, keys, quotas, buckets, usage as in Ceph's RGW", rgwadmin.Local, false},
		{"ostor", "ostor-s3-admin", "users, accounts, limits, quotas as in Virtuozzo's object storage", ostoradmin.Local, false},
		{"ostor-ctl", "ostor-ctl", "what scripts for that ask of the storage below", client(ostoradmin.Ctl), false},
		{"s3info", "s3info", "the S3 credentials of the user who runs it", s3info.Local, true},
		{"metrics", "list_metrics", "utilization metrics, from any server of the protocol", client(listmetrics.New(nil)), false},
		{"bucket-metrics", "list_bucket_metrics", "the same of buckets, with options of old", client(listmetrics.NewForBuckets(nil)), false},
	}
}

// client is what a tool does that needs no store, but a server and its address.
func client(t cli.Tool) func(context.Context, *cli.Invocation) (int, bool) {
	return func(ctx context.Context, in *cli.Invocation) (int, bool) { return t(ctx, in), true }
}

// commandLine returns the arguments of a process, with the command in front that
// the name of its binary stands for.
func commandLine(process []string) []string {
	if len(process) == 0 {
		return nil
	}
	name := strings.TrimSuffix(filepath.Base(process[0]), ".exe")
	for _, t := range tools() {
		if t.name == name {
			return append([]string{t.command}, process[1:]...)
		}
	}
	return process[1:]
}

// run runs the tool and returns its exit status.
func (t tool) run(ctx context.Context, in *invocation) int {
	settings, rest := cutSettings(in.args)
	call := &cli.Invocation{Args: rest, Stdout: in.stdout, Stderr: in.stderr}
	if t.local != nil {
		if exit, done := t.local(ctx, call); done {
			return exit
		}
	}
	c, err := toolSettings(settings, in.env)
	if err == nil {
		var exit int
		if exit, err = t.reach(ctx, c, call); err == nil {
			return exit
		}
	}
	if errors.Is(err, datadir.ErrNoData) {
		err = fmt.Errorf("%w: name the directory of the store with --data or %s", err, config.EnvName("data"))
	}
	fmt.Fprintf(in.stderr, "%s: %v\n", t.name, err)
	if errors.Is(err, config.ErrUsage) {
		return exitUsage
	}
	return exitFailure
}

// reach runs the tool where the settings say that the store is.
func (t tool) reach(ctx context.Context, c *config.Server, call *cli.Invocation) (exit int, err error) {
	if t.public && c.S3InfoSocket != "" {
		return control.Call(ctx, c.S3InfoSocket, t.name, call)
	}
	if u, err := user.Current(); err == nil {
		call.User = u.Username
	}
	return server.RunTool(ctx, c, t.name, call)
}

// toolSettings are those of the server: the environment and the file are its, the
// flags are only those that say where the store is.
func toolSettings(args, env []string) (*config.Server, error) {
	s, c := config.ServerSettings()
	s.Flags.Usage = func() {}
	if err := config.Load(s, args, env); err != nil {
		return nil, err
	}
	return c, c.Check()
}

// settingFlags are the flags of settings that tools take.
var settingFlags = []string{"--data", "--config", "--s3info-socket"}

// cutSettings parts the flags of settings from the arguments of a tool. They may
// stand anywhere before "--".
func cutSettings(args []string) (settings, rest []string) {
	for i := 0; i < len(args); i++ {
		name, _, has := strings.Cut(args[i], "=")
		switch {
		case args[i] == "--":
			return settings, append(rest, args[i:]...)
		case !slices.Contains(settingFlags, name):
			rest = append(rest, args[i])
		case has || i+1 == len(args):
			settings = append(settings, args[i])
		default:
			settings = append(settings, args[i], args[i+1])
			i++
		}
	}
	return settings, rest
}
