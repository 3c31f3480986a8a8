package badgerindex

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

// A process can die between the creation of a file and the first byte in it.
// Badger refuses to open with an empty log; nothing was ever acknowledged from
// one.
func TestOpenPutsUpWithEmptyFiles(t *testing.T) {
	for _, name := range []string{"00099.mem", "000099.vlog", "000099.sst", "MANIFEST-REWRITE"} {
		dir := t.TempDir()
		ix, err := Open(dir, nil)
		require.NoError(t, err)
		require.NoError(t, ix.Update(t.Context(), func(txn driver.Txn) error { return txn.Set([]byte("k"), []byte("v")) }))
		require.NoError(t, ix.Close())
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
		ix, err = Open(dir, nil)
		if !assert.NoError(t, err, name) {
			continue
		}
		require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
			v, err := r.Get([]byte("k"))
			assert.Equal(t, "v", string(v), name)
			return err
		}))
		require.NoError(t, ix.Update(t.Context(), func(txn driver.Txn) error { return txn.Set([]byte("k2"), []byte("v")) }), name)
		require.NoError(t, ix.Close())
	}
}
