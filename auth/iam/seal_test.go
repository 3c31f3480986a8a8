package iam_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/iam"
)

func TestSealedBytes(t *testing.T) {
	m := masterKey(t, 1)
	sealed, err := m.Seal([]byte("secret"), []byte("place"))
	require.NoError(t, err)
	plain, err := m.Open(sealed, []byte("place"))
	require.NoError(t, err)
	assert.Equal(t, "secret", string(plain))

	again, err := m.Seal([]byte("secret"), []byte("place"))
	require.NoError(t, err)
	assert.NotEqual(t, sealed, again, "equal secrets do not look equal")

	_, err = m.Open(sealed, []byte("elsewhere"))
	assert.ErrorIs(t, err, iam.ErrDamaged)
	_, err = masterKey(t, 2).Open(sealed, []byte("place"))
	assert.ErrorIs(t, err, iam.ErrWrongMasterKey)
	for i := range sealed {
		changed := append([]byte(nil), sealed...)
		changed[i] ^= 1
		_, err := m.Open(changed, []byte("place"))
		assert.Error(t, err, "byte %d", i)
	}
	for n := range sealed {
		_, err := m.Open(sealed[:n], []byte("place"))
		assert.Error(t, err, "cut to %d", n)
	}
}

func TestMasterKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "master.key")
	_, err := iam.LoadMasterKey(path)
	assert.ErrorIs(t, err, fs.ErrNotExist)

	made, err := iam.CreateMasterKey(path)
	require.NoError(t, err)
	info, err := os.Stat(path)
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm())
	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	assert.Len(t, entries, 1, "no temporary file is left")

	sealed, err := made.Seal([]byte("secret"), nil)
	require.NoError(t, err)
	loaded, err := iam.LoadMasterKey(path)
	require.NoError(t, err)
	plain, err := loaded.Open(sealed, nil)
	require.NoError(t, err)
	assert.Equal(t, "secret", string(plain))

	_, err = iam.CreateMasterKey(path)
	assert.ErrorIs(t, err, fs.ErrExist, "a key is never replaced: what it sealed would be lost")

	for _, text := range []string{"", "00", strings.Repeat("0", 66), strings.Repeat("g", 64)} {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		_, err = iam.LoadMasterKey(path)
		assert.ErrorIs(t, err, iam.ErrInvalidArgument, "%q", text)
	}
}

func FuzzOpen(f *testing.F) {
	m := masterKey(f, 1)
	sealed, err := m.Seal([]byte("secret"), nil)
	require.NoError(f, err)
	f.Add(sealed)
	f.Add([]byte{})
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, data []byte) {
		plain, err := m.Open(data, nil)
		if err == nil && string(plain) != "secret" {
			t.Errorf("opened a forgery: %q", plain)
		}
	})
}
