package objstore

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestUnlinkBucket(t *testing.T) {
	f := newFixture(t, nil)
	ctx := t.Context()
	b := f.bucket("photos", VersioningOff)
	id := b.Info().BucketID
	f.bucket("films", VersioningOff)
	f.put(b, "k", "1234")
	listed := func(q BucketsQuery) string {
		t.Helper()
		page, err := f.Buckets(ctx, q)
		require.NoError(t, err)
		var names []string
		for _, info := range page.Buckets {
			names = append(names, info.Name)
		}
		return strings.Join(names, " ")
	}
	require.ErrorIs(t, f.UnlinkBucket(ctx, id, "bob"), ErrInvalidArgument, "only from the one who owns it")
	require.ErrorIs(t, f.UnlinkBucket(ctx, BucketID{Name: "none"}, "alice"), ErrNoSuchBucket)
	require.NoError(t, f.UnlinkBucket(ctx, id, "alice"))
	require.NoError(t, f.UnlinkBucket(ctx, id, "alice"), "again is no error")

	assert.Equal(t, "films", listed(BucketsQuery{Owner: "alice"}))
	assert.Equal(t, "films photos", listed(BucketsQuery{}), "administrators see it")
	assert.Equal(t, "photos", listed(BucketsQuery{Owner: "alice", Unlinked: true}))
	assert.Equal(t, "photos", listed(BucketsQuery{Unlinked: true}))
	assert.Empty(t, listed(BucketsQuery{Owner: "bob", Unlinked: true}))
	page, err := f.Buckets(ctx, BucketsQuery{Owner: "alice", Limit: 1})
	require.NoError(t, err)
	assert.False(t, page.Truncated, "what is passed over makes no further page")

	f.put(b, "k2", "56") // an open bucket goes on
	seen, err := f.Bucket(ctx, id)
	require.NoError(t, err)
	assert.True(t, seen.Info().Unlinked)
	assert.Equal(t, "alice", seen.Info().Owner)
	require.NoError(t, seen.SetVersioning(ctx, VersioningEnabled))
	require.NoError(t, seen.SetDocument(ctx, "policy", []byte("p")))
	assert.Equal(t, "films", listed(BucketsQuery{Owner: "alice"}), "changes of the bucket do not link it")
	totals, err := f.OwnerTotals(ctx, "alice")
	require.NoError(t, err)
	assert.Equal(t, int64(6), totals.Bytes, "it still counts against the owner's quota")
	f.audit()
	found, err := f.CheckBucket(ctx, id, false)
	require.NoError(t, err)
	assert.Empty(t, found.Problems)

	_, err = f.CreateBucket(ctx, id, &CreateBucketOptions{Owner: "alice"})
	require.ErrorIs(t, err, ErrBucketExists, "the name is taken")
	_, err = f.CreateBucket(ctx, BucketID{Name: "more"}, &CreateBucketOptions{Owner: "alice", MaxBuckets: 2})
	require.NoError(t, err, "it does not count among the buckets")
	_, err = f.CreateBucket(ctx, BucketID{Name: "most"}, &CreateBucketOptions{Owner: "alice", MaxBuckets: 2})
	require.ErrorIs(t, err, ErrTooManyBuckets)
}

func TestUnlinkedBucketGoesOn(t *testing.T) {
	f := newFixture(t, nil)
	ctx := t.Context()
	for name, owner := range map[string]string{"again": "alice", "away": "bob"} {
		id := f.bucket(name, VersioningOff).Info().BucketID
		require.NoError(t, f.UnlinkBucket(ctx, id, "alice"))
		require.NoError(t, f.MoveBucket(ctx, id, owner, nil))
		page, err := f.Buckets(ctx, BucketsQuery{Owner: owner})
		require.NoError(t, err)
		require.Len(t, page.Buckets, 1)
		assert.Equal(t, name, page.Buckets[0].Name, "a link puts it in the list of its owner")
		assert.False(t, page.Buckets[0].Unlinked)
		f.audit()
	}
	id := f.bucket("gone", VersioningOff).Info().BucketID
	require.NoError(t, f.UnlinkBucket(ctx, id, "alice"))
	require.NoError(t, f.DeleteBucket(ctx, id))
	page, err := f.Buckets(ctx, BucketsQuery{Unlinked: true})
	require.NoError(t, err)
	assert.Empty(t, page.Buckets)
	f.audit()
}
