package prom

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/cofferstore/coffer/objstore/driver"
)

// SpaceCollector collects how full the media are:
//
//	coffer_disk_free_bytes{medium}   coffer_disk_total_bytes{medium}
type SpaceCollector struct {
	media       map[string]driver.Space
	free, total *prometheus.Desc
}

var _ prometheus.Collector = (*SpaceCollector)(nil)

// NewSpaceCollector returns a collector of media by name, for example "index".
// The map must not change afterwards.
func NewSpaceCollector(media map[string]driver.Space) *SpaceCollector {
	label := []string{"medium"}
	return &SpaceCollector{
		media: media,
		free:  prometheus.NewDesc("coffer_disk_free_bytes", "Free bytes of the medium.", label, nil),
		total: prometheus.NewDesc("coffer_disk_total_bytes", "Size of the medium in bytes.", label, nil),
	}
}

// Describe implements [prometheus.Collector].
func (c *SpaceCollector) Describe(out chan<- *prometheus.Desc) {
	out <- c.free
	out <- c.total
}

// Collect implements [prometheus.Collector].
func (c *SpaceCollector) Collect(out chan<- prometheus.Metric) {
	for name, medium := range c.media {
		free, total, err := medium.Space(context.Background())
		if err != nil {
			out <- prometheus.NewInvalidMetric(c.free, err)
			continue
		}
		out <- prometheus.MustNewConstMetric(c.free, prometheus.GaugeValue, float64(free), name)
		out <- prometheus.MustNewConstMetric(c.total, prometheus.GaugeValue, float64(total), name)
	}
}
