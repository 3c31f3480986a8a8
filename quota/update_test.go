package quota_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/quota"
)

// Two operators who change the quota of a bucket at once do not undo each
// other's change: one may set the size, another the number of objects.
func TestUpdateBucket(t *testing.T) {
	w := newWorld(t, nil)
	ref := w.b.Info().Ref
	_, err := w.e.UpdateBucket(t.Context(), ref, func(s *quota.Spec) error {
		assert.Equal(t, quota.Spec{MaxBytes: -1, MaxObjects: -1}, *s, "none was set")
		*s = quota.Spec{Enabled: true}
		return nil
	})
	require.NoError(t, err)
	var operators sync.WaitGroup
	for range 20 {
		operators.Go(func() {
			_, err := w.e.UpdateBucket(t.Context(), ref, func(s *quota.Spec) error { s.MaxBytes++; return nil })
			assert.NoError(t, err)
		})
		operators.Go(func() {
			_, err := w.e.UpdateBucket(t.Context(), ref, func(s *quota.Spec) error { s.MaxObjects++; return nil })
			assert.NoError(t, err)
		})
	}
	operators.Wait()
	refused := errors.New("refused")
	_, err = w.e.UpdateBucket(t.Context(), ref, func(s *quota.Spec) error { s.Enabled = false; return refused })
	require.ErrorIs(t, err, refused)
	got, err := w.e.Bucket(t.Context(), ref)
	require.NoError(t, err)
	assert.Equal(t, quota.Spec{Enabled: true, MaxBytes: 20, MaxObjects: 20}, got)
}
