package prom

import (
	"context"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/cofferstore/coffer/objstore"
)

// StoreOptions configure a [StoreCollector]. The zero value of each field is
// its default.
type StoreOptions struct {
	Now func() time.Time // default time.Now

	// MaxAge is how long sums over buckets are used again. Default 15 seconds.
	// They are used longer when summing takes more than a twentieth of that.
	MaxAge time.Duration
}

// StoreCollector collects the totals and the state of a store:
//
//	coffer_store_buckets
//	coffer_store_objects                coffer_store_object_bytes
//	coffer_store_noncurrent_versions    coffer_store_noncurrent_bytes
//	coffer_store_delete_markers
//	coffer_store_uploads, coffer_store_parts, coffer_store_part_bytes
//	coffer_store_blobs_being_written    coffer_store_open_readers
//	coffer_store_trash_blobs            waiting for the sweep
type StoreCollector struct {
	store  *objstore.Store
	now    func() time.Time
	maxAge time.Duration

	mu     sync.Mutex // guards the rest; a second scrape waits for the first
	until  time.Time
	totals storeTotals
}

type storeTotals struct {
	buckets int64
	objstore.Totals
}

var _ prometheus.Collector = (*StoreCollector)(nil)

// NewStoreCollector returns a collector of st.
func NewStoreCollector(st *objstore.Store, o *StoreOptions) *StoreCollector {
	c := &StoreCollector{store: st, now: time.Now, maxAge: 15 * time.Second}
	if o != nil && o.Now != nil {
		c.now = o.Now
	}
	if o != nil && o.MaxAge > 0 {
		c.maxAge = o.MaxAge
	}
	return c
}

// storeGauge is one metric of a StoreCollector.
type storeGauge struct {
	desc  *prometheus.Desc
	value func(t *storeTotals, s objstore.Stats) int64
}

func gauge(name, help string, value func(*storeTotals, objstore.Stats) int64) storeGauge {
	return storeGauge{prometheus.NewDesc(name, help, nil, nil), value}
}

var storeGauges = []storeGauge{
	gauge("coffer_store_buckets", "Buckets.",
		func(t *storeTotals, _ objstore.Stats) int64 { return t.buckets }),
	gauge("coffer_store_objects", "Current objects.",
		func(t *storeTotals, _ objstore.Stats) int64 { return t.Objects }),
	gauge("coffer_store_object_bytes", "Bytes of current objects.",
		func(t *storeTotals, _ objstore.Stats) int64 { return t.Bytes }),
	gauge("coffer_store_noncurrent_versions", "Noncurrent versions of objects.",
		func(t *storeTotals, _ objstore.Stats) int64 { return t.Noncurrent }),
	gauge("coffer_store_noncurrent_bytes", "Bytes of noncurrent versions.",
		func(t *storeTotals, _ objstore.Stats) int64 { return t.NoncurrentBytes }),
	gauge("coffer_store_delete_markers", "Delete markers.",
		func(t *storeTotals, _ objstore.Stats) int64 { return t.DeleteMarkers }),
	gauge("coffer_store_uploads", "Unfinished multipart uploads.",
		func(t *storeTotals, _ objstore.Stats) int64 { return t.Uploads }),
	gauge("coffer_store_parts", "Parts of unfinished multipart uploads.",
		func(t *storeTotals, _ objstore.Stats) int64 { return t.Parts }),
	gauge("coffer_store_part_bytes", "Bytes of parts of unfinished multipart uploads.",
		func(t *storeTotals, _ objstore.Stats) int64 { return t.PartBytes }),
	gauge("coffer_store_blobs_being_written", "Blobs that are being written.",
		func(_ *storeTotals, s objstore.Stats) int64 { return int64(s.PendingBlobs) }),
	gauge("coffer_store_open_readers", "Objects that are being read.",
		func(_ *storeTotals, s objstore.Stats) int64 { return int64(s.OpenReaders) }),
	gauge("coffer_store_trash_blobs", "Blobs that wait to be removed, as of the last sweep.",
		func(_ *storeTotals, s objstore.Stats) int64 { return s.TrashBacklog }),
}

// Describe implements [prometheus.Collector].
func (c *StoreCollector) Describe(out chan<- *prometheus.Desc) {
	for _, g := range storeGauges {
		out <- g.desc
	}
}

// Collect implements [prometheus.Collector].
func (c *StoreCollector) Collect(out chan<- prometheus.Metric) {
	totals, err := c.sum(context.Background())
	stats := c.store.Stats()
	for _, g := range storeGauges {
		if err != nil {
			out <- prometheus.NewInvalidMetric(g.desc, err)
			continue
		}
		out <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, float64(g.value(&totals, stats)))
	}
}

// sum returns the sums over all buckets, not older than they may be.
func (c *StoreCollector) sum(ctx context.Context) (storeTotals, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	begin := c.now()
	if begin.Before(c.until) {
		return c.totals, nil
	}
	totals, err := c.walk(ctx)
	if err != nil {
		return storeTotals{}, err
	}
	c.totals = totals
	end := c.now()
	c.until = end.Add(max(c.maxAge, 20*end.Sub(begin)))
	return totals, nil
}

func (c *StoreCollector) walk(ctx context.Context) (storeTotals, error) {
	var sum storeTotals
	var q objstore.BucketsQuery
	for {
		page, err := c.store.Buckets(ctx, q)
		if err != nil {
			return sum, err
		}
		for _, info := range page.Buckets {
			t, err := c.bucket(ctx, info.BucketID)
			if objstore.CodeOf(err) == objstore.ErrNoSuchBucket {
				continue // deleted meanwhile
			}
			if err != nil {
				return sum, err
			}
			sum.add(t)
		}
		if !page.Truncated || len(page.Buckets) == 0 {
			return sum, nil
		}
		q.After = page.Buckets[len(page.Buckets)-1].BucketID
	}
}

func (c *StoreCollector) bucket(ctx context.Context, id objstore.BucketID) (objstore.Totals, error) {
	b, err := c.store.Bucket(ctx, id)
	if err != nil {
		return objstore.Totals{}, err
	}
	return b.Totals(ctx)
}

func (s *storeTotals) add(t objstore.Totals) {
	s.buckets++
	s.Objects += t.Objects
	s.Bytes += t.Bytes
	s.Noncurrent += t.Noncurrent
	s.NoncurrentBytes += t.NoncurrentBytes
	s.DeleteMarkers += t.DeleteMarkers
	s.Uploads += t.Uploads
	s.Parts += t.Parts
	s.PartBytes += t.PartBytes
}
