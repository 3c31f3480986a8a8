package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/cofferstore/coffer/internal/bench"
)

// loadFlags are the flags of the load command.
type loadFlags struct {
	endpoint, region, bucket, prefix, workload string
	size, keys, count                          int64
	clients, pid                               int
	duration                                   time.Duration
	create                                     bool
}

func loadCommand(fs *flag.FlagSet) func(context.Context, io.Writer, io.Writer) error {
	var f loadFlags
	fs.StringVar(&f.endpoint, "endpoint", "http://127.0.0.1:9000", "URL of the server; credentials are in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
	fs.StringVar(&f.region, "region", "us-east-1", "region of signatures")
	fs.StringVar(&f.bucket, "bucket", "bench", "bucket")
	fs.StringVar(&f.prefix, "prefix", "", "prefix of keys")
	fs.StringVar(&f.workload, "workload", "put", "put, get, mixed, delete, delete-many, list, list-prefixes")
	fs.Int64Var(&f.size, "size", 4096, "bytes of an object")
	fs.Int64Var(&f.keys, "keys", 10000, "number of different objects; 0: unbounded, for put and delete")
	fs.Int64Var(&f.count, "count", 0, "number of requests; 0: until the duration is over")
	fs.IntVar(&f.clients, "clients", 16, "number of connections")
	fs.IntVar(&f.pid, "pid", 0, "the server's process, to measure its CPU time and memory")
	fs.DurationVar(&f.duration, "duration", 10*time.Second, "length of the run; 0: until the count is reached")
	fs.BoolVar(&f.create, "create", false, "create the bucket first")
	return f.run
}

func (f *loadFlags) work() (bench.Workload, error) {
	keys := bench.Keys{Bucket: f.bucket, Prefix: f.prefix, Count: f.keys}
	if f.keys <= 0 && f.workload != "put" && f.workload != "delete" {
		return nil, fmt.Errorf("workload %s needs -keys", f.workload)
	}
	switch f.workload {
	case "put":
		return bench.Put{Keys: keys, Body: bench.NewBody(f.size)}, nil
	case "get":
		return bench.Get{Keys: keys}, nil
	case "mixed":
		return bench.Mixed{Keys: keys, Body: bench.NewBody(f.size), Puts: 30, Deletes: 5}, nil
	case "delete":
		return bench.Delete{Keys: keys}, nil
	case "delete-many":
		return bench.DeleteMany{Keys: keys, Len: 1000}, nil
	case "list":
		return bench.List{Keys: keys}, nil
	case "list-prefixes":
		return bench.List{Keys: keys, Groups: true}, nil
	}
	return nil, fmt.Errorf("unknown workload %q", f.workload)
}

func (f *loadFlags) run(ctx context.Context, stdout, _ io.Writer) error {
	work, err := f.work()
	if err != nil {
		return err
	}
	l := bench.Load{
		Target: bench.Target{Endpoint: f.endpoint, Credentials: bench.Credentials{
			AccessKey: os.Getenv("AWS_ACCESS_KEY_ID"), Secret: os.Getenv("AWS_SECRET_ACCESS_KEY"), Region: f.region,
		}},
		Workload: work, Clients: f.clients, Duration: f.duration, Count: f.count,
	}
	if f.pid != 0 {
		l.Server = &bench.Process{PID: f.pid}
	}
	if f.create {
		if err := createBucket(ctx, l.Target, f.bucket); err != nil {
			return err
		}
	}
	r, err := l.Run(ctx)
	if err != nil {
		return err
	}
	return f.print(stdout, &l, r)
}

func createBucket(ctx context.Context, t bench.Target, bucket string) error {
	c, err := bench.Dial(ctx, t)
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Do(&bench.Request{Method: "PUT", Path: "/" + bucket}, nil)
	var status *bench.StatusError
	if errors.As(err, &status) && status.Status == 409 {
		return nil // it is there
	}
	return err
}

func (f *loadFlags) print(w io.Writer, l *bench.Load, r *bench.Result) error {
	fmt.Fprintf(w, "%s: %d requests, %d failed, %v, %d clients\n", f.workload, r.Requests, r.Failed, r.Elapsed.Round(time.Millisecond), f.clients)
	fmt.Fprintf(w, "rate        %.0f req/s, %.1f MB/s\n", r.Rate(), r.Throughput()/1e6)
	h := &r.Latency
	fmt.Fprintf(w, "latency     mean %v, p50 %v, p90 %v, p99 %v, p99.9 %v, max %v\n", h.Mean(), h.Quantile(.5), h.Quantile(.9), h.Quantile(.99), h.Quantile(.999), h.Max())
	fmt.Fprintf(w, "client CPU  %v a request\n", r.ClientCPU/time.Duration(max(1, r.Requests)))
	if l.Server != nil {
		m, err := l.Server.Memory()
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "server CPU  %v a request\nserver RSS  %.1f MiB, of it anonymous %.1f MiB\n", r.CPU(), float64(m.RSS)/(1<<20), float64(m.Anonymous)/(1<<20))
	}
	if r.Failed > 0 {
		return fmt.Errorf("%d requests failed, the first: %w", r.Failed, r.FirstError)
	}
	return nil
}
