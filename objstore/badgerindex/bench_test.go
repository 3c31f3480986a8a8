package badgerindex_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/badgerindex"
	"github.com/cofferstore/coffer/objstore/driver"
)

// smallPut is what a PUT of a small object does in its transaction: two rows
// read, a record, its inline body and an owner's row written, four totals changed.
func smallPut(key string, body []byte) func(driver.Txn) error {
	record := make([]byte, 300)
	bodyKey, recordKey, listKey := []byte("b/"+key), []byte("o/"+key), []byte("l/"+key)
	return func(tx driver.Txn) error {
		for _, k := range [][]byte{[]byte("bucket"), recordKey} {
			if _, err := tx.Get(k); err != nil && !errors.Is(err, driver.ErrNotFound) {
				return err
			}
		}
		if err := errors.Join(tx.Set(recordKey, record), tx.Set(bodyKey, body), tx.Set(listKey, nil)); err != nil {
			return err
		}
		return errors.Join(tx.Add([]byte("bucket/objects"), 1), tx.Add([]byte("bucket/bytes"), 4096),
			tx.Add([]byte("owner/objects"), 1), tx.Add([]byte("owner/bytes"), 4096))
	}
}

// plainPut is the same with a Badger transaction of its own.
func plainPut(db *badger.DB, key string, body []byte) error {
	record := make([]byte, 300)
	for {
		err := db.Update(func(tx *badger.Txn) error {
			for _, k := range []string{"rbucket", "ro/" + key} {
				if _, err := tx.Get([]byte(k)); err != nil && !errors.Is(err, badger.ErrKeyNotFound) {
					return err
				}
			}
			err := errors.Join(tx.Set([]byte("ro/"+key), record), tx.Set([]byte("rb/"+key), body), tx.Set([]byte("rl/"+key), nil))
			for _, c := range []string{"cbucket/objects", "cbucket/bytes", "cowner/objects", "cowner/bytes"} {
				err = errors.Join(err, plainAdd(tx, []byte(c), 1))
			}
			return err
		})
		if !errors.Is(err, badger.ErrConflict) {
			return err
		}
	}
}

func plainAdd(tx *badger.Txn, key []byte, delta uint64) error {
	item, err := tx.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return tx.Set(key, binary.BigEndian.AppendUint64(nil, delta))
	}
	if err != nil {
		return err
	}
	return item.Value(func(v []byte) error {
		return tx.Set(key, binary.BigEndian.AppendUint64(nil, binary.BigEndian.Uint64(v)+delta))
	})
}

func openPlain(b *testing.B) *badger.DB {
	opts := badger.DefaultOptions(b.TempDir()).WithLogger(nil).WithSyncWrites(true).
		WithCompression(options.None).WithBlockCacheSize(0).WithMetricsEnabled(false)
	db, err := badger.Open(opts)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, db.Close()) })
	return db
}

func openBench(b *testing.B, o *badgerindex.Options) *badgerindex.Index {
	ix, err := badgerindex.Open(b.TempDir(), o)
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, ix.Close()) })
	return ix
}

// writeWith runs put b.N times from so many goroutines.
func writeWith(b *testing.B, writers int, put func(key string) error) {
	var next atomic.Int64
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	for range writers {
		wg.Go(func() {
			for i := next.Add(1); i <= int64(b.N); i = next.Add(1) {
				if err := put(fmt.Sprintf("object-%09d", i*7919%1000003)); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "updates/s")
}

func BenchmarkUpdate(b *testing.B) {
	body := make([]byte, 4<<10)
	for _, writers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("index/writers=%d", writers), func(b *testing.B) {
			ix := openBench(b, nil)
			writeWith(b, writers, func(key string) error { return ix.Update(context.Background(), smallPut(key, body)) })
			if s := ix.Stats(); s.Batches > 0 {
				b.ReportMetric(float64(s.Updates)/float64(s.Batches), "updates/batch")
				b.ReportMetric(float64(s.CommitTime.Microseconds())/float64(s.Batches), "us/commit")
			}
		})
		b.Run(fmt.Sprintf("plain/writers=%d", writers), func(b *testing.B) {
			db := openPlain(b)
			writeWith(b, writers, func(key string) error { return plainPut(db, key, body) })
		})
	}
}

// BenchmarkUpdateCPU leaves the sync out: what is left is processor time.
func BenchmarkUpdateCPU(b *testing.B) {
	body := make([]byte, 4<<10)
	for _, writers := range []int{1, 64} {
		b.Run(fmt.Sprintf("writers=%d", writers), func(b *testing.B) {
			ix := openBench(b, &badgerindex.Options{NoSync: true})
			writeWith(b, writers, func(key string) error { return ix.Update(context.Background(), smallPut(key, body)) })
		})
	}
}

// fill stores n rows of 300 bytes.
func fill(b *testing.B, ix *badgerindex.Index, n int) {
	value := []byte(strings.Repeat("v", 300))
	for i := 0; i < n; i += 5000 {
		require.NoError(b, ix.Update(context.Background(), func(tx driver.Txn) error {
			for j := i; j < i+5000; j++ {
				if err := tx.Set(fmt.Appendf(nil, "row-%09d", j), value); err != nil {
					return err
				}
			}
			return nil
		}))
	}
}

func BenchmarkRead(b *testing.B) {
	const rows = 200_000
	ix := openBench(b, nil)
	fill(b, ix, rows)
	ctx := context.Background()
	b.Run("get", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			key := fmt.Appendf(nil, "row-%09d", rand.IntN(rows))
			if err := ix.View(ctx, func(r driver.Reader) error { _, err := r.Get(key); return err }); err != nil {
				b.Fatal(err)
			}
		}
	})
	for _, c := range []struct {
		name string
		o    driver.ScanOptions
		n    int
	}{
		{"scan1000-keys", driver.ScanOptions{KeysOnly: true}, 1000},
		{"scan1000", driver.ScanOptions{}, 1000},
		{"scan1000-maxskip", driver.ScanOptions{MaxSkip: 10_000}, 1000},
		{"scan1", driver.ScanOptions{}, 1},
		{"scan1-maxskip", driver.ScanOptions{MaxSkip: 10_000}, 1},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				start := fmt.Appendf(nil, "row-%09d", rand.IntN(rows-1000))
				if err := ix.View(ctx, func(r driver.Reader) error { return scanRows(r, start, c.o, c.n) }); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("seek", func(b *testing.B) {
		b.ReportAllocs()
		err := ix.View(ctx, func(r driver.Reader) error {
			c := r.Scan(nil, nil, driver.ScanOptions{KeysOnly: true})
			i := 0
			for b.Loop() {
				if i += 100; i >= rows {
					i = 0
					_ = c.Close()
					c = r.Scan(nil, nil, driver.ScanOptions{KeysOnly: true})
				}
				if !c.Seek(fmt.Appendf(nil, "row-%09d", i)) {
					return errors.New("seek found nothing")
				}
			}
			return c.Close()
		})
		require.NoError(b, err)
	})
}

func scanRows(r driver.Reader, start []byte, o driver.ScanOptions, n int) error {
	c := r.Scan(start, nil, o)
	for range n {
		if !c.Next() {
			return errors.New("the scan ended early")
		}
		if !o.KeysOnly {
			if _, err := c.Value(); err != nil {
				return err
			}
		}
	}
	return c.Close()
}
