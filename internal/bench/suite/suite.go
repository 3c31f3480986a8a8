package suite

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/cofferstore/coffer/internal/bench"
)

// Config says what is compared and how long.
type Config struct {
	// Coffer is the path of the server's program.
	Coffer string

	// Baseline is a command line that runs a baseline server: it is called
	// with "-dir DIR" behind it and prints "listening on HOST:PORT".
	Baseline []string

	// Dir is where data is kept while the suite runs; it needs about 20 GB for
	// a full run. "" is a temporary directory.
	Dir string

	// Rounds is how often each case is run on each server, in turn; 0 is 7.
	Rounds int

	// Round is how long one run lasts; 0 is 2 seconds. Runs of big objects are
	// bounded by their number instead.
	Round time.Duration

	// Objects is how many objects the listing and memory parts have, a multiple
	// of 1000; 0 leaves both out.
	Objects int64

	// Soak is how long the full store is kept under mixed load.
	Soak time.Duration

	// Log receives a line for each step.
	Log io.Writer
}

func (c Config) withDefaults() Config {
	if c.Rounds <= 0 {
		c.Rounds = 7
	}
	if c.Round <= 0 {
		c.Round = 2 * time.Second
	}
	if c.Log == nil {
		c.Log = io.Discard
	}
	return c
}

const (
	accessKey = "AKIABENCHBENCHBENCH0"
	secretKey = "benchbenchbenchbenchbenchbenchbenchbench"
	region    = "us-east-1"
	bucket    = "bench"
)

// suite is one run.
type suite struct {
	Config
	report   Report
	coffer   *server
	target   bench.Target // of coffer
	metrics  string       // base URL of coffer's metrics
	baseline *server
	plain    bench.Target // of the baseline
}

// Run measures everything and returns the report; with an error, what was
// measured until then.
func Run(ctx context.Context, c Config) (*Report, error) {
	s := &suite{Config: c.withDefaults()}
	if s.Dir == "" {
		dir, err := os.MkdirTemp("", "coffer-bench")
		if err != nil {
			return &s.report, fmt.Errorf("suite: %w", err)
		}
		defer os.RemoveAll(dir)
		s.Dir = dir
	}
	err := s.run(ctx)
	for _, srv := range []*server{s.coffer, s.baseline} {
		if srv != nil {
			if e := srv.stop(); err == nil {
				err = e
			}
		}
	}
	return &s.report, err
}

func (s *suite) run(ctx context.Context) error {
	if err := s.startBaseline(ctx); err != nil {
		return err
	}
	if err := s.startCoffer(ctx); err != nil {
		return err
	}
	if err := s.memoryLine("memory: empty server", Aim{Max: 64}); err != nil {
		return err
	}
	if err := s.put(ctx, s.target, "/"+bucket, nil); err != nil {
		return err
	}
	if err := s.objects(ctx); err != nil {
		return err
	}
	if s.Objects == 0 {
		return nil
	}
	return s.full(ctx)
}

func (s *suite) logf(format string, args ...any) {
	fmt.Fprintf(s.Log, time.Now().Format("15:04:05 ")+format+"\n", args...)
}

var (
	s3Listens       = regexp.MustCompile(`"msg":"listening","protocol":"s3","address":"([^"]+)"`)
	metricsListen   = regexp.MustCompile(`"msg":"listening","protocol":"metrics","address":"([^"]+)"`)
	baselineListens = regexp.MustCompile(`^listening on (\S+)$`)
)

func (s *suite) startBaseline(ctx context.Context) error {
	dir := filepath.Join(s.Dir, "baseline")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("suite: %w", err)
	}
	args := append(s.Baseline[1:len(s.Baseline):len(s.Baseline)], "-dir", dir)
	srv, err := start(ctx, nil, s.Baseline[0], args...)
	if err != nil {
		return err
	}
	s.baseline = srv
	at, err := srv.addresses(baselineListens)
	if err != nil {
		return err
	}
	s.plain = bench.Target{Endpoint: "http://" + at[0]}
	return nil
}

// startCoffer starts the server on the suite's data directory.
func (s *suite) startCoffer(ctx context.Context) error {
	env := []string{"COFFER_ROOT_ACCESS_KEY=" + accessKey, "COFFER_ROOT_SECRET_KEY=" + secretKey}
	begin := time.Now()
	srv, err := start(ctx, env, s.Coffer, "serve", "--data", filepath.Join(s.Dir, "coffer"),
		"--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0", "--log-format", "json", "--region", region)
	if err != nil {
		return err
	}
	s.coffer = srv
	at, err := srv.addresses(s3Listens, metricsListen)
	if err != nil {
		return err
	}
	s.metrics = "http://" + at[1]
	s.logf("coffer listens on %s after %v", at[0], time.Since(begin).Round(time.Millisecond))
	s.target = bench.Target{
		Endpoint:    "http://" + at[0],
		Credentials: bench.Credentials{AccessKey: accessKey, Secret: secretKey, Region: region},
	}
	return nil
}

func (s *suite) stopCoffer() error {
	err := s.coffer.stop()
	s.coffer = nil
	return err
}

// put makes one PUT request.
func (s *suite) put(ctx context.Context, t bench.Target, path string, body []byte) error {
	c, err := bench.Dial(ctx, t)
	if err != nil {
		return err
	}
	defer c.Close()
	if _, err := c.Do(&bench.Request{Method: "PUT", Path: path, Body: body}, nil); err != nil {
		return fmt.Errorf("suite: PUT %s: %w", path, err)
	}
	return nil
}

// load runs a workload on coffer and reports the run.
func (s *suite) load(ctx context.Context, name string, l bench.Load) (*bench.Result, error) {
	l.Target, l.Server = s.target, s.coffer.process()
	s.logf("%s", name)
	r, err := l.Run(ctx)
	if err != nil {
		return nil, err
	}
	s.report.ran(name, "coffer", l.Clients, r)
	return r, failures(name, r)
}

// failures is an error when requests of a run failed: its figures mean nothing.
func failures(name string, r *bench.Result) error {
	if r.Failed > 0 {
		return fmt.Errorf("suite: %s: %d of %d requests failed: %w", name, r.Failed, r.Requests, r.FirstError)
	}
	return nil
}

// memoryLine reports the server's resident memory.
func (s *suite) memoryLine(name string, aim Aim) error {
	m, err := s.coffer.process().Memory()
	if err != nil {
		return err
	}
	s.report.add(name, mib(m.RSS), "MiB", aim)
	return nil
}

func mib(n int64) float64 { return float64(n) / (1 << 20) }
