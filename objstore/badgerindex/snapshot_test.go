package badgerindex

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

// A snapshot outlives any number of newer versions, and the tables that the
// versions are compacted in.
func TestLongView(t *testing.T) {
	if testing.Short() {
		t.Skip("writes 60 MB")
	}
	ix, err := Open(t.TempDir(), &Options{MemTableSize: 8 << 20, NoSync: true})
	require.NoError(t, err)
	write := func(round int) {
		require.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) (err error) {
			for k := range 20 {
				err = errors.Join(err, tx.Set(fmt.Appendf(nil, "%02d", k), bytes.Repeat([]byte{byte(round)}, 10<<10)))
			}
			return errors.Join(err, tx.Add([]byte("n"), 1))
		}))
	}
	write(1)
	require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
		for round := 2; round <= 300; round++ {
			write(round)
		}
		require.NoError(t, ix.store.db.Flatten(2))
		for k := range 20 {
			v, err := r.Get(fmt.Appendf(nil, "%02d", k))
			require.NoError(t, err)
			require.True(t, bytes.Equal(bytes.Repeat([]byte{1}, 10<<10), v), "row %d", k)
		}
		n, err := r.Counter([]byte("n"))
		assert.Equal(t, int64(1), n)
		return err
	}))
	require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
		n, err := r.Counter([]byte("n"))
		assert.Equal(t, int64(300), n)
		return err
	}))
	require.NoError(t, ix.Close())
}
