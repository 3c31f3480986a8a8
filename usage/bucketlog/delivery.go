package bucketlog

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/usage"
)

// Options configure a [Delivery]. The zero value of each field is its default.
type Options struct {
	// Interval is how often what was collected is written. Default 5 minutes;
	// negative: only by [Delivery.Flush] and [Delivery.Close].
	Interval time.Duration

	// BatchSize is how large a log object may become, in bytes, before it is
	// written without waiting. Default 1 MiB.
	BatchSize int

	// MaxPending bounds the bytes that wait to be written; lines beyond it are
	// dropped. Default 64 MiB.
	MaxPending int

	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default: discard
}

func (o *Options) withDefaults() Options {
	var out Options
	if o != nil {
		out = *o
	}
	if out.Interval == 0 {
		out.Interval = 5 * time.Minute
	}
	if out.BatchSize <= 0 {
		out.BatchSize = 1 << 20
	}
	if out.MaxPending <= 0 {
		out.MaxPending = 64 << 20
	}
	if out.Now == nil {
		out.Now = time.Now
	}
	if out.Logger == nil {
		out.Logger = slog.New(slog.DiscardHandler)
	}
	return out
}

var _ usage.Sink = (*Delivery)(nil)

// Delivery is a [usage.Sink] that writes entries to buckets. Safe for concurrent
// use.
type Delivery struct {
	store *objstore.Store
	opt   Options

	stop    context.CancelFunc
	stopped chan struct{}
	wake    chan struct{} // holds a token while a batch is full
	closing sync.Once

	writing sync.Mutex // one flush at a time

	mu      sync.Mutex
	batches map[target][]byte
	pending int // bytes in batches
	dropped int64
}

// target is what the lines of one log object have in common.
type target struct {
	source    objstore.BucketID
	owner     string
	bucket    string
	prefix    string
	partition usage.LogPartition
	region    string
	day       string // of the events; "" unless that is part of the name
}

// New starts a delivery. Who starts one also calls Close, before the store's.
func New(st *objstore.Store, o *Options) *Delivery {
	ctx, stop := context.WithCancel(context.Background())
	d := &Delivery{
		store: st, opt: o.withDefaults(), stop: stop, stopped: make(chan struct{}),
		wake: make(chan struct{}, 1), batches: map[target][]byte{},
	}
	go d.run(ctx)
	return d
}

// Record implements [usage.Sink].
func (d *Delivery) Record(e *usage.Entry) {
	if e.Log == nil {
		return
	}
	t := targetOf(e)
	line := appendLine(make([]byte, 0, 512), e)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.pending+len(line) > d.opt.MaxPending {
		d.dropped++
		return
	}
	d.pending += len(line)
	d.batches[t] = append(d.batches[t], line...)
	if len(d.batches[t]) >= d.opt.BatchSize {
		select {
		case d.wake <- struct{}{}:
		default:
		}
	}
}

// Dropped returns how many lines have been dropped for want of memory or of
// their bucket.
func (d *Delivery) Dropped() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dropped
}

func targetOf(e *usage.Entry) target {
	t := target{owner: e.Owner, bucket: e.Log.TargetBucket, prefix: e.Log.Prefix, partition: e.Log.Partition, region: e.Log.Region}
	tenant, name, found := strings.Cut(e.Bucket, ":")
	if !found {
		tenant, name = "", e.Bucket
	}
	t.source = objstore.BucketID{Tenant: tenant, Name: name}
	if t.partition == usage.PartitionEventTime {
		t.day = e.Start.UTC().Format(time.DateOnly)
	}
	return t
}

// name returns the key of a new log object (S3: "Log object key format").
func (t *target) name(now time.Time) string {
	stamp := now.UTC().Format("2006-01-02-15-04-05")
	unique := fmt.Sprintf("%X", randomBytes())
	if t.partition == usage.PartitionNone {
		return t.prefix + stamp + "-" + unique
	}
	day := now.UTC().Format(time.DateOnly)
	if t.day != "" {
		day, stamp = t.day, t.day+"-00-00-00"
	}
	return t.prefix + t.owner + "/" + t.region + "/" + t.source.Name + "/" + strings.ReplaceAll(day, "-", "/") + "/" + stamp + "-" + unique
}

func randomBytes() []byte {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails
	return b
}

func (d *Delivery) run(ctx context.Context) {
	defer close(d.stopped)
	var tick <-chan time.Time
	if d.opt.Interval > 0 {
		ticker := time.NewTicker(d.opt.Interval)
		defer ticker.Stop()
		tick = ticker.C
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick:
		case <-d.wake:
		}
		if err := d.Flush(ctx); err != nil && ctx.Err() == nil {
			d.opt.Logger.Warn("bucket logs were not written; they are kept", "error", err)
		}
	}
}

// Flush writes what has been collected. What could not be written is kept for
// the next time.
func (d *Delivery) Flush(ctx context.Context) error {
	d.writing.Lock()
	defer d.writing.Unlock()
	d.mu.Lock()
	batches := d.batches
	d.batches = map[target][]byte{}
	d.mu.Unlock()
	var failed []error
	for t, lines := range batches {
		err := d.write(ctx, &t, lines)
		gone := objstore.CodeOf(err) == objstore.ErrNoSuchBucket
		if gone {
			d.opt.Logger.Warn("bucket logs were dropped: their bucket is gone", "bucket", t.source.String(), "target", t.bucket)
		}
		d.settle(t, lines, err, gone)
		if err != nil && !gone {
			failed = append(failed, err)
		}
	}
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("bucketlog: flush: %w", err)
	}
	return nil
}

// settle accounts for a batch that was written or dropped, or puts it back
// before the lines that have come since.
func (d *Delivery) settle(t target, lines []byte, err error, gone bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil && !gone {
		d.batches[t] = append(lines, d.batches[t]...)
		return
	}
	d.pending -= len(lines)
	if gone {
		d.dropped += int64(bytes.Count(lines, []byte{'\n'}))
	}
}

func (d *Delivery) write(ctx context.Context, t *target, lines []byte) error {
	b, err := d.store.Bucket(ctx, objstore.BucketID{Tenant: t.source.Tenant, Name: t.bucket})
	if err != nil {
		return err
	}
	if b.Info().Owner != t.owner {
		return objstore.ErrNoSuchBucket // another bucket has its name by now
	}
	size := int64(len(lines))
	_, err = b.Put(ctx, t.name(d.opt.Now()), bytes.NewReader(lines), &objstore.PutOptions{
		Size: &size, Owner: t.owner, Meta: objstore.Metadata{ContentType: "text/plain"},
	})
	return err
}

// Close writes what has been collected and ends the delivery. Entries that are
// recorded afterwards are not written.
func (d *Delivery) Close() error {
	var err error
	d.closing.Do(func() {
		d.stop()
		<-d.stopped
		err = d.Flush(context.Background())
	})
	return err
}
