package utapi_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/bench"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/badgerindex"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/utapi"
)

// indexes are the media that benchmarks run on.
func indexes() map[string]func(b *testing.B) driver.Index {
	return map[string]func(b *testing.B) driver.Index{
		"memengine": func(*testing.B) driver.Index { return memengine.New().Index },
		"badgerindex": func(b *testing.B) driver.Index {
			ix, err := badgerindex.Open(filepath.Join(b.TempDir(), "index"), nil)
			require.NoError(b, err)
			return ix
		},
	}
}

// BenchmarkCommit is the part of metrics in a PUT, as one of a batch of 100.
func BenchmarkCommit(b *testing.B) {
	for name, open := range indexes() {
		b.Run(name, func(b *testing.B) {
			ix := open(b)
			defer ix.Close()
			m := utapi.Open(ix, &utapi.Options{FlushEvery: -1})
			ctx := usage.WithEntry(b.Context(), &usage.Entry{Counter: "PutObject", User: "alice", Owner: "alice", Bucket: "photos"})
			mu := &objstore.Mutation{
				Op: objstore.OpPut, Bucket: objstore.BucketInfo{BucketID: objstore.BucketID{Name: "photos"}, Owner: "alice"},
				Size: 1 << 10, Delta: objstore.Totals{Objects: 1, Bytes: 1 << 10},
			}
			b.ReportAllocs()
			for left := b.N; left > 0; left -= 100 {
				require.NoError(b, ix.Update(ctx, func(txn driver.Txn) error {
					for range min(left, 100) {
						if err := m.Commit(ctx, txn, mu); err != nil {
							return err
						}
					}
					return nil
				}))
			}
		})
	}
}

// BenchmarkPut shows what metrics add to a PUT of 1 KiB: compare "counted" with
// "bare", by CPU time.
func BenchmarkPut(b *testing.B) {
	for name, open := range indexes() {
		for _, writers := range []int{1, 64} {
			for _, counted := range []bool{false, true} {
				label := map[bool]string{false: "bare", true: "counted"}[counted]
				b.Run(fmt.Sprintf("%s/writers=%d/%s", name, writers, label), func(b *testing.B) {
					benchmarkPut(b, open(b), writers, counted)
				})
			}
		}
	}
}

func benchmarkPut(b *testing.B, ix driver.Index, writers int, counted bool) {
	var hooks []objstore.Hook
	if counted {
		m := utapi.Open(ix, &utapi.Options{FlushEvery: -1})
		defer m.Close(b.Context())
		hooks = append(hooks, m)
	}
	st, err := objstore.Open(driver.Engine{Index: ix, Blobs: memengine.New().Blobs}, &objstore.Options{Hooks: hooks, SweepEvery: -1})
	require.NoError(b, err)
	defer st.Close()
	bucket, err := st.CreateBucket(b.Context(), objstore.BucketID{Name: "photos"}, &objstore.CreateBucketOptions{Owner: "alice"})
	require.NoError(b, err)
	ctx := usage.WithEntry(b.Context(), &usage.Entry{Counter: "PutObject", User: "alice", Owner: "alice", Bucket: "photos"})
	body := make([]byte, 1<<10)
	b.SetParallelism(writers)
	before := bench.CPU()
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for i := 0; p.Next(); i++ {
			_, err := bucket.Put(ctx, fmt.Sprint("key", i%512), bytes.NewReader(body), &objstore.PutOptions{Owner: "alice"})
			if err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64((bench.CPU()-before).Microseconds())/float64(b.N), "cpu-us/op")
}
