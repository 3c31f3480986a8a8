package prom_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
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
	n, err := testutil.GatherAndCount(reg)
	require.NoError(t, err)
	assert.Zero(t, n, "there was no pass yet")

	report = worker.Report{
		Started: time.Unix(1000, 0), Finished: time.Unix(1002, 5e8), Buckets: 1, Versions: 20, Uploads: 3,
		Expired: 4, Deleted: 5, Markers: 6, Aborted: 7, Locked: 8, Changed: 9, Failed: 10,
	}
	assert.NoError(t, testutil.GatherAndCompare(reg, strings.NewReader(`
# HELP coffer_lifecycle_last_run_buckets Buckets with rules in the last lifecycle pass.
# TYPE coffer_lifecycle_last_run_buckets gauge
coffer_lifecycle_last_run_buckets 1
# HELP coffer_lifecycle_last_run_deeds What the last lifecycle pass did, or could not do.
# TYPE coffer_lifecycle_last_run_deeds gauge
coffer_lifecycle_last_run_deeds{deed="abort_upload"} 7
coffer_lifecycle_last_run_deeds{deed="changed"} 9
coffer_lifecycle_last_run_deeds{deed="delete_version"} 5
coffer_lifecycle_last_run_deeds{deed="expire"} 4
coffer_lifecycle_last_run_deeds{deed="failed"} 10
coffer_lifecycle_last_run_deeds{deed="locked"} 8
coffer_lifecycle_last_run_deeds{deed="remove_marker"} 6
# HELP coffer_lifecycle_last_run_duration_seconds How long the last lifecycle pass took.
# TYPE coffer_lifecycle_last_run_duration_seconds gauge
coffer_lifecycle_last_run_duration_seconds 2.5
# HELP coffer_lifecycle_last_run_start_seconds When the last lifecycle pass began, in seconds since 1970.
# TYPE coffer_lifecycle_last_run_start_seconds gauge
coffer_lifecycle_last_run_start_seconds 1000
# HELP coffer_lifecycle_last_run_uploads Uploads that the last lifecycle pass looked at.
# TYPE coffer_lifecycle_last_run_uploads gauge
coffer_lifecycle_last_run_uploads 3
# HELP coffer_lifecycle_last_run_versions Versions that the last lifecycle pass looked at.
# TYPE coffer_lifecycle_last_run_versions gauge
coffer_lifecycle_last_run_versions 20
`)))

	failure = errors.New("gone")
	_, err = reg.Gather()
	assert.ErrorContains(t, err, "gone", "an index that does not answer is not a pass without deeds")
}
