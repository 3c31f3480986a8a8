package objstore

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An object of very many parts is dropped in one short transaction; the sweep
// then gives up its blobs step by step, and no count is off in between.
func TestManyPartsAreDroppedInSteps(t *testing.T) {
	f := newFixture(t, &Options{MinPartSize: 1, TrashGrace: time.Second})
	b := f.bucket("large", VersioningOff)
	const n = 2*manyExtents + 10
	u, err := b.CreateUpload(t.Context(), "k", nil)
	require.NoError(t, err)
	var parts []CompletePart
	for i := 1; i <= n; i++ {
		p, err := u.PutPart(t.Context(), i, bytes.NewReader([]byte{byte(i)}), nil)
		require.NoError(t, err)
		parts = append(parts, CompletePart{Number: i, ETag: p.ETag})
	}
	_, err = u.Complete(t.Context(), parts, nil)
	require.NoError(t, err)

	obj, err := b.Object(t.Context(), "k", nil)
	require.NoError(t, err)
	_, err = b.Delete(t.Context(), DeleteRequest{Key: "k"})
	require.NoError(t, err)
	f.clock.Advance(time.Hour)
	f.requireCleanCheck("between the delete and the sweep")
	_, err = f.Sweep(t.Context())
	require.NoError(t, err)
	f.requireCleanCheck("while a reader holds the blobs back")

	rd, err := obj.Open(t.Context())
	require.NoError(t, err)
	got := make([]byte, n)
	_, err = rd.ReadAt(got, 0)
	require.NoError(t, err, "an object that was found stays readable")
	assert.Equal(t, byte(n%256), got[n-1])
	require.NoError(t, rd.Close())
	require.NoError(t, obj.Close())

	f.clock.Advance(time.Hour)
	report, err := f.Sweep(t.Context())
	require.NoError(t, err)
	assert.Equal(t, n, report.Removed)
	f.requireCleanCheck("after all is gone")
}

func (f *fixture) requireCleanCheck(when string) {
	f.t.Helper()
	report, err := f.Check(f.t.Context(), &CheckOptions{Data: true})
	require.NoError(f.t, err, when)
	require.Empty(f.t, report.Problems, when)
}
