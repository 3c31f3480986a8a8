package s3http_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/objstore/checksum"
)

func TestChecksumsOfUploads(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	const body = "0123456789"
	for _, a := range checksum.Algorithms() {
		name, sum := http.CanonicalHeaderKey(a.Header()), sumOf(a, body)
		mode := "X-Amz-Checksum-Mode: ENABLED"
		f.run(
			step{why: "a right sum", request: "PUT /bkt/o", body: body, headers: []string{name + ": " + sum, "X-Amz-Sdk-Checksum-Algorithm: " + string(a)}, status: 200,
				answer: []string{name + ": " + sum, "X-Amz-Checksum-Type: FULL_OBJECT"}},
			step{why: "is told on demand", request: "GET /bkt/o", headers: []string{mode}, status: 200, exact: str(body), answer: []string{name + ": " + sum, "X-Amz-Checksum-Type: FULL_OBJECT"}},
			step{why: "and only then", request: "GET /bkt/o", status: 200, answer: []string{name + ":"}},
			step{why: "a wrong sum", request: "PUT /bkt/wrong", body: body, headers: []string{name + ": " + sumOf(a, "x")}, status: 400, code: "BadDigest", has: []string{string(a)}},
			step{why: "stores nothing", request: "HEAD /bkt/wrong", status: 404},
			step{why: "not a sum", request: "PUT /bkt/wrong", body: body, headers: []string{name + ": ?"}, status: 400, code: "InvalidRequest", has: []string{a.Header()}},
			step{why: "a document is compared too", request: "PUT /bkt?versioning", body: "<VersioningConfiguration><Status>Suspended</Status></VersioningConfiguration>",
				headers: []string{name + ": " + sum}, status: 400, code: "BadDigest"},
		)
	}
	f.run(
		step{why: "two sums", request: "PUT /bkt/o", body: body, headers: []string{"X-Amz-Checksum-Crc32: AAAAAA==", "X-Amz-Checksum-Sha1: x"}, status: 400, code: "InvalidRequest"},
		step{why: "an announcement without a sum", request: "PUT /bkt/o", body: body, headers: []string{"X-Amz-Sdk-Checksum-Algorithm: CRC32"}, status: 400, code: "InvalidRequest"},
		step{why: "an announcement of another sum", request: "PUT /bkt/o", body: body, headers: []string{"X-Amz-Checksum-Crc32: " + sumOf(checksum.CRC32, body), "X-Amz-Sdk-Checksum-Algorithm: SHA1"}, status: 400, code: "InvalidRequest"},
		step{why: "a sum that nobody can check", request: "PUT /bkt/o", body: body, headers: []string{"X-Amz-Checksum-Mood: AAAA"}, status: 400, code: "InvalidRequest"},
		step{why: "a sum in a presigned URL is that of no body, from before there was one", request: "PUT /bkt/o?x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32",
			body: body, headers: []string{"X-Test-Query: 1"}, status: 200, answer: []string{"X-Amz-Checksum-Crc32:"}},
		step{why: "a sum that is sent counts with a presigned URL too", request: "PUT /bkt/o", body: body, headers: []string{"X-Test-Query: 1", "X-Amz-Checksum-Crc32: AAAAAA=="}, status: 400, code: "BadDigest"},
		step{why: "an unknown announcement", request: "PUT /bkt/o", body: body, headers: []string{"X-Amz-Sdk-Checksum-Algorithm: X"}, status: 400, code: "InvalidRequest"},
		step{why: "an unknown trailer", request: "PUT /bkt/o", body: body, headers: []string{"X-Amz-Trailer: x-mood"}, status: 400, code: "InvalidRequest"},
		step{why: "a trailer that does not come", request: "PUT /bkt/o", body: body, headers: []string{"X-Amz-Trailer: x-amz-checksum-crc32"}, status: 400, code: "MalformedTrailerError"},
		step{why: "a sum before and behind", request: "PUT /bkt/o", body: body, headers: []string{"X-Amz-Trailer: x-amz-checksum-crc32", "X-Amz-Checksum-Crc32: AAAAAA=="}, status: 400, code: "InvalidRequest"},
	)
}

// trailing is a body whose trailer is there when it has been read.
type trailing struct {
	io.Reader
	r    *http.Request
	name string
	sum  string
}

func (b *trailing) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF {
		b.r.Trailer = http.Header{b.name: {b.sum}}
	}
	return n, err
}

func (b *trailing) Close() error { return nil }

func TestTrailingChecksums(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	put := func(sum string) int {
		r := request("PUT", "/bkt/o", "0123456789", "X-Amz-Trailer: x-amz-checksum-crc32c")
		r.Body = &trailing{Reader: strings.NewReader("0123456789"), r: r, name: "X-Amz-Checksum-Crc32c", sum: sum}
		return f.serve(r).Code
	}
	assert.Equal(t, 200, put(sumOf(checksum.CRC32C, "0123456789")))
	assert.Equal(t, 400, put(sumOf(checksum.CRC32C, "012345678")), "another body's sum")
	assert.Equal(t, 400, put("x"), "no sum")
	w := f.ok("HEAD", "/bkt/o", "", "X-Amz-Checksum-Mode: ENABLED")
	assert.Equal(t, sumOf(checksum.CRC32C, "0123456789"), w.Header().Get("X-Amz-Checksum-Crc32c"))
}
