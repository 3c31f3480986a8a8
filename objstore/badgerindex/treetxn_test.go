package badgerindex

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

// A transaction may have more rows than Badger takes at once. Who reads meanwhile
// sees none of them, and a crash leaves all or none.
func TestMoreThanBadgerTakes(t *testing.T) {
	const rows = 20_000
	dir := t.TempDir()
	ix, err := Open(dir, &Options{MemTableSize: minMemTableSize, CheckpointEvery: never})
	require.NoError(t, err)
	require.Less(t, ix.store.db.MaxBatchCount(), int64(rows/4))
	count := func(r driver.Reader) (n int) {
		c := r.Scan(nil, nil, driver.ScanOptions{})
		defer c.Close()
		for c.Next() {
			n++
		}
		return n
	}
	require.NoError(t, ix.View(t.Context(), func(before driver.Reader) error {
		require.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) error {
			for i := range rows {
				if err := tx.Set(fmt.Appendf(nil, "%06d", i), make([]byte, 50)); err != nil {
					return err
				}
			}
			return tx.Add([]byte("rows"), rows)
		}))
		assert.Zero(t, count(before))
		return nil
	}))
	crashed := copyDir(t, dir, "*.mem")
	require.NoError(t, ix.Close())
	for _, dir := range []string{dir, crashed} {
		ix, err := Open(dir, &Options{MemTableSize: minMemTableSize})
		require.NoError(t, err)
		require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
			assert.Equal(t, rows, count(r))
			n, err := r.Counter([]byte("rows"))
			assert.Equal(t, int64(rows), n)
			return err
		}))
		require.NoError(t, ix.Close())
	}
}

func TestTableSize(t *testing.T) {
	for _, tt := range []struct {
		tree, want int64
		why        string
	}{
		{0, 1 << 20, "small tables keep what Badger's builders hold small"},
		{8 << 30, 1 << 20, "8192 files can be open everywhere"},
		{9 << 30, 2 << 20, "a larger tree has larger tables"},
		{1 << 40, 128 << 20, "and so on"},
	} {
		assert.Equal(t, tt.want, tableSize(tt.tree), tt.why)
	}
}
