package prom

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// IndexStats are the figures of an index, in the terms of this package, so that
// it depends on no driver.
type IndexStats struct {
	Updates      uint64        // transactions
	Batches      uint64        // groups of transactions that were committed together
	Syncs        uint64        // times that the medium was synced
	Rows         uint64        // rows written
	CommitTime   time.Duration // in commits, syncs included
	LargestBatch int           // transactions in the largest batch
	Queued       int           // transactions that wait now
	Releases     uint64        // times that mapped tables were taken out of memory

	Log LogStats
}

// LogStats are the figures of an index's log.
type LogStats struct {
	Segments   int       // files
	Bytes      int64     // in them
	Live       int64     // bytes of values that count
	Behind     int64     // bytes that are read again after a crash
	Checkpoint time.Time // of the last one; zero: none since the start
}

// IndexCollector collects the figures of an index:
//
//	coffer_index_updates_total   coffer_index_batches_total   coffer_index_syncs_total
//	coffer_index_rows_total      coffer_index_commit_seconds_total
//	coffer_index_largest_batch   coffer_index_queued_updates   coffer_index_releases_total
//	coffer_index_log_segments    coffer_index_log_bytes   coffer_index_log_live_bytes
//	coffer_index_log_behind_checkpoint_bytes
//	coffer_index_checkpoint_timestamp_seconds (0: none since the start)
//
// Updates per sync tell how well commits are grouped. Log bytes that stay far
// above twice the live ones tell that segments are not collected, a checkpoint
// that falls behind that they fail: see the program's log.
type IndexCollector struct{ stats func() IndexStats }

var _ prometheus.Collector = (*IndexCollector)(nil)

// NewIndexCollector returns a collector that calls stats at each scrape.
func NewIndexCollector(stats func() IndexStats) *IndexCollector { return &IndexCollector{stats} }

// indexMetric is one metric of an IndexCollector.
type indexMetric struct {
	desc  *prometheus.Desc
	kind  prometheus.ValueType
	value func(IndexStats) float64
}

func indexCounter(name, help string, value func(IndexStats) float64) indexMetric {
	return indexMetric{prometheus.NewDesc(name, help, nil, nil), prometheus.CounterValue, value}
}

func indexGauge(name, help string, value func(IndexStats) float64) indexMetric {
	return indexMetric{prometheus.NewDesc(name, help, nil, nil), prometheus.GaugeValue, value}
}

var indexMetrics = []indexMetric{
	indexCounter("coffer_index_updates_total", "Transactions of the index.",
		func(s IndexStats) float64 { return float64(s.Updates) }),
	indexCounter("coffer_index_batches_total", "Groups of transactions that were committed together.",
		func(s IndexStats) float64 { return float64(s.Batches) }),
	indexCounter("coffer_index_syncs_total", "Times that the index was synced to its medium.",
		func(s IndexStats) float64 { return float64(s.Syncs) }),
	indexCounter("coffer_index_rows_total", "Rows and counters written.",
		func(s IndexStats) float64 { return float64(s.Rows) }),
	indexCounter("coffer_index_commit_seconds_total", "Time spent in commits, syncs included.",
		func(s IndexStats) float64 { return s.CommitTime.Seconds() }),
	indexGauge("coffer_index_largest_batch", "Transactions in the largest batch since the start.",
		func(s IndexStats) float64 { return float64(s.LargestBatch) }),
	indexGauge("coffer_index_queued_updates", "Transactions that wait for their turn.",
		func(s IndexStats) float64 { return float64(s.Queued) }),
	indexCounter("coffer_index_releases_total", "Times that mapped tables were taken out of memory.",
		func(s IndexStats) float64 { return float64(s.Releases) }),
	indexGauge("coffer_index_log_segments", "Files of the log.",
		func(s IndexStats) float64 { return float64(s.Log.Segments) }),
	indexGauge("coffer_index_log_bytes", "Bytes of the log.",
		func(s IndexStats) float64 { return float64(s.Log.Bytes) }),
	indexGauge("coffer_index_log_live_bytes", "Bytes of values in the log that count.",
		func(s IndexStats) float64 { return float64(s.Log.Live) }),
	indexGauge("coffer_index_log_behind_checkpoint_bytes", "Bytes of the log that are read again after a crash.",
		func(s IndexStats) float64 { return float64(s.Log.Behind) }),
	indexGauge("coffer_index_checkpoint_timestamp_seconds", "When the last checkpoint was made; 0: none since the start.",
		func(s IndexStats) float64 {
			if s.Log.Checkpoint.IsZero() {
				return 0
			}
			return float64(s.Log.Checkpoint.UnixMilli()) / 1000
		}),
}

// Describe implements [prometheus.Collector].
func (c *IndexCollector) Describe(out chan<- *prometheus.Desc) {
	for _, m := range indexMetrics {
		out <- m.desc
	}
}

// Collect implements [prometheus.Collector].
func (c *IndexCollector) Collect(out chan<- prometheus.Metric) {
	s := c.stats()
	for _, m := range indexMetrics {
		out <- prometheus.MustNewConstMetric(m.desc, m.kind, m.value(s))
	}
}
