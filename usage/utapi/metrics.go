package utapi

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/internal/flush"
)

// Options configure [Metrics]. The zero value of each field is its default.
type Options struct {
	// FlushEvery is the interval at which requests that change nothing go to the
	// index. Default 1 second; negative: only Flush and Close do it.
	FlushEvery time.Duration

	// ExpireAfter removes the metrics of a bucket some time after it was deleted,
	// unless there is one of its name then (scality/utapi: expireMetrics).
	// Default 0: they stay.
	ExpireAfter time.Duration

	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default: discard
}

func (o *Options) withDefaults() Options {
	var d Options
	if o != nil {
		d = *o
	}
	if d.FlushEvery == 0 {
		d.FlushEvery = time.Second
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	return d
}

// Metrics keep utilization metrics: a hook of the store and a sink of requests,
// and it needs both. Its methods are safe for concurrent use.
type Metrics struct {
	index driver.Index
	opt   Options

	mu      sync.Mutex
	pending map[tally]int64
	dropped int // tallies that found no room since the last flush
	closed  bool

	flushing   sync.Mutex
	reindexing sync.Mutex

	full chan struct{} // wakes the flush loop
	stop chan struct{}
	work sync.WaitGroup
}

var (
	_ objstore.Hook = (*Metrics)(nil)
	_ usage.Sink    = (*Metrics)(nil)
)

// Open returns Metrics that are kept in ix, which must be the index of the
// store that they are a hook of.
func Open(ix driver.Index, o *Options) *Metrics {
	m := &Metrics{
		index: ix, opt: o.withDefaults(), pending: make(map[tally]int64),
		full: make(chan struct{}, 1), stop: make(chan struct{}),
	}
	if m.opt.FlushEvery > 0 {
		m.work.Go(m.loop)
	}
	return m
}

// Close stops background work and flushes. Later requests are not counted; the
// hook goes on.
func (m *Metrics) Close(ctx context.Context) error {
	m.mu.Lock()
	closed := m.closed
	m.closed = true
	m.mu.Unlock()
	if closed {
		return wrap("Close", ErrClosed)
	}
	close(m.stop)
	m.work.Wait()
	return m.Flush(ctx)
}

func (m *Metrics) loop() {
	flush.Loop(m.opt.FlushEvery, m.full, m.stop, m.opt.Logger, "metrics were not flushed; it will be tried again", func(ctx context.Context) error {
		err := m.Flush(ctx)
		if err == nil && m.opt.ExpireAfter > 0 {
			_, err = m.Expire(ctx)
		}
		return err
	})
}

// Ready tells whether the metrics can be read.
func (m *Metrics) Ready(ctx context.Context) error {
	return wrap("Ready", m.index.View(ctx, func(r driver.Reader) error {
		var keys scratch
		_, _, err := readHead(r, keys.head(theService()))
		return err
	}))
}
