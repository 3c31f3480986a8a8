package drivertest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/drivertest"
	"github.com/cofferstore/coffer/objstore/memengine"
)

func TestCountedIndex(t *testing.T) {
	drivertest.TestIndex(t, func(t *testing.T) drivertest.IndexHarness {
		return drivertest.IndexHarness{Index: drivertest.NewCountedIndex(memengine.NewIndex())}
	})
	ix := drivertest.NewCountedIndex(memengine.NewIndex())
	require.NoError(t, ix.Update(t.Context(), func(txn driver.Txn) error {
		return txn.Set([]byte("a"), nil)
	}))
	assert.Zero(t, ix.Take(), "updates do not count")
	require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
		_, err := r.Get([]byte("none"))
		assert.ErrorIs(t, err, driver.ErrNotFound)
		_, err = r.Counter([]byte("n"))
		assert.NoError(t, err)
		c := r.Scan(nil, nil, driver.ScanOptions{})
		for c.Next() {
			assert.Equal(t, "a", string(c.Key()))
		}
		return c.Close()
	}))
	assert.Equal(t, drivertest.Reads{Views: 1, Gets: 1, Scans: 1, Rows: 1, Counters: 1}, ix.Take())
	assert.Zero(t, ix.Take())
}
