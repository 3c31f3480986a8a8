package prom

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/cofferstore/coffer/objstore/lifecycle/worker"
)

// LifecycleCollector collects the report of the last lifecycle pass; nothing
// before the first one:
//
//	coffer_lifecycle_last_run_start_seconds      since 1970
//	coffer_lifecycle_last_run_duration_seconds
//	coffer_lifecycle_last_run_buckets            with rules
//	coffer_lifecycle_last_run_versions           that were looked at
//	coffer_lifecycle_last_run_uploads            that were looked at
//	coffer_lifecycle_last_run_deeds{deed}        expire, delete_version, remove_marker, abort_upload;
//	                                             locked, changed, failed: those that were not done
type LifecycleCollector struct {
	last  func(context.Context) (worker.Report, error)
	deeds *prometheus.Desc
}

var _ prometheus.Collector = (*LifecycleCollector)(nil)

// NewLifecycleCollector returns a collector that calls last, the method LastRun
// of a [worker.Worker], at each scrape.
func NewLifecycleCollector(last func(context.Context) (worker.Report, error)) *LifecycleCollector {
	return &LifecycleCollector{last, prometheus.NewDesc("coffer_lifecycle_last_run_deeds",
		"What the last lifecycle pass did, or could not do.", []string{"deed"}, nil)}
}

// lifecycleMetric is one metric of a LifecycleCollector.
type lifecycleMetric struct {
	desc  *prometheus.Desc
	value func(*worker.Report) float64
}

func lifecycleGauge(name, help string, value func(*worker.Report) float64) lifecycleMetric {
	return lifecycleMetric{prometheus.NewDesc("coffer_lifecycle_last_run_"+name, help, nil, nil), value}
}

var lifecycleMetrics = []lifecycleMetric{
	lifecycleGauge("start_seconds", "When the last lifecycle pass began, in seconds since 1970.",
		func(r *worker.Report) float64 { return float64(r.Started.UnixMilli()) / 1000 }),
	lifecycleGauge("duration_seconds", "How long the last lifecycle pass took.",
		func(r *worker.Report) float64 { return r.Finished.Sub(r.Started).Seconds() }),
	lifecycleGauge("buckets", "Buckets with rules in the last lifecycle pass.",
		func(r *worker.Report) float64 { return float64(r.Buckets) }),
	lifecycleGauge("versions", "Versions that the last lifecycle pass looked at.",
		func(r *worker.Report) float64 { return float64(r.Versions) }),
	lifecycleGauge("uploads", "Uploads that the last lifecycle pass looked at.",
		func(r *worker.Report) float64 { return float64(r.Uploads) }),
}

// deedsOf names the counts of a report.
func deedsOf(r *worker.Report) map[string]int64 {
	return map[string]int64{
		"expire": r.Expired, "delete_version": r.Deleted, "remove_marker": r.Markers, "abort_upload": r.Aborted,
		"locked": r.Locked, "changed": r.Changed, "failed": r.Failed,
	}
}

// Describe implements [prometheus.Collector].
func (c *LifecycleCollector) Describe(out chan<- *prometheus.Desc) {
	for _, m := range lifecycleMetrics {
		out <- m.desc
	}
	out <- c.deeds
}

// lifecycleTimeout bounds how long a scrape waits for the report.
const lifecycleTimeout = 5 * time.Second

// Collect implements [prometheus.Collector].
func (c *LifecycleCollector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), lifecycleTimeout)
	defer cancel()
	r, err := c.last(ctx)
	if err != nil {
		out <- prometheus.NewInvalidMetric(c.deeds, err)
		return
	}
	if r.Started.IsZero() {
		return
	}
	for _, m := range lifecycleMetrics {
		out <- prometheus.MustNewConstMetric(m.desc, prometheus.GaugeValue, m.value(&r))
	}
	for deed, n := range deedsOf(&r) {
		out <- prometheus.MustNewConstMetric(c.deeds, prometheus.GaugeValue, float64(n), deed)
	}
}
