package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"github.com/cofferstore/coffer/internal/config"
)

// Exit codes.
const (
	exitOK      = 0
	exitFailure = 1
	exitUsage   = 2
)

// invocation is one call of the program.
type invocation struct {
	args, env      []string
	stdout, stderr io.Writer
}

// command is a subcommand.
type command struct {
	name, short string
	run         func(context.Context, *invocation) error
}

// errProblems ends a check that has reported what it found.
var errProblems = errors.New("there are problems")

func commands() []command {
	return []command{
		{"serve", "run the server", serve},
		{"check", "examine a stopped store", check},
		{"key", "manage the master keys of server-side encryption", manageKeys},
		{"health", "ask a running server whether it is ready", health},
		{"version", "print the version", version},
	}
}

// run carries out the command that args name and returns the exit code.
func run(ctx context.Context, args, env []string, stdout, stderr io.Writer) int {
	if len(args) == 0 || args[0] == "help" || args[0] == "--help" || args[0] == "-h" {
		w, code := stdout, exitOK
		if len(args) == 0 {
			w, code = stderr, exitUsage
		}
		overview(w)
		return code
	}
	in := &invocation{args[1:], env, stdout, stderr}
	for _, t := range tools() {
		if t.command == args[0] {
			return t.run(ctx, in)
		}
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return report(stderr, c.name, c.run(ctx, in))
		}
	}
	fmt.Fprintf(stderr, "coffer: unknown command %q\n\n", args[0])
	overview(stderr)
	return exitUsage
}

// report tells people of an error and turns it into an exit code.
func report(stderr io.Writer, name string, err error) int {
	switch {
	case err == nil, errors.Is(err, pflag.ErrHelp):
		return exitOK
	case errors.Is(err, config.ErrUsage):
		fmt.Fprintf(stderr, "coffer %s: %v\nSee \"coffer %s --help\".\n", name, err, name)
		return exitUsage
	case !errors.Is(err, errProblems):
		fmt.Fprintf(stderr, "coffer %s: %v\n", name, err)
	}
	return exitFailure
}

func overview(w io.Writer) {
	fmt.Fprint(w, "Coffer is an object store that speaks S3.\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "    coffer %-14s %s\n", c.name, c.short)
	}
	fmt.Fprint(w, "\nTools of the administration, also by their own names when the binary is linked so:\n\n")
	for _, t := range tools() {
		fmt.Fprintf(w, "    coffer %-14s %s: %s\n", t.command, t.name, t.short)
	}
	fmt.Fprint(w, "\nEach command has --help.\n")
}

// load sets a command's settings. When help is asked for, it shows it and
// returns pflag.ErrHelp.
func (in *invocation) load(s config.Settings, what string) error {
	s.Flags.SetOutput(io.Discard)
	s.Flags.Usage = func() {}
	err := config.Load(s, in.args, in.env)
	if errors.Is(err, pflag.ErrHelp) {
		fmt.Fprintf(in.stdout, "%s\n\n%s", what, s.Help())
	}
	return err
}
