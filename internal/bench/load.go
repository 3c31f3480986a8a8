package bench

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Load is a run of one workload by a number of clients.
type Load struct {
	Target   Target
	Workload Workload

	// Clients is the number of connections; 0 is 1.
	Clients int

	// Duration ends the run after a time, Count after a number of requests,
	// whichever comes first; one of them is needed.
	Duration time.Duration
	Count    int64

	// First is the number of the first request, for runs that continue others.
	First int64

	// Server is the server's process, when it runs on this machine: its CPU
	// time is then part of the result.
	Server *Process
}

// Result is what a run measured.
type Result struct {
	Requests, Failed int64
	Bytes            int64 // of objects, both directions
	Elapsed          time.Duration
	Latency          Histogram // of requests that succeeded
	ServerCPU        time.Duration
	ClientCPU        time.Duration // of the whole generator process
	FirstError       error         // of the requests that failed
}

// Rate returns the requests that succeeded a second.
func (r *Result) Rate() float64 { return float64(r.Requests-r.Failed) / r.Elapsed.Seconds() }

// Throughput returns the bytes of objects a second.
func (r *Result) Throughput() float64 { return float64(r.Bytes) / r.Elapsed.Seconds() }

// CPU returns the server's CPU time a request.
func (r *Result) CPU() time.Duration { return r.ServerCPU / time.Duration(max(1, r.Requests)) }

// Add counts another run of the same workload in.
func (r *Result) Add(o *Result) {
	r.Requests += o.Requests
	r.Failed += o.Failed
	r.Bytes += o.Bytes
	r.Elapsed += o.Elapsed
	r.Latency.Merge(&o.Latency)
	r.ServerCPU += o.ServerCPU
	r.ClientCPU += o.ClientCPU
	r.FirstError = errors.Join(r.FirstError, o.FirstError)
}

// Run puts the load on. Requests that fail are counted, not returned; the error
// says that the run could not be made or that ctx ended it.
func (l *Load) Run(ctx context.Context) (*Result, error) {
	if l.Duration <= 0 && l.Count <= 0 {
		return nil, errors.New("bench: a load needs a duration or a count")
	}
	clients := make([]*client, max(1, l.Clients))
	for i := range clients {
		conn, err := Dial(ctx, l.Target)
		if err != nil {
			return nil, err
		}
		clients[i] = &client{load: l, conn: conn}
	}
	defer context.AfterFunc(ctx, func() {
		for _, c := range clients {
			c.conn.Close()
		}
	})()
	result, err := l.run(ctx, clients)
	for _, c := range clients {
		c.conn.Close()
	}
	if err == nil {
		err = ctx.Err()
	}
	return result, err
}

func (l *Load) run(ctx context.Context, clients []*client) (*Result, error) {
	runtime.GC() // none of the last run's garbage in this one's times
	before, err := l.serverCPU()
	if err != nil {
		return nil, err
	}
	own, start := CPU(), time.Now()
	var next atomic.Int64
	var stop atomic.Bool
	if l.Duration > 0 {
		defer time.AfterFunc(l.Duration, func() { stop.Store(true) }).Stop()
	}
	var wg sync.WaitGroup
	for _, c := range clients {
		wg.Go(func() { c.work(ctx, &next, &stop) })
	}
	wg.Wait()
	total := &Result{Elapsed: time.Since(start), ClientCPU: CPU() - own}
	after, err := l.serverCPU()
	if err != nil {
		return nil, err
	}
	total.ServerCPU = after - before
	for _, c := range clients {
		total.Requests += c.requests
		total.Failed += c.failed
		total.Bytes += c.bytes
		total.Latency.Merge(&c.latency)
		if total.FirstError == nil {
			total.FirstError = c.err
		}
	}
	return total, nil
}

func (l *Load) serverCPU() (time.Duration, error) {
	if l.Server == nil {
		return 0, nil
	}
	return l.Server.CPU()
}

// client is one connection's share of a run.
type client struct {
	load             *Load
	conn             *Conn
	scratch          Scratch
	requests, failed int64
	bytes            int64
	latency          Histogram
	err              error
}

func (c *client) work(ctx context.Context, next *atomic.Int64, stop *atomic.Bool) {
	for !stop.Load() && ctx.Err() == nil {
		n := next.Add(1) - 1
		if c.load.Count > 0 && n >= c.load.Count {
			return
		}
		start := time.Now()
		sent, err := c.load.Workload.Do(c.conn, &c.scratch, c.load.First+n)
		c.requests++
		if err == nil {
			c.latency.Add(time.Since(start))
			c.bytes += sent
			continue
		}
		c.failed++
		if c.err == nil {
			c.err = fmt.Errorf("request %d: %w", c.load.First+n, err)
		}
		if !c.recover(ctx, err) {
			return
		}
	}
}

// recover makes the connection usable again after a request that failed.
func (c *client) recover(ctx context.Context, err error) bool {
	var status *StatusError
	if errors.As(err, &status) {
		return true
	}
	c.conn.Close()
	conn, err := Dial(ctx, c.load.Target)
	if err != nil {
		return false
	}
	c.conn = conn
	return true
}
