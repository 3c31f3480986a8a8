package badgerindex_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/badgerindex"
	"github.com/cofferstore/coffer/objstore/driver"
)

// openTemp opens an index in a directory of its own.
func openTemp(t *testing.T, o *badgerindex.Options) *badgerindex.Index {
	t.Helper()
	ix, err := badgerindex.Open(t.TempDir(), o)
	require.NoError(t, err)
	t.Cleanup(func() {
		if err := ix.Close(); !errors.Is(err, driver.ErrClosed) {
			assert.NoError(t, err)
		}
	})
	return ix
}

// The kit accepts media that ignore MaxSkip; this one does not.
func TestMaxSkip(t *testing.T) {
	ix := openTemp(t, nil)
	require.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) error {
		for i := range 100 {
			if err := tx.Set(fmt.Appendf(nil, "%02d", i), nil); err != nil {
				return err
			}
		}
		return nil
	}))
	require.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) error {
		for i := 1; i < 99; i++ {
			if err := tx.Delete(fmt.Appendf(nil, "%02d", i)); err != nil {
				return err
			}
		}
		return nil
	}))
	tests := []struct {
		maxSkip     int
		keys        []string
		resume      string
		explanation string
	}{
		{0, []string{"00", "99"}, "", "no bound"},
		{500, []string{"00", "99"}, "", "a bound that is not met"},
		{2 * 98, []string{"00", "99"}, "", "each dead row is a delete and what it deleted"},
		{2*98 - 1, []string{"00"}, "98", "one short of it"},
		{20, []string{"00"}, "11", "ten dead rows and the next one"},
	}
	for _, tt := range tests {
		require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
			var keys []string
			c := r.Scan(nil, nil, driver.ScanOptions{MaxSkip: tt.maxSkip})
			for c.Next() {
				keys = append(keys, string(c.Key()))
			}
			assert.False(t, c.Next(), "it stays at its end")
			assert.Equal(t, tt.keys, keys, tt.explanation)
			err := c.Close()
			var limit *driver.ScanLimitError
			if tt.resume == "" {
				return err
			}
			if assert.ErrorAs(t, err, &limit, tt.explanation) {
				assert.Equal(t, tt.resume, string(limit.Resume), tt.explanation)
			}
			return nil
		}))
	}
}

// A cursor over stored and pending rows looks ahead in the stored ones; what
// it meets there is no error until the caller gets there.
func TestMaxSkipNotReached(t *testing.T) {
	ix := openTemp(t, nil)
	for _, write := range []func(tx driver.Txn, key []byte) error{
		func(tx driver.Txn, key []byte) error { return tx.Set(key, nil) }, driver.Txn.Delete,
	} {
		require.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) (err error) {
			for i := range 10 {
				err = errors.Join(err, write(tx, fmt.Appendf(nil, "dead-%d", i)))
			}
			return err
		}))
	}
	require.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) error {
		if err := tx.Set([]byte("a"), nil); err != nil {
			return err
		}
		c := tx.Scan(nil, nil, driver.ScanOptions{MaxSkip: 1})
		if !c.Next() || string(c.Key()) != "a" {
			return errors.New("the pending row is missing")
		}
		return c.Close()
	}))
}

// The package promises this much to bulk work.
func TestLargestTransactions(t *testing.T) {
	ix := openTemp(t, nil)
	tests := []struct {
		rows, size  int
		explanation string
	}{
		{25_000, 100, "many small rows"},
		{2, driver.MaxValueLen, "1.5 MiB in two rows"},
		{6, 256 << 10, "1.5 MiB in six rows"},
	}
	for _, tt := range tests {
		value := make([]byte, tt.size)
		assert.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) error {
			for i := range tt.rows {
				if err := tx.Set(fmt.Appendf(nil, "%d/%022d", tt.size, i), value); err != nil {
					return err
				}
			}
			return nil
		}), tt.explanation)
	}
}

func TestOpenTwice(t *testing.T) {
	dir := t.TempDir()
	ix, err := badgerindex.Open(dir, nil)
	require.NoError(t, err)
	_, err = badgerindex.Open(dir, nil)
	assert.Error(t, err, "the directory is locked")
	require.NoError(t, ix.Close())
	ix, err = badgerindex.Open(dir, nil)
	require.NoError(t, err, "and free again")
	require.NoError(t, ix.Close())
}
