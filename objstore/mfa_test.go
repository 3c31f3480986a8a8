package objstore

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMFADelete(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("bkt", VersioningEnabled)
	require.NoError(t, b.SetMFADelete(t.Context(), VersioningEnabled, true))
	v := f.put(b, "k", "x")
	require.ErrorIs(t, b.SetVersioning(t.Context(), VersioningSuspended), ErrMFARequired, "a suspended bucket overwrites")
	_, err := b.Delete(t.Context(), DeleteRequest{Key: "k"})
	require.NoError(t, err, "a marker deletes nothing")
	by := DeleteRequest{Key: "k", Version: v.VersionID}
	_, err = b.Delete(t.Context(), by)
	require.ErrorIs(t, err, ErrMFARequired)
	results, err := b.DeleteMany(t.Context(), []DeleteRequest{by, {Key: "other"}})
	require.NoError(t, err)
	assert.ErrorIs(t, results[0].Err, ErrMFARequired)
	assert.NoError(t, results[1].Err)
	by.MFA = true
	_, err = b.Delete(t.Context(), by)
	require.NoError(t, err)
	require.NoError(t, b.SetMFADelete(t.Context(), VersioningSuspended, false))
	again, err := f.Bucket(t.Context(), BucketID{Name: "bkt"})
	require.NoError(t, err)
	assert.False(t, again.Info().MFADelete)
	assert.Equal(t, VersioningSuspended, again.Info().Versioning)
	f.audit()
}
