package objstore

import (
	"errors"
	"strconv"
	"strings"
	"sync"
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

// A repair beside writers takes away what was wrong, no more and no less, and
// two repairs at a time take it away once.
func TestCheckBucketBesideWriters(t *testing.T) {
	s := newCheckedStore(t)
	info := s.b.Info()
	for round := range 20 {
		damage := Totals{Objects: int64(round + 1), Bytes: -7}
		s.change(func(txn driver.Txn) error {
			return errors.Join(addScope(txn, bucketScope(info.Ref), damage), addScope(txn, ownerScope(info.Owner), damage))
		})
		stop := make(chan struct{})
		var writers, repairs sync.WaitGroup
		writers.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					_, err := s.b.Put(t.Context(), "busy"+strconv.Itoa(i%5), strings.NewReader("data"), nil)
					assert.NoError(t, err)
				}
			}
		})
		for range 2 {
			repairs.Go(func() {
				_, err := s.CheckBucket(t.Context(), info.BucketID, true)
				assert.NoError(t, err)
			})
		}
		repairs.Wait()
		close(stop)
		writers.Wait()
		require.Empty(t, s.report(nil).Problems, "round %d: one of the repairs has mended", round)
	}
}

// A bucket takes what its counters say to another owner: a repair that began
// before must not take that from the owner again.
func TestRepairMeetsAMove(t *testing.T) {
	s := newCheckedStore(t)
	info := s.b.Info()
	s.change(func(txn driver.Txn) error {
		return errors.Join(addScope(txn, bucketScope(info.Ref), Totals{Objects: 3}), addScope(txn, ownerScope(info.Owner), Totals{Objects: 3}))
	})
	c := newChecker(t.Context(), s.Store, &CheckOptions{Repair: true})
	require.NoError(t, s.view(t.Context(), func(r driver.Reader) error {
		c.r = r
		_, _, err := c.oneBucket(info.BucketID)
		return err
	}))
	require.NoError(t, s.MoveBucket(t.Context(), info.BucketID, "somebody", nil))
	require.NoError(t, c.repair())
	found, err := s.CheckBucket(t.Context(), info.BucketID, true)
	require.NoError(t, err)
	assert.Len(t, found.Problems, 1, "the new owner's counters: %v", found.Problems)
	assert.Empty(t, s.report(nil).Problems)
}
