package awssig_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"

	"github.com/cofferstore/coffer/auth/awssig"
)

// getV4 is a request as the SDKs send it.
func getV4(t testing.TB) *http.Request {
	r := parse(t, "GET /my-bucket/some/longer/key.bin HTTP/1.1\nHost: s3.example.com:9000\nUser-Agent: sdk/1.0\nAccept-Encoding: identity\n"+
		"Amz-Sdk-Invocation-Id: 92ac6e67-cb03-4d90-a98e-e12abc2c71cc\nAmz-Sdk-Request: attempt=1; max=3", "")
	awssig.SignV4(r, exampleCredentials(), exampleScope(), awssig.EmptyPayload)
	return r
}

func BenchmarkVerifyV4Header(b *testing.B) {
	v := awssig.V4(exampleKeys(), &awssig.Options{Now: clock(exampleTime())})
	r := getV4(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyV4Presigned(b *testing.B) {
	v := awssig.V4(exampleKeys(), &awssig.Options{Now: clock(exampleTime())})
	r := parse(b, "GET /my-bucket/key?versionId=3 HTTP/1.1\nHost: s3.example.com", "")
	u := awssig.PresignV4(r, exampleCredentials(), exampleScope(), maxWeek, awssig.UnsignedPayload)
	r.RequestURI, r.URL = u.RequestURI(), u
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyV2Header(b *testing.B) {
	v := awssig.V2(exampleKeys(), &awssig.Options{Now: clock(exampleTime())})
	r := parse(b, "GET /my-bucket/some/longer/key.bin?versionId=7 HTTP/1.1\nHost: s3.example.com\nX-Amz-Meta-A: b", "")
	awssig.SignV2(r, exampleCredentials(), exampleTime(), nil)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkChunkReader(b *testing.B) {
	const size = 16 << 20
	for _, unsigned := range []bool{false, true} {
		name := "signed"
		if unsigned {
			name = "unsigned"
		}
		b.Run(name, func(b *testing.B) {
			v := awssig.V4(exampleKeys(), &awssig.Options{Now: clock(exampleTime())})
			r := parse(b, "PUT /bucket/key HTTP/1.1\nHost: s3.example.com", "")
			awssig.StreamV4(r, exampleCredentials(), exampleScope(), bytes.NewReader(make([]byte, size)), size, &awssig.StreamOptions{Unsigned: unsigned})
			wire, err := io.ReadAll(r.Body)
			if err != nil {
				b.Fatal(err)
			}
			buf, length := make([]byte, 256<<10), r.ContentLength
			b.SetBytes(size)
			b.ReportAllocs()
			for b.Loop() {
				r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(wire)), length
				if _, err := v.Verify(r); err != nil {
					b.Fatal(err)
				}
				r.Header.Set("Content-Encoding", "aws-chunked")
				if _, err := io.CopyBuffer(discard{}, r.Body, buf); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// discard is io.Discard without its ReadFrom.
type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }
