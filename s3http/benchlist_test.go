package s3http

import (
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/cofferstore/coffer/objstore"
)

// BenchmarkListingXML is the encoding of a page of 1000 keys alone.
func BenchmarkListingXML(b *testing.B) {
	objects := make([]objstore.ObjectInfo, 1000)
	for i := range objects {
		objects[i] = objstore.ObjectInfo{
			Key: fmt.Sprintf("list/%06d-with-a-name-of-usual-length.bin", i), Size: int64(i) << 10, Owner: "alice",
			ETag: "781e5e245d69b566979b86e28d23f2c7", ModTime: time.Unix(1772600767, 890_000_000).UTC(),
			Checksum: objstore.Checksum{Algorithm: defaultChecksum, Type: objstore.ChecksumFullObject},
		}
	}
	c := &call{h: New(nil, nil), w: httptest.NewRecorder()}
	b.ReportAllocs()
	for b.Loop() {
		x := c.h.newXML()
		c.contentsXML(x, objects, true)
		b.SetBytes(int64(len(x.b)))
		x.free()
	}
}
