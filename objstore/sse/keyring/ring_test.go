package keyring

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/sse"
)

// sealer is a Sealer for tests.
type sealer struct{ key sse.Key }

func (s sealer) Seal(plain, place []byte) ([]byte, error) {
	return s.key.Stream([16]byte(append(place, make([]byte, 16)...)[:16])).Seal(nil, plain), nil
}

func (s sealer) Open(sealed, place []byte) ([]byte, error) {
	return s.key.Stream([16]byte(append(place, make([]byte, 16)...)[:16])).Open(sealed)
}

func newRing(t *testing.T) (*Ring, string, Sealer) {
	path, s := filepath.Join(t.TempDir(), "ring"), sealer{sse.NewKey()}
	r, err := Open(path, s, nil)
	require.NoError(t, err)
	return r, path, s
}

func TestRotationKeepsOldDataReadable(t *testing.T) {
	r, path, s := newRing(t)
	ctx := t.Context()
	before, err := r.DataKey(ctx, "", []byte("a"))
	require.NoError(t, err)
	assert.Equal(t, DefaultKey, before.KeyID)
	require.NoError(t, r.Rotate(DefaultKey))
	after, err := r.DataKey(ctx, DefaultKey, []byte("a"))
	require.NoError(t, err)
	require.NoError(t, r.Create("other"))
	other, err := r.WithDefault("other").DataKey(ctx, "", nil)
	require.NoError(t, err)
	assert.Equal(t, "other", other.KeyID)
	_, err = r.WithDefault("other").Unwrap(ctx, other.KeyID, other.Wrapped, nil)
	assert.NoError(t, err)
	assert.NotEqual(t, before.Wrapped[0], after.Wrapped[0], "the new version wraps")

	again, err := Open(path, s, nil)
	require.NoError(t, err)
	for _, d := range []sse.DataKey{before, after} {
		key, err := again.Unwrap(ctx, d.KeyID, d.Wrapped, []byte("a"))
		require.NoError(t, err)
		assert.True(t, key.Equal(d.Key))
	}
	keys, err := again.Keys()
	require.NoError(t, err)
	require.Len(t, keys, 2)
	assert.Equal(t, 2, keys[0].Versions)
}

func TestAChangeIsSeenByOtherProcesses(t *testing.T) {
	r, path, s := newRing(t)
	other, err := Open(path, s, nil)
	require.NoError(t, err)
	require.NoError(t, r.Create("archive"))
	_, err = other.DataKey(t.Context(), "archive", nil)
	require.NoError(t, err)
	require.NoError(t, r.SetDisabled("archive", true))
	_, err = other.DataKey(t.Context(), "archive", nil)
	assert.ErrorIs(t, err, sse.ErrKeyDisabled)
	require.NoError(t, r.SetDisabled("archive", false))
	_, err = other.DataKey(t.Context(), "archive", nil)
	assert.NoError(t, err)
}

func TestErrors(t *testing.T) {
	r, path, _ := newRing(t)
	ctx := t.Context()
	d, err := r.DataKey(ctx, "", []byte("a"))
	require.NoError(t, err)
	_, err = r.DataKey(ctx, "other", nil)
	assert.ErrorIs(t, err, sse.ErrKeyNotFound)
	_, err = r.Unwrap(ctx, "other", d.Wrapped, []byte("a"))
	assert.ErrorIs(t, err, sse.ErrKeyNotFound)
	for _, wrapped := range [][]byte{nil, {0}, {9, 1}, d.Wrapped[:5], bytes.Repeat([]byte{255}, 20)} {
		_, err = r.Unwrap(ctx, DefaultKey, wrapped, []byte("a"))
		assert.ErrorIs(t, err, sse.ErrWrongKey)
	}
	_, err = r.Unwrap(ctx, DefaultKey, d.Wrapped, []byte("b"))
	assert.ErrorIs(t, err, sse.ErrWrongKey)
	assert.ErrorIs(t, r.Create(DefaultKey), ErrKeyExists)
	for _, id := range []string{"", "-x", "a b", "x\n", string(make([]byte, 200))} {
		assert.ErrorIs(t, r.Create(id), ErrBadID)
	}
	assert.ErrorIs(t, r.Rotate("other"), sse.ErrKeyNotFound)
	_, err = Open(path, sealer{sse.NewKey()}, nil)
	assert.ErrorIs(t, err, ErrUnreadable)
	require.NoError(t, os.Remove(path))
	_, err = r.DataKey(ctx, "", nil)
	assert.ErrorIs(t, err, sse.ErrUnavailable, "a ring that is gone is not used from memory")
}

func TestFileIsSealed(t *testing.T) {
	r, path, _ := newRing(t)
	require.NoError(t, r.Create("archive"))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.NotContains(t, string(data), "archive")
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, os.FileMode(0o600), info.Mode().Perm())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "nothing is left beside it")
}
