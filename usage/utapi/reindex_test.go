package utapi

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// TestReindexMends breaks counters of the store and of this package.
func TestReindexMends(t *testing.T) {
	ctx := t.Context()
	now := time.Date(2017, 9, 15, 12, 7, 0, 0, time.UTC)
	engine := memengine.New()
	m := Open(engine.Index, &Options{FlushEvery: -1, Now: func() time.Time { return now }})
	st, err := objstore.Open(engine, &objstore.Options{Hooks: []objstore.Hook{m}, SweepEvery: -1})
	require.NoError(t, err)
	defer st.Close()
	bucket, err := st.CreateBucket(ctx, objstore.BucketID{Name: "photos"}, &objstore.CreateBucketOptions{Owner: "alice"})
	require.NoError(t, err)
	_, err = bucket.Put(ctx, "a", strings.NewReader("123"), nil)
	require.NoError(t, err)
	ref := bucket.Info().Ref
	require.NoError(t, m.index.Update(ctx, func(txn driver.Txn) error {
		b := book{txn: txn, at: intervalOf(now)}
		return errors.Join(
			b.add(theService(), amount{fieldStorage, 10}),
			// The store's counters of bytes, of the bucket and of the owner.
			txn.Add([]byte("ocb"+string(ref[:])+"\x01"), 10),
			txn.Add([]byte("ocoalice\x00\x01\x01"), 10),
		)
	}))

	then := now
	now = now.Add(time.Hour)
	report, err := m.Reindex(ctx, st, nil)
	require.NoError(t, err)
	assert.Len(t, report.Problems, 2, "of the bucket and of the account")
	assert.Contains(t, report.Problems[1], "owner alice")
	report.Problems = nil
	assert.Equal(t, &Report{Buckets: 1, Differences: []Difference{
		{Level: Buckets, Name: "photos", Storage: 3, Objects: 1, WasStorage: 13, WasObjects: 1},
		{Level: Service, Name: "s3", Storage: 3, Objects: 1, WasStorage: 13, WasObjects: 1},
	}}, report)
	report, err = m.Reindex(ctx, st, nil)
	require.NoError(t, err)
	assert.Equal(t, &Report{Buckets: 1}, report, "all is mended")
	for level, name := range map[Level]string{Buckets: "photos", Accounts: "alice", Service: "s3"} {
		start := then.Truncate(Interval)
		past, err := m.List(ctx, level, name, Range{start, start.Add(Interval - time.Millisecond)})
		require.NoError(t, err)
		assert.Equal(t, [2]int64{13, 13}, past.Storage, "%s: the past stays what it was taken for", level)
		present, err := m.List(ctx, level, name, Recent(now))
		require.NoError(t, err)
		assert.Equal(t, [2]int64{13, 3}, present.Storage, "%s: the present is right", level)
	}
	require.NoError(t, st.UnlinkBucket(ctx, objstore.BucketID{Name: "photos"}, "alice"))
	report, err = m.Reindex(ctx, st, &ReindexOptions{Accounts: []string{"alice"}})
	require.NoError(t, err)
	assert.Equal(t, &Report{Buckets: 1}, report, "a bucket that is unlinked is still of the account")
	m.reindexing.Lock()
	_, err = m.Reindex(ctx, st, nil)
	m.reindexing.Unlock()
	assert.ErrorIs(t, err, ErrRunning, "one at a time")
}

func TestNextSunday(t *testing.T) {
	for _, tt := range []struct{ explanation, now, want string }{
		{"a Friday", "2017-09-15T12:00:00Z", "2017-09-17T00:00:00Z"},
		{"the end of a Saturday", "2017-09-16T23:59:59Z", "2017-09-17T00:00:00Z"},
		{"a Sunday, 00:00, is the one that has just been done", "2017-09-17T00:00:00Z", "2017-09-24T00:00:00Z"},
		{"by UTC, not by the local zone", "2017-09-17T01:00:00+02:00", "2017-09-17T00:00:00Z"},
	} {
		now, err := time.Parse(time.RFC3339, tt.now)
		require.NoError(t, err)
		assert.Equal(t, tt.want, nextSunday(now).Format(time.RFC3339), tt.explanation)
	}
}

func TestValues(t *testing.T) {
	v := values{fieldIn: 1 << 60, fieldStorage: -3, maxFields - 1: 7}
	got, err := decodeValues(v.encode())
	require.NoError(t, err)
	assert.Equal(t, v, got)
	for _, damaged := range []string{"", "\x01", "\x80", "\x01\x80", "\x00\x00"} {
		_, err := decodeValues([]byte(damaged))
		assert.ErrorIs(t, err, errDamaged, "%q", damaged)
	}
	assert.LessOrEqual(t, int(firstOperation)+len(operations), maxFields, "a head has a bit for each field")
}
