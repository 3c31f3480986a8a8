package objstore

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

func TestCheckBucket(t *testing.T) {
	s := newCheckedStore(t)
	page, err := s.Buckets(t.Context(), BucketsQuery{})
	require.NoError(t, err)
	require.NotEmpty(t, page.Buckets)
	for _, b := range page.Buckets {
		found, err := s.CheckBucket(t.Context(), b.BucketID, false)
		require.NoError(t, err)
		assert.Equal(t, found.Stored, found.Counted, "%s: there is no drift", b.BucketID)
		assert.Empty(t, found.Problems)

		for why, scope := range map[string][]byte{"bucket": bucketScope(b.Ref), "owner": ownerScope(b.Owner)} {
			s.change(func(txn driver.Txn) error { return addScope(txn, scope, Totals{Objects: 3, Bytes: -5}) })
			found, err = s.CheckBucket(t.Context(), b.BucketID, true)
			require.NoError(t, err)
			assert.NotEmpty(t, found.Problems, "%s: damage is found", why)
			assert.NotZero(t, found.Repaired)
			assert.Empty(t, s.report(nil).Problems, "%s: nothing is wrong after a repair", why)
		}
	}
	_, err = s.CheckBucket(t.Context(), BucketID{Name: "none"}, true)
	assert.ErrorIs(t, err, ErrNoSuchBucket)
}
