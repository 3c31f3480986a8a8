package objstore

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/badgerindex"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// benchKeys is how many keys a listed bucket has, benchDirs in how many
// directories.
const (
	benchKeys = 200_000
	benchDirs = 1000
)

// benchBucket makes a bucket of many objects by writing their rows at once.
func benchBucket(b *testing.B) *Bucket {
	index, err := badgerindex.Open(b.TempDir(), nil)
	require.NoError(b, err)
	s, err := Open(driver.Engine{Index: index, Blobs: memengine.NewBlobs(), Exclusive: true}, &Options{SweepEvery: -1})
	require.NoError(b, err)
	b.Cleanup(func() { require.NoError(b, s.Close()) })
	bucket, err := s.CreateBucket(b.Context(), BucketID{Name: "bucket"}, &CreateBucketOptions{Owner: "alice"})
	require.NoError(b, err)
	_, err = bucket.Put(b.Context(), "sample", strings.NewReader("body"), &PutOptions{Owner: "alice"})
	require.NoError(b, err)
	const batch = 5000
	for i := 0; i < benchKeys; i += batch {
		require.NoError(b, s.mutate(b.Context(), func(txn driver.Txn) error {
			value, err := txn.Get(currentRow(bucket.info.Ref, "sample"))
			if err != nil {
				return err
			}
			value = append([]byte(nil), value...)
			for j := i; j < i+batch; j++ {
				key := fmt.Sprintf("dir%06d/object%06d", j/(benchKeys/benchDirs), j)
				if err := txn.Set(currentRow(bucket.info.Ref, key), value); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	return bucket
}

// BenchmarkList compares a page of 1000 entries with a bare scan of as many
// rows.
func BenchmarkList(b *testing.B) {
	bucket := benchBucket(b)
	after1 := fmt.Sprintf("dir%06d/", benchDirs/2)
	b.Run("scan", func(b *testing.B) {
		base := refRow(kindCurrent, bucket.info.Ref, "")
		for b.Loop() {
			err := bucket.s.view(b.Context(), func(r driver.Reader) error {
				c := r.Scan(rowAfter(base, after1), after(base), driver.ScanOptions{})
				defer c.Close()
				for n := 0; n < 1000 && c.Next(); n++ {
					if _, err := c.Value(); err != nil {
						return err
					}
				}
				return c.Close()
			})
			require.NoError(b, err)
		}
	})
	for _, c := range []struct {
		name string
		q    ListQuery
	}{
		{"page", ListQuery{After: after1, Limit: 1000}},
		{"page with delimiter", ListQuery{After: after1, Prefix: "dir", Delimiter: "!", Limit: 1000}},
		{"groups", ListQuery{Delimiter: "/", Limit: 1000}},
		{"one", ListQuery{After: after1, Limit: 1}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				page, err := bucket.List(b.Context(), c.q)
				require.NoError(b, err)
				require.Equal(b, c.q.Limit, len(page.Objects)+len(page.Prefixes))
			}
		})
	}
	b.Run("versions", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			page, err := bucket.ListVersions(b.Context(), VersionsQuery{AfterKey: after1, Limit: 1000})
			require.NoError(b, err)
			require.Len(b, page.Versions, 1000)
		}
	})
}
