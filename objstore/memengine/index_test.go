package memengine_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/drivertest"
	"github.com/cofferstore/coffer/objstore/memengine"
)

func TestIndex(t *testing.T) {
	drivertest.TestIndex(t, func(*testing.T) drivertest.IndexHarness {
		return drivertest.IndexHarness{Index: memengine.NewIndex()}
	})
}

// A transaction that fits in an index on disk fits here.
func TestIndexLargestTransaction(t *testing.T) {
	ix := memengine.NewIndex()
	assert.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) error {
		for i := range 25_000 {
			if err := tx.Set(fmt.Appendf(nil, "%010d", i), make([]byte, 100)); err != nil {
				return err
			}
		}
		return nil
	}))
	count := 0
	require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
		c := r.Scan(nil, nil, driver.ScanOptions{})
		for c.Next() {
			count++
		}
		return c.Close()
	}))
	assert.Equal(t, 25_000, count)
}

// t.FailNow in an Update function ends the caller's goroutine, and must not
// leave the right to write behind.
func TestIndexGoexit(t *testing.T) {
	ix := memengine.NewIndex()
	ended := make(chan bool)
	go func() {
		defer close(ended)
		_ = ix.Update(t.Context(), func(tx driver.Txn) error {
			runtime.Goexit()
			return nil
		})
	}()
	<-ended
	assert.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) error { return tx.Set([]byte("k"), nil) }))
	assert.NoError(t, ix.Close())
}

func TestNewRunsNothing(t *testing.T) {
	before := runtime.NumGoroutine()
	e := memengine.New()
	assert.LessOrEqual(t, runtime.NumGoroutine(), before, "an engine at rest owns no goroutine; one of an earlier test may end")
	assert.True(t, e.Exclusive)
	assert.NoError(t, e.Index.Close())
}

func BenchmarkIndexUpdate(b *testing.B) {
	ix := memengine.NewIndex()
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		i++
		key := fmt.Appendf(nil, "%09d", i*7919%1000003)
		if err := ix.Update(b.Context(), func(tx driver.Txn) error { return tx.Set(key, key) }); err != nil {
			b.Fatal(err)
		}
	}
}
