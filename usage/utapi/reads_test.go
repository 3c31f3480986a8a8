package utapi_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/drivertest"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/utapi"
)

// month fills an index with 30 days of traffic: in each interval something is
// put into each bucket.
func month(t testing.TB, ix driver.Index, buckets int) (m *utapi.Metrics, r utapi.Range) {
	t.Helper()
	start := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	now := start
	m = utapi.Open(ix, &utapi.Options{FlushEvery: -1, Now: func() time.Time { return now }})
	ctx := usage.WithEntry(t.Context(), &usage.Entry{Counter: "PutObject", User: "alice"})
	end := start.AddDate(0, 0, 30)
	for now.Before(end) {
		require.NoError(t, ix.Update(ctx, func(txn driver.Txn) error {
			for i := range buckets {
				mu := &objstore.Mutation{Op: objstore.OpPut, Size: 1, Bucket: objstore.BucketInfo{BucketID: bucketOf(i), Owner: "alice"}}
				if err := m.Commit(ctx, txn, mu); err != nil {
					return err
				}
			}
			return nil
		}))
		now = now.Add(utapi.Interval)
	}
	return m, utapi.Range{Start: start.AddDate(0, 0, 1), End: end.AddDate(0, 0, -1).Add(-time.Millisecond)}
}

func bucketOf(i int) objstore.BucketID { return objstore.BucketID{Name: fmt.Sprint("bucket", i)} }

// A query reads the rows at the ends of its range, however much there is between
// them. Each bucket costs the same.
func TestReadsOfAMonth(t *testing.T) {
	const buckets = 8
	ix := drivertest.NewCountedIndex(memengine.NewIndex())
	m, r := month(t, ix, buckets)
	ix.Take()
	for i := range buckets {
		metric, err := m.List(t.Context(), utapi.Buckets, bucketOf(i).Name, r)
		require.NoError(t, err)
		assert.EqualValues(t, 28*96, operation(metric, "PutObject"))
		assert.EqualValues(t, 28*96, metric.Incoming)
	}
	assert.Equal(t, drivertest.Reads{Views: buckets, Gets: buckets, Scans: 3 * buckets, Rows: 3 * buckets}, ix.Take(),
		"where the bucket stands, and the snapshots before, at the start and at the end")

	r.End = r.End.AddDate(1, 0, 0)
	_, err := m.List(t.Context(), utapi.Buckets, "bucket0", r)
	require.NoError(t, err)
	reads := ix.Take()
	assert.Equal(t, [2]int64{2, 2}, [2]int64{reads.Scans, reads.Rows}, "what is now needs no snapshot")
	assert.LessOrEqual(t, reads.Counters, int64(20), "but counters, of what was ever counted")
}

// BenchmarkList asks for 100 buckets over 28 days of traffic in each interval,
// as a bill does.
func BenchmarkList(b *testing.B) {
	const buckets = 100
	m, r := month(b, memengine.NewIndex(), buckets)
	b.ReportAllocs()
	for b.Loop() {
		for i := range buckets {
			if _, err := m.List(b.Context(), utapi.Buckets, bucketOf(i).Name, r); err != nil {
				b.Fatal(err)
			}
		}
	}
}
