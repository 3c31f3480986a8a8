package s3http_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// sink is a ResponseWriter that keeps nothing.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(status int)      { s.status = status }

type rewound struct{ *bytes.Reader }

func (rewound) Close() error { return nil }

func benchmarkRequest(b *testing.B, r *http.Request, body []byte) {
	f := newFixture(b, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", string(make([]byte, 4096)))
	for i := range 1000 {
		f.ok("PUT", fmt.Sprintf("/bkt/list/%06d-with-a-name-of-usual-length.bin", i), "x")
	}
	w := &sink{header: http.Header{}}
	rd := bytes.NewReader(body)
	r.Body = rewound{rd}
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		clear(w.header)
		rd.Reset(body)
		f.h.ServeHTTP(w, r)
	}
	require.Equal(b, http.StatusOK, w.status)
}

func BenchmarkGetObject4K(b *testing.B) { benchmarkRequest(b, request("GET", "/bkt/o", ""), nil) }

func BenchmarkHeadObject(b *testing.B) { benchmarkRequest(b, request("HEAD", "/bkt/o", ""), nil) }

func BenchmarkPutObject4K(b *testing.B) {
	body := make([]byte, 4096)
	benchmarkRequest(b, request("PUT", "/bkt/o", string(body)), body)
}

func BenchmarkListObjectsV2(b *testing.B) {
	benchmarkRequest(b, request("GET", "/bkt?list-type=2&prefix=list/", ""), nil)
}

func BenchmarkRefusal(b *testing.B) {
	f := newFixture(b, nil)
	f.ok("PUT", "/bkt", "")
	r := request("GET", "/bkt/none", "")
	w := &sink{header: http.Header{}}
	b.ReportAllocs()
	for b.Loop() {
		clear(w.header)
		f.h.ServeHTTP(w, r)
	}
	require.Equal(b, http.StatusNotFound, w.status)
	_, _ = io.Copy(io.Discard, r.Body)
}
