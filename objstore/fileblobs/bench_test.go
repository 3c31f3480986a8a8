package fileblobs_test

import (
	"crypto/md5"
	"fmt"
	"hash"
	"io"
	"testing"

	"github.com/cofferstore/coffer/internal/bufpool"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/fileblobs"
)

// modes are the ways of writing that are compared.
func modes() map[string]int64 { return map[string]int64{"direct": 1 << 20, "cache": -1} }

func benchPut(b *testing.B, blobs *fileblobs.Blobs, body []byte, size, piece int, sum hash.Hash) driver.BlobID {
	id := newID()
	w, err := blobs.Create(b.Context(), id)
	if err != nil {
		b.Fatal(err)
	}
	pieces := make(chan []byte, 2)
	failed := make(chan error, 1)
	go func() {
		var err error
		for p := range pieces {
			if err == nil {
				_, err = w.Write(p)
			}
		}
		failed <- err
	}()
	for off := 0; off < size; off += piece {
		p := body[off%len(body):]
		p = p[:min(piece, len(p), size-off)]
		pieces <- p
		if sum != nil {
			sum.Write(p)
		}
	}
	close(pieces)
	if err := <-failed; err != nil {
		b.Fatal(err)
	}
	if err := w.Commit(); err != nil {
		b.Fatal(err)
	}
	return id
}

// BenchmarkPut writes durable blobs from an aligned buffer while the caller
// hashes, as a server does.
func BenchmarkPut(b *testing.B) {
	tests := []struct {
		size, piece, parallel int
	}{
		{4 << 10, 4 << 10, 1},
		{4 << 10, 4 << 10, 8}, // times GOMAXPROCS
		{1 << 20, 1 << 20, 1},
		{1 << 20, 1 << 20, 8},
		{64 << 20, 1 << 20, 1},
		{64 << 20, 256 << 10, 1},
	}
	var pool bufpool.Pool
	for _, tt := range tests {
		for mode, after := range modes() {
			if mode == "cache" && tt.size <= 1<<20 {
				continue // the same as direct
			}
			for _, md5sum := range []bool{false, true} {
				b.Run(fmt.Sprintf("size=%dK/piece=%dK/writers=%d/%s/md5=%t", tt.size>>10, tt.piece>>10, tt.parallel, mode, md5sum), func(b *testing.B) {
					blobs, err := fileblobs.Open(b.TempDir(), &fileblobs.Options{DirectAfter: after})
					if err != nil {
						b.Fatal(err)
					}
					b.SetBytes(int64(tt.size))
					b.ReportAllocs()
					put := func() {
						body := pool.Get(bufpool.Large)
						defer pool.Put(body)
						var sum hash.Hash
						if md5sum {
							sum = md5.New()
						}
						id := benchPut(b, blobs, body, tt.size, tt.piece, sum)
						if err := blobs.Remove(b.Context(), id); err != nil {
							b.Fatal(err)
						}
					}
					if tt.parallel == 1 {
						for b.Loop() {
							put()
						}
						return
					}
					b.SetParallelism(tt.parallel)
					b.RunParallel(func(p *testing.PB) {
						for p.Next() {
							put()
						}
					})
				})
			}
		}
	}
}

// BenchmarkGet opens and reads a blob that the page cache holds.
func BenchmarkGet(b *testing.B) {
	var pool bufpool.Pool
	for _, size := range []int{4 << 10, 1 << 20, 64 << 20} {
		b.Run(fmt.Sprintf("size=%dK", size>>10), func(b *testing.B) {
			blobs, err := fileblobs.Open(b.TempDir(), &fileblobs.Options{DirectAfter: -1})
			if err != nil {
				b.Fatal(err)
			}
			buf := pool.Get(min(size, bufpool.Medium))
			defer pool.Put(buf)
			id := benchPut(b, blobs, buf, size, len(buf), nil)
			b.SetBytes(int64(size))
			b.ReportAllocs()
			for b.Loop() {
				r, err := blobs.Open(b.Context(), id)
				if err != nil {
					b.Fatal(err)
				}
				for off := int64(0); off < int64(size); off += int64(len(buf)) {
					if _, err := r.ReadAt(buf, off); err != nil && err != io.EOF {
						b.Fatal(err)
					}
				}
				if err := r.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
