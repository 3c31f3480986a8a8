package prom_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/prom"
)

// scrape returns the lines that Prometheus would read, without comments.
func scrape(t testing.TB, reg *prometheus.Registry) []string {
	t.Helper()
	w := httptest.NewRecorder()
	promhttp.HandlerFor(reg, promhttp.HandlerOpts{}).ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	require.Equal(t, 200, w.Code, w.Body)
	var lines []string
	for line := range strings.Lines(w.Body.String()) {
		if !strings.HasPrefix(line, "#") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

func TestRequests(t *testing.T) {
	reg := prometheus.NewRegistry()
	m, err := prom.New(reg, &prom.Options{Buckets: []float64{1}})
	require.NoError(t, err)
	for range 4 {
		m.Start()
	}
	get := usage.Entry{Protocol: "s3", Operation: "GetObject", Status: 200, BytesSent: 10, Duration: 2 * time.Second, FirstByte: time.Second}
	m.Record(&get)
	m.Record(&get)
	m.Record(&usage.Entry{Status: 403, BytesReceived: 3})

	assert.Subset(t, scrape(t, reg), []string{
		`coffer_requests_in_flight 1`,
		`coffer_requests_total{operation="GetObject",protocol="s3",status="200"} 2`,
		`coffer_requests_total{operation="unknown",protocol="unknown",status="403"} 1`,
		`coffer_sent_bytes_total{operation="GetObject",protocol="s3"} 20`,
		`coffer_sent_bytes_total{operation="unknown",protocol="unknown"} 0`,
		`coffer_received_bytes_total{operation="GetObject",protocol="s3"} 0`,
		`coffer_received_bytes_total{operation="unknown",protocol="unknown"} 3`,
		`coffer_request_duration_seconds_bucket{operation="GetObject",protocol="s3",le="1"} 0`,
		`coffer_request_duration_seconds_bucket{operation="GetObject",protocol="s3",le="+Inf"} 2`,
		`coffer_request_duration_seconds_sum{operation="GetObject",protocol="s3"} 4`,
		`coffer_request_duration_seconds_count{operation="GetObject",protocol="s3"} 2`,
		`coffer_request_duration_seconds_bucket{operation="unknown",protocol="unknown",le="1"} 1`,
		`coffer_request_duration_seconds_bucket{operation="unknown",protocol="unknown",le="+Inf"} 1`,
		`coffer_request_duration_seconds_sum{operation="unknown",protocol="unknown"} 0`,
		`coffer_request_duration_seconds_count{operation="unknown",protocol="unknown"} 1`,
	})

	_, err = prom.New(reg, nil)
	assert.Error(t, err, "a registry takes the metrics once")
}

func TestSeriesAreBounded(t *testing.T) {
	reg := prometheus.NewRegistry()
	m, err := prom.New(reg, nil)
	require.NoError(t, err)
	for i := range 6000 {
		m.Record(&usage.Entry{Operation: "op" + strconv.Itoa(i), Status: 200 + i%2})
	}
	n := 0
	for _, line := range scrape(t, reg) {
		if strings.HasPrefix(line, "coffer_requests_total{") {
			n++
		}
	}
	assert.LessOrEqual(t, n, 4100, "a front end that names operations after keys must not fill the memory")
}

func TestStore(t *testing.T) {
	ctx := t.Context()
	now := time.Unix(1e9, 0)
	st, err := objstore.Open(memengine.New(), &objstore.Options{SweepEvery: -1})
	require.NoError(t, err)
	defer st.Close()
	put := func(bucket, key, body string) {
		t.Helper()
		b, err := st.Bucket(ctx, objstore.BucketID{Name: bucket})
		if err != nil {
			b, err = st.CreateBucket(ctx, objstore.BucketID{Name: bucket}, nil)
			require.NoError(t, err)
		}
		_, err = b.Put(ctx, key, strings.NewReader(body), nil)
		require.NoError(t, err)
	}
	put("first", "a", "12345")
	put("second", "b", "678")
	reg := prometheus.NewRegistry()
	require.NoError(t, reg.Register(prom.NewStoreCollector(st, &prom.StoreOptions{Now: func() time.Time { return now }, MaxAge: time.Minute})))

	expect := func(buckets, objects, bytes int, why string) {
		t.Helper()
		assert.Subset(t, scrape(t, reg), []string{
			"coffer_store_buckets " + strconv.Itoa(buckets),
			"coffer_store_objects " + strconv.Itoa(objects),
			"coffer_store_object_bytes " + strconv.Itoa(bytes),
		}, why)
	}
	expect(2, 2, 8, "sums over all buckets")
	put("third", "c", "9")
	expect(2, 2, 8, "a scrape soon after does not walk the buckets again")
	now = now.Add(time.Minute)
	expect(3, 3, 9, "but one after MaxAge does")
}

func TestIndex(t *testing.T) {
	reg := prometheus.NewRegistry()
	require.NoError(t, reg.Register(prom.NewIndexCollector(func() prom.IndexStats {
		return prom.IndexStats{Updates: 100, Batches: 10, Syncs: 11, Rows: 500, CommitTime: 1500 * time.Millisecond, LargestBatch: 40, Queued: 3, Releases: 8,
			Log: prom.LogStats{Segments: 4, Bytes: 900, Live: 600, Behind: 70, Checkpoint: time.UnixMilli(1_700_500)}}
	})))
	assert.ElementsMatch(t, scrape(t, reg), []string{
		`coffer_index_batches_total 10`,
		`coffer_index_checkpoint_timestamp_seconds 1700.5`,
		`coffer_index_commit_seconds_total 1.5`,
		`coffer_index_largest_batch 40`,
		`coffer_index_log_behind_checkpoint_bytes 70`,
		`coffer_index_log_bytes 900`,
		`coffer_index_log_live_bytes 600`,
		`coffer_index_log_segments 4`,
		`coffer_index_queued_updates 3`,
		`coffer_index_releases_total 8`,
		`coffer_index_rows_total 500`,
		`coffer_index_syncs_total 11`,
		`coffer_index_updates_total 100`,
	})
}

type disk struct{ err error }

func (d disk) Space(context.Context) (int64, int64, error) { return 10, 100, d.err }

func TestSpace(t *testing.T) {
	reg := prometheus.NewRegistry()
	require.NoError(t, reg.Register(prom.NewSpaceCollector(map[string]driver.Space{"blobs": disk{}})))
	assert.ElementsMatch(t, scrape(t, reg), []string{
		`coffer_disk_free_bytes{medium="blobs"} 10`,
		`coffer_disk_total_bytes{medium="blobs"} 100`,
	})

	reg = prometheus.NewRegistry()
	require.NoError(t, reg.Register(prom.NewSpaceCollector(map[string]driver.Space{"blobs": disk{errors.New("gone")}})))
	_, err := reg.Gather()
	assert.ErrorContains(t, err, "gone", "a medium that does not answer is not a full one")
}

func BenchmarkRecord(b *testing.B) {
	m, err := prom.New(prometheus.NewRegistry(), nil)
	require.NoError(b, err)
	e := &usage.Entry{Protocol: "s3", Operation: "GetObject", Status: 200, BytesSent: 10, Duration: time.Millisecond, FirstByte: time.Millisecond}
	b.ReportAllocs()
	for b.Loop() {
		m.Start()
		m.Record(e)
	}
}
