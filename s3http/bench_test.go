package s3http_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
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

func benchmarkRequest(b *testing.B, r *http.Request, body []byte, prepare ...func(*fixture)) {
	f := newFixture(b, nil)
	f.ok("PUT", "/bkt", "")
	for _, p := range prepare {
		p(f)
	}
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

func BenchmarkGetObject4KPolicy(b *testing.B) {
	benchmarkRequest(b, request("GET", "/bkt/o", ""), nil, withPolicy)
}

func BenchmarkPutObject4KPolicy(b *testing.B) {
	body := make([]byte, 4096)
	benchmarkRequest(b, request("PUT", "/bkt/o", string(body)), body, withPolicy)
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

// withPolicy sets a policy of 20 statements, as large ones are: a prefix of the
// bucket for each of 19 groups of users, and a denial of plain HTTP from abroad
// that is asked of every request.
func withPolicy(f *fixture) {
	var b strings.Builder
	b.WriteString(`{"Version":"2012-10-17","Statement":[{"Sid":"abroad","Effect":"Deny","Principal":"*","Action":"s3:*",` +
		`"Resource":["arn:aws:s3:::bkt","arn:aws:s3:::bkt/*"],"Condition":{"NotIpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}`)
	for i := range 19 {
		fmt.Fprintf(&b, `,{"Sid":"group%d","Effect":"Allow","Principal":{"AWS":["arn:aws:iam:::user/u%d","arn:aws:iam:::user/v%d"]},`+
			`"Action":["s3:GetObject","s3:PutObject","s3:DeleteObject"],"Resource":"arn:aws:s3:::bkt/group%d/*"}`, i, i, i, i)
	}
	b.WriteString("]}")
	f.ok("PUT", "/bkt?policy", b.String())
}
