package suite

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// metrics are the sums that the suite reads from the server.
type metrics struct {
	syncs, updates float64 // of the index
}

const (
	syncsMetric   = "coffer_index_syncs_total"
	updatesMetric = "coffer_index_updates_total"
)

// scrape reads the server's metrics now.
func (s *suite) scrape(ctx context.Context) (metrics, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.metrics+"/metrics", nil)
	if err != nil {
		return metrics{}, fmt.Errorf("suite: metrics: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return metrics{}, fmt.Errorf("suite: metrics: %w", err)
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return metrics{}, fmt.Errorf("suite: metrics: %s", res.Status)
	}
	m, err := parseMetrics(res.Body)
	if err != nil {
		return m, fmt.Errorf("suite: metrics: %w", err)
	}
	return m, nil
}

// parseMetrics reads the Prometheus text format.
func parseMetrics(r io.Reader) (metrics, error) {
	var m metrics
	sc := bufio.NewScanner(r)
	for sc.Scan() {
		name, value, ok := strings.Cut(sc.Text(), " ")
		if !ok || strings.HasPrefix(name, "#") {
			continue
		}
		var to *float64
		switch name {
		case syncsMetric:
			to = &m.syncs
		case updatesMetric:
			to = &m.updates
		default:
			continue
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return m, fmt.Errorf("%s: %w", name, err)
		}
		*to += v
	}
	return m, sc.Err()
}
