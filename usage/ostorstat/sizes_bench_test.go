package ostorstat

import (
	"bytes"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/badgerindex"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// indexes are the media that benchmarks run on.
func indexes(b *testing.B, run func(*testing.B, driver.Index)) {
	b.Run("memory", func(b *testing.B) { run(b, memengine.NewIndex()) })
	b.Run("badger", func(b *testing.B) {
		ix, err := badgerindex.Open(b.TempDir(), nil)
		require.NoError(b, err)
		defer ix.Close()
		run(b, ix)
	})
}

// BenchmarkCommit is what the hook adds to a transaction, without the commit.
func BenchmarkCommit(b *testing.B) {
	indexes(b, func(b *testing.B, ix driver.Index) {
		s, err := OpenSizes(ix, nil)
		require.NoError(b, err)
		info := objstore.BucketInfo{BucketID: objstore.BucketID{Tenant: "acme", Name: "photos"}, Ref: [16]byte{1}, Created: time.Now()}
		m := &objstore.Mutation{Op: objstore.OpPut, Bucket: info, Delta: objstore.Totals{Bytes: 4096}}
		require.NoError(b, ix.Update(b.Context(), func(txn driver.Txn) error {
			r := derived(info, objstore.Totals{})
			return txn.Set(sizeRow(info.BucketID), r.append(nil))
		}))
		b.ReportAllocs()
		b.ResetTimer()
		for i := 0; i < b.N; {
			require.NoError(b, ix.Update(b.Context(), func(txn driver.Txn) error {
				for n := 0; n < 1000 && i < b.N; n, i = n+1, i+1 {
					if err := s.Commit(b.Context(), txn, m); err != nil {
						return err
					}
				}
				return nil
			}))
		}
	})
}

// BenchmarkPut is a PUT of 4 KiB with the hook and without.
func BenchmarkPut(b *testing.B) {
	for _, hooked := range []bool{false, true} {
		b.Run(fmt.Sprint("hook=", hooked), func(b *testing.B) {
			s := newSized(b, memengine.New(), &clock{now: hour(100)}, hooked)
			bucket := s.create("photos")
			body := make([]byte, 4096)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				_, err := bucket.Put(b.Context(), fmt.Sprint(i%1000), bytes.NewReader(body[:i%len(body)]), nil)
				require.NoError(b, err)
			}
		})
	}
}

// BenchmarkBuckets asks for the sizes of 10 000 buckets, of every hundredth of
// them, and of as many as have no row yet.
func BenchmarkBuckets(b *testing.B) {
	const n = 10_000
	indexes(b, func(b *testing.B, ix driver.Index) {
		s, err := OpenSizes(ix, nil)
		require.NoError(b, err)
		list := make([]objstore.BucketInfo, n)
		var few []objstore.BucketInfo
		for i := range list {
			list[i] = objstore.BucketInfo{BucketID: objstore.BucketID{Name: fmt.Sprintf("bucket-%06d", i)}, Ref: [16]byte{byte(i), byte(i >> 8)}, Created: time.Now()}
			if i%100 == 0 {
				few = append(few, list[i])
			}
		}
		ask := func(list []objstore.BucketInfo) func(*testing.B) {
			return func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					_, err := s.Buckets(b.Context(), list)
					require.NoError(b, err)
				}
			}
		}
		b.Run("rowless", ask(list))
		require.NoError(b, ix.Update(b.Context(), func(txn driver.Txn) error {
			for i := range list {
				r := derived(list[i], objstore.Totals{Bytes: 12288})
				if err := txn.Set(sizeRow(list[i].BucketID), r.append(nil)); err != nil {
					return err
				}
			}
			return nil
		}))
		b.Run("all", ask(list))
		b.Run("few", ask(few))
	})
}
