package prom_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/lifecycle/worker"
	"github.com/cofferstore/coffer/usage/prom"
)

func TestLifecycle(t *testing.T) {
	reg := prometheus.NewRegistry()
	var report worker.Report
	var failure error
	require.NoError(t, reg.Register(prom.NewLifecycleCollector(func(context.Context) (worker.Report, error) { return report, failure })))
	assert.Empty(t, scrape(t, reg), "there was no pass yet")

	report = worker.Report{
		Started: time.Unix(1000, 0), Finished: time.Unix(1002, 5e8), Buckets: 1, Versions: 20, Uploads: 3,
		Expired: 4, Deleted: 5, Markers: 6, Aborted: 7, Locked: 8, Changed: 9, Failed: 10,
	}
	assert.ElementsMatch(t, []string{
		`coffer_lifecycle_last_run_buckets 1`,
		`coffer_lifecycle_last_run_deeds{deed="abort_upload"} 7`,
		`coffer_lifecycle_last_run_deeds{deed="changed"} 9`,
		`coffer_lifecycle_last_run_deeds{deed="delete_version"} 5`,
		`coffer_lifecycle_last_run_deeds{deed="expire"} 4`,
		`coffer_lifecycle_last_run_deeds{deed="failed"} 10`,
		`coffer_lifecycle_last_run_deeds{deed="locked"} 8`,
		`coffer_lifecycle_last_run_deeds{deed="remove_marker"} 6`,
		`coffer_lifecycle_last_run_duration_seconds 2.5`,
		`coffer_lifecycle_last_run_start_seconds 1000`,
		`coffer_lifecycle_last_run_uploads 3`,
		`coffer_lifecycle_last_run_versions 20`,
	}, scrape(t, reg))

	failure = errors.New("gone")
	_, err := reg.Gather()
	assert.ErrorContains(t, err, "gone", "an index that does not answer is not a pass without deeds")
}
