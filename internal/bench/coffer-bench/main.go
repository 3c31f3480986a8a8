// Command coffer-bench puts load on an S3 server.
//
//	coffer-bench load -endpoint URL -bucket NAME ...   one workload on any S3 endpoint
//	coffer-bench suite -coffer PATH ...                coffer beside the baselines
//	coffer-bench baseline -dir DIR                     the server that suite compares with
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	cancel()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "coffer-bench:", err)
		os.Exit(1)
	}
}

const usage = "usage: coffer-bench load|suite|baseline [flags]; -h behind a command lists its flags"

func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return errors.New(usage)
	}
	fs := flag.NewFlagSet(args[0], flag.ContinueOnError)
	fs.SetOutput(stderr)
	var command func(ctx context.Context, stdout, stderr io.Writer) error
	switch args[0] {
	case "load":
		command = loadCommand(fs)
	case "suite":
		command = suiteCommand(fs)
	case "baseline":
		command = baselineCommand(fs)
	default:
		return errors.New(usage)
	}
	if err := fs.Parse(args[1:]); err != nil {
		return err
	}
	if fs.NArg() > 0 {
		return fmt.Errorf("%s: unexpected argument %q", args[0], fs.Arg(0))
	}
	return command(ctx, stdout, stderr)
}
