package quota_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/badgerindex"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/quota"
)

// BenchmarkPut tells what quotas cost a small PUT on the durable index.
func BenchmarkPut(b *testing.B) {
	for _, name := range []string{"no hook", "no quota", "both quotas"} {
		b.Run(name, func(b *testing.B) {
			ix, err := badgerindex.Open(b.TempDir(), nil)
			require.NoError(b, err)
			e, err := quota.Open(ix, nil)
			require.NoError(b, err)
			o := &objstore.Options{SweepEvery: -1}
			if name != "no hook" {
				o.Hooks = []objstore.Hook{e}
			}
			st, err := objstore.Open(driver.Engine{Index: ix, Blobs: memengine.New().Blobs, Exclusive: true}, o)
			require.NoError(b, err)
			defer st.Close()
			bucket, err := st.CreateBucket(b.Context(), objstore.BucketID{Name: "photos"}, &objstore.CreateBucketOptions{Owner: "alice"})
			require.NoError(b, err)
			if name == "both quotas" {
				large := quota.Spec{Enabled: true, MaxBytes: 1 << 50, MaxObjects: 1 << 50}
				_, err = e.UpdateUser(b.Context(), "alice", func(s *quota.UserSpecs) error { s.User, s.Bucket = large, large; return nil })
				require.NoError(b, err)
			}
			size := int64(1000)
			body := strings.Repeat("x", int(size))
			b.ReportAllocs()
			b.SetParallelism(32)
			b.RunParallel(func(pb *testing.PB) {
				for i := 0; pb.Next(); i++ {
					if _, err := bucket.Put(b.Context(), fmt.Sprint(i), strings.NewReader(body), &objstore.PutOptions{Size: &size}); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
