package datadir_test

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/datadir"
	"github.com/cofferstore/coffer/objstore/driver"
)

func TestReopen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b", "data")
	d, err := datadir.Open(dir, nil)
	require.NoError(t, err)
	sealed, err := d.MasterKey.Seal([]byte("secret"), nil)
	require.NoError(t, err)
	require.NoError(t, d.Index.Update(t.Context(), func(txn driver.Txn) error { return txn.Set([]byte("k"), []byte("v")) }))
	require.NoError(t, d.Close())

	d, err = datadir.Open(dir, &datadir.Options{MustExist: true})
	require.NoError(t, err)
	plain, err := d.MasterKey.Open(sealed, nil)
	require.NoError(t, err)
	assert.Equal(t, "secret", string(plain), "the key stays the same")
	require.NoError(t, d.Index.View(t.Context(), func(r driver.Reader) error {
		v, err := r.Get([]byte("k"))
		assert.Equal(t, "v", string(v))
		return err
	}))
	for name, s := range d.Spaces() {
		free, total, err := s.Space(context.Background())
		assert.NoError(t, err, name)
		assert.Positive(t, total, name)
		assert.LessOrEqual(t, free, total, name)
	}
	require.NoError(t, d.Close())
}

func TestOnlyTheOwnerMayRead(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	d, err := datadir.Open(dir, nil)
	require.NoError(t, err)
	defer d.Close()
	for _, name := range []string{".", "index", "blobs", "master.key", "LOCK"} {
		info, err := os.Stat(filepath.Join(dir, name))
		require.NoError(t, err)
		assert.Zero(t, info.Mode().Perm()&0o077, name)
	}
}

func TestInUse(t *testing.T) {
	dir := t.TempDir()
	d, err := datadir.Open(dir, nil)
	require.NoError(t, err)
	_, err = datadir.Open(dir, nil)
	assert.ErrorIs(t, err, datadir.ErrInUse)
	assert.ErrorContains(t, err, dir, "the message names the directory")
	require.NoError(t, d.Close())
	d, err = datadir.Open(dir, nil)
	require.NoError(t, err, "closed, it is free again")
	require.NoError(t, d.Close())
}

func TestStoreClosesTheIndexFirst(t *testing.T) {
	d, err := datadir.Open(t.TempDir(), nil)
	require.NoError(t, err)
	require.NoError(t, d.Index.Close())
	assert.NoError(t, d.Close())
}

func TestRefusals(t *testing.T) {
	good := strings.Repeat("ab", 32)
	for _, c := range []struct {
		why     string
		prepare func(t *testing.T, dir string)
		o       datadir.Options
		want    error
	}{
		{"a check must not make a store", func(*testing.T, string) {}, datadir.Options{MustExist: true}, datadir.ErrNoData},
		{"a lost key is not replaced: its secrets would be lost for good", func(t *testing.T, dir string) {
			d, err := datadir.Open(dir, nil)
			require.NoError(t, err)
			require.NoError(t, d.Close())
			require.NoError(t, os.Remove(filepath.Join(dir, "master.key")))
		}, datadir.Options{}, datadir.ErrNoMasterKey},
		{"a file in the place of the directory", func(t *testing.T, dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "blobs"), nil, 0o600))
		}, datadir.Options{MasterKey: good}, nil},
	} {
		t.Run(c.why, func(t *testing.T) {
			dir := t.TempDir()
			c.prepare(t, dir)
			_, err := datadir.Open(dir, &c.o)
			require.Error(t, err)
			if c.want != nil {
				assert.ErrorIs(t, err, c.want)
			}
			again, err := datadir.Open(dir, &c.o)
			if err == nil {
				_ = again.Close()
			}
			assert.NotErrorIs(t, err, datadir.ErrInUse, "a refused opening lets go of the lock")
		})
	}
}

func TestMountedVolumesAreEmpty(t *testing.T) {
	dir := t.TempDir()
	for _, sub := range []string{"index", "blobs"} {
		require.NoError(t, os.MkdirAll(filepath.Join(dir, sub), 0o700))
	}
	d, err := datadir.Open(dir, nil)
	require.NoError(t, err, "directories that wait for their first data are no data")
	require.NoError(t, d.Close())
}

func TestMasterKeyFromOutside(t *testing.T) {
	dir := t.TempDir()
	o := &datadir.Options{MasterKey: strings.Repeat("ab", 32)}
	d, err := datadir.Open(dir, o)
	require.NoError(t, err)
	require.NoError(t, d.Close())
	_, err = os.Stat(filepath.Join(dir, "master.key"))
	assert.ErrorIs(t, err, fs.ErrNotExist, "a key that is kept elsewhere is not written down here")
	_, err = datadir.Open(dir, &datadir.Options{MasterKey: "short"})
	assert.Error(t, err)
}
