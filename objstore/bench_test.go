package objstore

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/checksum"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// discardEngine takes blobs and forgets them, so that what is measured is this
// package.
type discardEngine struct{ driver.Blobs }

func (discardEngine) Create(context.Context, driver.BlobID) (driver.BlobWriter, error) {
	return discardWriter{}, nil
}

func (discardEngine) Remove(context.Context, ...driver.BlobID) error { return nil }

type discardWriter struct{}

func (discardWriter) Write(p []byte) (int, error) { return len(p), nil }
func (discardWriter) Commit() error               { return nil }
func (discardWriter) Abort() error                { return nil }

func BenchmarkPut(b *testing.B) {
	for _, size := range []int{4 << 10, 64 << 10, 1 << 20, 64 << 20} {
		b.Run(fmt.Sprint(size>>10, "KiB"), func(b *testing.B) {
			e := memengine.New()
			e.Blobs = discardEngine{e.Blobs}
			s, err := Open(e, &Options{SweepEvery: -1})
			require.NoError(b, err)
			defer s.Close()
			bucket, err := s.CreateBucket(b.Context(), BucketID{Name: "photos"}, nil)
			require.NoError(b, err)
			data := make([]byte, size)
			o := &PutOptions{Size: ptr(int64(size)), Owner: "alice", Checksum: checksum.CRC64NVME}
			var keys [64]string
			for i := range keys {
				keys[i] = fmt.Sprint("some/directory/key", i)
			}
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				_, err := bucket.Put(b.Context(), keys[i%len(keys)], bytes.NewReader(data), o)
				require.NoError(b, err)
			}
		})
	}
}

func BenchmarkGet(b *testing.B) {
	for _, size := range []int{4 << 10, 64 << 10, 1 << 20} {
		b.Run(fmt.Sprint(size>>10, "KiB"), func(b *testing.B) {
			s, err := Open(memengine.New(), &Options{SweepEvery: -1})
			require.NoError(b, err)
			defer s.Close()
			id := BucketID{Name: "photos"}
			bucket, err := s.CreateBucket(b.Context(), id, nil)
			require.NoError(b, err)
			_, err = bucket.Put(b.Context(), "k", zeroes(size), nil)
			require.NoError(b, err)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				bucket, err := s.Bucket(b.Context(), id)
				require.NoError(b, err)
				o, err := bucket.Object(b.Context(), "k", nil)
				require.NoError(b, err)
				r, err := o.Open(b.Context())
				require.NoError(b, err)
				_, err = r.CopyRange(plainWriter{io.Discard}, 0, r.Size())
				require.NoError(b, err)
				r.Close()
				o.Close()
			}
		})
	}
}

func BenchmarkDecodeListed(b *testing.B) {
	rec := sampleRecords()["inline"]
	data := appendRecord(nil, &rec)
	var info ObjectInfo
	b.ReportAllocs()
	for b.Loop() {
		if err := decodeListed(data, &info, nil); err != nil {
			b.Fatal(err)
		}
	}
}
