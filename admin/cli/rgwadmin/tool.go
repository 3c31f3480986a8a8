package rgwadmin

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/cli"
)

// Options configure the tool. The zero value of each field is its default.
type Options struct {
	Now func() time.Time // default time.Now

	// Region, Domains and Websites are the settings of the server that
	// zonegroup get shows. Default of the region: "default".
	Region            string
	Domains, Websites []string
}

// New returns the tool over a service.
func New(s *admin.Service, o *Options) cli.Tool {
	var opts Options
	if o != nil {
		opts = *o
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Region == "" {
		opts.Region = zoneName
	}
	return func(ctx context.Context, in *cli.Invocation) int {
		if exit, done := Local(ctx, in); done {
			return exit
		}
		return conclude(in.Stderr, execute(ctx, s, &opts, in))
	}
}

// outputBuffer gathers the pieces of long lists, in bytes.
const outputBuffer = 32 << 10

// execute carries out what needs a store.
func execute(ctx context.Context, s *admin.Service, o *Options, in *cli.Invocation) error {
	l, c, rest, err := prepare(in.Args)
	if err != nil {
		return err
	}
	out := bufio.NewWriterSize(in.Stdout, outputBuffer)
	k := &call{ctx: ctx, service: s, opt: o, line: l, out: out, errors: in.Stderr, ofRoles: strings.HasPrefix(c.words, "role")}
	if len(rest) > 0 {
		k.arg = rest[0]
	}
	if err = k.names(); err == nil {
		err = c.run(k)
	}
	if failed := out.Flush(); err == nil && failed != nil {
		err = fmt.Errorf("output: %w", failed)
	}
	return err
}

// Local carries out what needs no store: help, completion, the version, and
// telling what is wrong with the arguments. done is false for anything else.
func Local(_ context.Context, in *cli.Invocation) (exit int, done bool) {
	l, c, rest, err := prepare(in.Args)
	switch {
	case l != nil && l.on("version", false):
		err = show(in.Stdout, versionText)
	case len(in.Args) == 0:
		_ = show(in.Stdout, overview()) // the exit status tells the same
		return exitFailure, true
	case l != nil && l.on("help", false):
		err = show(in.Stdout, helpFor(l.words))
	case err != nil:
	case c.words == completionCommand:
		err = complete(in.Stdout, rest[0])
	default:
		return exitOK, false
	}
	return conclude(in.Stderr, err), true
}

// prepare takes arguments apart and finds what they ask for. The line is there
// also where the command is not.
func prepare(args []string) (l *line, c *command, rest []string, err error) {
	if l, err = parse(args); err != nil {
		return nil, nil, nil, err
	}
	if c, rest, err = find(l.words); err != nil {
		return l, nil, nil, err
	}
	for _, name := range l.given {
		if !c.takes(name) {
			return l, nil, nil, fail(exitInvalid, "ERROR: invalid flag --%s: %s does not take it", name, c.words)
		}
	}
	if f := l.get("format"); l.has("format") && f != "json" && f != "xml" {
		return l, nil, nil, fail(exitFailure, "unrecognized format: %s", f)
	}
	return l, c, rest, nil
}

// conclude tells people of an error and returns the exit status.
func conclude(stderr io.Writer, err error) int {
	if err == nil {
		return exitOK
	}
	f := &failure{statusOf(err), "ERROR: " + err.Error()}
	if errors.As(err, &f) && f.text == "" {
		return f.status
	}
	_ = show(stderr, f.text+"\n") // the exit status tells the same
	return f.status
}

func show(w io.Writer, text string) error {
	_, err := io.WriteString(w, text)
	if err != nil {
		return fmt.Errorf("output: %w", err)
	}
	return nil
}
