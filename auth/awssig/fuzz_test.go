package awssig_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/url"
	"testing"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/awssig"
)

// FuzzVerify throws headers and queries at the whole chain: it must answer with
// a refusal, never with somebody's identity, for nothing here is signed.
func FuzzVerify(f *testing.F) {
	seed := newRequest(f, "GET", "http://other/b/k?acl", nil)
	awssig.SignV4(seed, exampleCredentials(), exampleScope(), awssig.EmptyPayload)
	f.Add(seed.Header.Get("Authorization"), "acl&x=y", awssig.EmptyPayload, "20130524T000000Z")
	u := awssig.PresignV4(newRequest(f, "GET", "http://other/b/k", nil), exampleCredentials(), exampleScope(), maxWeek, awssig.UnsignedPayload)
	f.Add("", u.RawQuery+"&x", "", "")
	f.Add("AWS AKIAIOSFODNN7EXAMPLE:c2lnbmF0dXJl", "acl", "", "Fri, 24 May 2013 00:00:00 GMT")
	f.Add("", "AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=9999999999&Signature=x", "", "")
	f.Add("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/////aws4_request,SignedHeaders=host;,Signature=", "", "", "20130524T000000Z")
	f.Add("AWS4-HMAC-SHA256 ,=,;", "&=&", "x", "x")
	f.Fuzz(func(t *testing.T, authorization, query, payload, date string) {
		r := &http.Request{Method: "GET", Host: "h", URL: &url.URL{Path: "/b/k", RawQuery: query}, Header: http.Header{}, RequestURI: "/b/k?" + query}
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		if payload != "" {
			r.Header.Set("X-Amz-Content-Sha256", payload)
		}
		r.Header.Set("X-Amz-Date", date)
		id, err := chainAt(0).Verify(r)
		switch {
		case err == nil && !id.Anonymous():
			t.Fatalf("%q %q %q %q is %s", authorization, query, payload, date, id.ID)
		case err != nil:
			if e := (*auth.Error)(nil); !errors.As(err, &e) {
				t.Fatalf("%v is not a refusal", err)
			}
		}
	})
}

// FuzzChunks reads framed bodies: a body that is read to its end without error
// has exactly the declared length, and a signed one the payload that was signed.
func FuzzChunks(f *testing.F) {
	uploads := map[bool]upload{true: newUpload(f, true, true), false: newUpload(f, false, true)}
	for unsigned, u := range uploads {
		f.Add(u.wire, unsigned, 512)
	}
	f.Add([]byte("0\r\n\r\n"), true, 1)
	f.Add([]byte("5\r\nhello\r\n0\r\nx-amz-checksum-crc32c:AAAA\r\n\r\n"), true, 3)
	f.Add([]byte("ffffffffffffffff\r\n"), true, 100)
	f.Fuzz(func(t *testing.T, wire []byte, unsigned bool, step int) {
		r := uploads[unsigned].open(t, wire, nil)
		got, err := io.ReadAll(struct{ io.Reader }{stepReader{r.Body, 1 + uint(step)%4096}})
		switch {
		case err != nil && len(got) >= uploadSize:
			t.Fatalf("the whole payload was handed out before %v", err)
		case err == nil && len(got) != uploadSize:
			t.Fatalf("%d bytes passed for %d", len(got), uploadSize)
		case err == nil && !unsigned && !bytes.Equal(got, uploadPayload()):
			t.Fatal("a forged payload passed")
		}
	})
}

// stepReader reads a few bytes at a time.
type stepReader struct {
	r    io.Reader
	step uint
}

func (s stepReader) Read(p []byte) (int, error) { return s.r.Read(p[:min(uint(len(p)), s.step)]) }
