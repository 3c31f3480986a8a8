package awssig_test

import (
	"bytes"
	"errors"
	"hash/crc32"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/awssig"
)

func newRequest(t testing.TB, method, url string, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, url, body)
	require.NoError(t, err)
	return r
}

func signatureOf(r *http.Request) string {
	_, signature, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
	return signature
}

func crc32c(name string) awssig.Checksum {
	return awssig.Checksum{Name: name, Hash: crc32.New(crc32.MakeTable(crc32.Castagnoli))}
}

// TestSignAmazonExamples signs Amazon's examples and must get Amazon's answers.
func TestSignAmazonExamples(t *testing.T) {
	const bucket = "https://examplebucket.s3.amazonaws.com/"
	cred, scope := exampleCredentials(), exampleScope()

	r := newRequest(t, "GET", bucket+"test.txt", nil)
	r.Header.Set("Range", "bytes=0-9")
	awssig.SignV4(r, cred, scope, awssig.EmptyPayload)
	assert.Equal(t, "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41", signatureOf(r), "get object")

	r = newRequest(t, "PUT", bucket+"test$file.text", strings.NewReader("Welcome to Amazon S3."))
	r.Header.Set("Date", "Fri, 24 May 2013 00:00:00 GMT")
	r.Header.Set("X-Amz-Storage-Class", "REDUCED_REDUNDANCY")
	awssig.SignV4(r, cred, scope, "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")
	assert.Equal(t, "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd", signatureOf(r), "put object")

	r = newRequest(t, "GET", bucket+"?lifecycle", nil)
	awssig.SignV4(r, cred, scope, awssig.EmptyPayload)
	assert.Equal(t, "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543", signatureOf(r), "get lifecycle")

	u := awssig.PresignV4(newRequest(t, "GET", bucket+"test.txt", nil), cred, scope, 24*time.Hour, awssig.UnsignedPayload)
	assert.Equal(t, bucket+"test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"+
		"&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"+
		"&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404", u.String(), "presigned get")

	r = newRequest(t, "GET", "http://s3.amazonaws.com/photos/puppy.jpg", nil)
	r.Host = "johnsmith.s3.amazonaws.com"
	o := &awssig.Options{Domains: []string{"s3.amazonaws.com"}}
	r.Header.Set("Date", "Tue, 27 Mar 2007 19:36:42 +0000")
	awssig.SignV2(r, cred, time.Time{}, o)
	assert.Equal(t, "AWS AKIAIOSFODNN7EXAMPLE:bWq2s1WEIj+Ydj0vQ697zp+IXMU=", r.Header.Get("Authorization"), "version 2 get")

	r = newRequest(t, "GET", "http://johnsmith.s3.amazonaws.com/photos/puppy.jpg", nil)
	u = awssig.PresignV2(r, cred, time.Unix(1175139620, 0), o)
	assert.Contains(t, u.RawQuery, "Signature=NpgCjnDzrM%2BWFzoENXmpNDUsSn8%3D", "version 2 query")
}

func TestStreamAmazonExample(t *testing.T) {
	r := newRequest(t, "PUT", "https://s3.amazonaws.com/examplebucket/chunkObject.txt", nil)
	r.Header.Set("X-Amz-Storage-Class", "REDUCED_REDUNDANCY")
	payload := strings.NewReader(strings.Repeat("a", 66560))
	awssig.StreamV4(r, exampleCredentials(), exampleScope(), payload, 66560, &awssig.StreamOptions{Trailers: []awssig.Checksum{crc32c("x-amz-checksum-crc32c")}})
	assert.Equal(t, "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e", signatureOf(r))
	_, want := chunkedExample(true)
	want = strings.ReplaceAll(want, "==\n\r\n", "==\r\n") // Amazon writes this line end in print only
	got, err := io.ReadAll(iotest.OneByteReader(r.Body))
	require.NoError(t, err)
	assert.Equal(t, want, string(got))
	assert.EqualValues(t, len(want), r.ContentLength)
	assert.Nil(t, r.GetBody, "the payload can be read but once")
}

func TestStreamLengths(t *testing.T) {
	for _, size := range []int{0, 1, 1023, 1024, 1025, 65535, 65536, 65537, 300000} {
		for _, unsigned := range []bool{false, true} {
			for _, trailers := range [][]awssig.Checksum{nil, {crc32c("x-amz-checksum-crc32c")}} {
				r := newRequest(t, "PUT", "http://h/b/k", nil)
				awssig.StreamV4(r, exampleCredentials(), exampleScope(), bytes.NewReader(make([]byte, size)), int64(size),
					&awssig.StreamOptions{ChunkSize: 1024, Unsigned: unsigned, Trailers: trailers})
				n, err := io.Copy(io.Discard, r.Body)
				require.NoError(t, err)
				assert.Equal(t, n, r.ContentLength, "%d bytes, unsigned %v, %d trailers", size, unsigned, len(trailers))
			}
		}
	}
}

func TestStreamWrongPayload(t *testing.T) {
	broken := errors.New("disk on fire")
	tests := []struct {
		why     string
		payload io.Reader
		want    error
	}{
		{"a payload that ends early must not look whole", strings.NewReader("abc"), io.ErrUnexpectedEOF},
		{"nor one that ends between chunks", strings.NewReader(strings.Repeat("a", 1024)), io.ErrUnexpectedEOF},
		{"a longer one would be cut off in silence", strings.NewReader(strings.Repeat("a", 2001)), awssig.ErrPayloadLength},
		{"the payload's own error is passed on", io.MultiReader(strings.NewReader("abc"), iotest.ErrReader(broken)), broken},
	}
	for _, tt := range tests {
		r := newRequest(t, "PUT", "http://h/b/k", nil)
		awssig.StreamV4(r, exampleCredentials(), exampleScope(), tt.payload, 2000, &awssig.StreamOptions{ChunkSize: 1024})
		_, err := io.Copy(io.Discard, r.Body)
		assert.ErrorIs(t, err, tt.want, tt.why)
		_, again := r.Body.Read(make([]byte, 1))
		assert.Equal(t, err, again, "an error stays")
	}
}
