package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/cofferstore/coffer/internal/bench/baseline"
	"github.com/cofferstore/coffer/internal/bench/suite"
)

func suiteCommand(fs *flag.FlagSet) func(context.Context, io.Writer, io.Writer) error {
	var c suite.Config
	fs.StringVar(&c.Coffer, "coffer", "bin/coffer", "the server's program")
	fs.StringVar(&c.Dir, "dir", "", "where data is kept; default a temporary directory")
	fs.IntVar(&c.Rounds, "rounds", 7, "how often each case runs on each server, in turn")
	fs.DurationVar(&c.Round, "round", 2*time.Second, "length of one run")
	fs.Int64Var(&c.Objects, "objects", 1_000_000, "objects of the listing and memory parts; 0 leaves them out")
	fs.DurationVar(&c.Soak, "soak", 2*time.Minute, "how long the full store is kept under mixed load")
	return func(ctx context.Context, stdout, stderr io.Writer) error {
		self, err := os.Executable()
		if err != nil {
			return err
		}
		c.Baseline = []string{self, "baseline"}
		c.Log = stderr
		report, err := suite.Run(ctx, c)
		return errors.Join(err, report.Write(stdout))
	}
}

func baselineCommand(fs *flag.FlagSet) func(context.Context, io.Writer, io.Writer) error {
	dir := fs.String("dir", "", "where its files are kept")
	return func(ctx context.Context, stdout, _ io.Writer) error {
		if *dir == "" {
			return errors.New("baseline: -dir is needed")
		}
		h, err := baseline.New(*dir, suite.Counts())
		if err != nil {
			return err
		}
		defer h.Close()
		return serve(ctx, h, stdout)
	}
}

// serve serves on a free port of the loopback interface until ctx ends.
func serve(ctx context.Context, h http.Handler, stdout io.Writer) error {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "listening on %s\n", ln.Addr())
	srv := &http.Server{Handler: h, ReadHeaderTimeout: time.Minute}
	context.AfterFunc(ctx, func() { srv.Close() })
	if err := srv.Serve(ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
