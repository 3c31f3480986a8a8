package awssig_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/awssig"
)

// upload is a streamed upload as it arrives.
type upload struct {
	header http.Header
	wire   []byte
}

const uploadSize = 3000

func uploadPayload() []byte { return bytes.Repeat([]byte("0123456789"), uploadSize/10) }

// newUpload sends 3000 bytes in chunks of 1024.
func newUpload(t testing.TB, unsigned, trailer bool) upload {
	o := &awssig.StreamOptions{ChunkSize: 1024, Unsigned: unsigned}
	if trailer {
		o.Trailers = []awssig.Checksum{crc32c("x-amz-checksum-crc32c")}
	}
	r := newRequest(t, "PUT", "http://h/b/k", nil)
	awssig.StreamV4(r, exampleCredentials(), exampleScope(), bytes.NewReader(uploadPayload()), uploadSize, o)
	wire, err := io.ReadAll(r.Body)
	require.NoError(t, err)
	return upload{r.Header, wire}
}

// open verifies the head of the upload and returns the request with wire as its
// body.
func (u upload) open(t testing.TB, wire []byte, o *awssig.Options) *http.Request {
	r := newRequest(t, "PUT", "http://h/b/k", nil)
	r.Header = u.header.Clone()
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(wire)), int64(len(wire))
	if o == nil {
		o = &awssig.Options{}
	}
	o.Now = clock(exampleTime())
	_, err := awssig.V4(exampleKeys(), o).Verify(r)
	require.NoError(t, err)
	return r
}

func allUploads(t testing.TB) map[string]upload {
	return map[string]upload{
		"signed":                newUpload(t, false, false),
		"signed with trailer":   newUpload(t, false, true),
		"unsigned with trailer": newUpload(t, true, true),
		"unsigned":              newUpload(t, true, false),
	}
}

func TestChunksRead(t *testing.T) {
	for name, u := range allUploads(t) {
		r := u.open(t, u.wire, nil)
		require.NoError(t, iotest.TestReader(r.Body, uploadPayload()), name)
		assert.EqualValues(t, uploadSize, r.ContentLength, name)

		r = u.open(t, u.wire, nil)
		got := make([]byte, uploadSize)
		_, err := io.ReadFull(r.Body, got)
		require.NoError(t, err, name)
		if strings.Contains(name, "trailer") {
			assert.NotEmpty(t, r.Trailer.Get("X-Amz-Checksum-Crc32c"), "%s: a handler that stops at the length has the trailer too", name)
		}
		n, err := r.Body.Read(got)
		assert.Zero(t, n)
		assert.Equal(t, io.EOF, err, name)
	}
}

// TestChunksTruncated cuts uploads everywhere.
func TestChunksTruncated(t *testing.T) {
	for name, u := range allUploads(t) {
		for cut := range u.wire {
			got, err := io.ReadAll(u.open(t, u.wire[:cut], nil).Body)
			var e *auth.Error
			if !errors.As(err, &e) {
				t.Fatalf("%s: cut to %d of %d bytes it must not pass: %v", name, cut, len(u.wire), err)
			}
			if len(got) >= uploadSize {
				t.Fatalf("%s: cut to %d of %d bytes, the whole payload was handed out", name, cut, len(u.wire))
			}
		}
	}
}

// TestChunksFlipped changes every byte of signed uploads.
func TestChunksFlipped(t *testing.T) {
	for name, u := range allUploads(t) {
		if strings.HasPrefix(name, "unsigned") {
			continue
		}
		wire := bytes.Clone(u.wire)
		for i := range wire {
			if i > 1200 && i < 3000 && i%7 != 0 {
				continue // the middle is like the rest
			}
			old := wire[i]
			wire[i] ^= 1
			got, err := io.ReadAll(u.open(t, wire, nil).Body)
			var e *auth.Error
			if !errors.As(err, &e) && !bytes.Equal(got, uploadPayload()) {
				t.Fatalf("%s: byte %d (%q) changed the payload unnoticed", name, i, old)
			}
			if err == nil && !strings.ContainsRune("\r\n x0123456789abcdefABCDEFXcrms-:", rune(old)) {
				t.Fatalf("%s: byte %d (%q) changed unnoticed", name, i, old)
			}
			wire[i] = old
		}
	}
}

func TestChunksMalformed(t *testing.T) {
	trailer := newUpload(t, false, true)
	signed := newUpload(t, false, false)
	unsigned := newUpload(t, true, true)
	plain := newUpload(t, true, false)
	swap := func(old, by string) func([]byte) []byte {
		return func(b []byte) []byte { return bytes.Replace(b, []byte(old), []byte(by), 1) }
	}
	cutChunk := func(b []byte) []byte { // the second of the four
		n := len("400\r\n") + 1024 + len("\r\n")
		return append(bytes.Clone(b[:n]), b[2*n:]...)
	}
	tests := []struct {
		why  string
		up   upload
		edit func([]byte) []byte
		want auth.Reason
	}{
		{"size that is no number", signed, swap("400;", "4g0;"), auth.ErrInvalidChunkSize},
		{"negative size", signed, swap("400;", "-40;"), auth.ErrInvalidChunkSize},
		{"no size", signed, swap("400;", ";"), auth.ErrInvalidChunkSize},
		{"size beyond 64 bits", signed, swap("400;", "10000000000000400;"), auth.ErrInvalidChunkSize},
		{"size beyond the payload", unsigned, swap("400\r", "fff\r"), auth.ErrIncompleteBody},
		{"size that splits the data elsewhere", signed, swap("400;", "3ff;"), auth.ErrInvalidChunkSize},
		{"space around the size", unsigned, swap("400\r", " 400\r"), auth.ErrInvalidChunkSize},
		{"chunk header without end", signed, swap("400;", strings.Repeat("0", 600)+"400;"), auth.ErrInvalidChunkSize},
		{"chunk header longer than all buffers", signed, swap("400;", strings.Repeat("0", 9000)+"400;"), auth.ErrInvalidChunkSize},
		{"line end of another system", signed, swap("\r\n", "\n"), auth.ErrInvalidChunkSize},
		{"no signature", signed, swap(";chunk-signature=", ";"), auth.ErrInvalidChunkSize},
		{"a signature too long", signed, swap(";chunk-signature=", ";chunk-signature=0"), auth.ErrInvalidChunkSize},
		{"a signature where none belongs", unsigned, swap("400\r", "400;chunk-signature=0\r"), auth.ErrInvalidChunkSize},
		{"a chunk lost", unsigned, cutChunk, auth.ErrIncompleteBody},
		{"a chunk added", unsigned, swap("0\r\nx-amz", "1\r\nx\r\n0\r\nx-amz"), auth.ErrIncompleteBody},
		{"ended early", unsigned, swap("400\r\n", "0\r\n\r\n400\r\n"), auth.ErrIncompleteBody},
		{"text after the end", signed, func(b []byte) []byte { return append(b, "x\r\n"...) }, auth.ErrMalformedTrailer},
		{"text without line end after the end", signed, func(b []byte) []byte { return append(b, 'x') }, auth.ErrIncompleteBody},
		{"line ends without end", signed, func(b []byte) []byte { return append(b, "\r\n\r\n\r\n\r\n\r\n"...) }, auth.ErrMalformedTrailer},
		{"another upload after the end", plain, func(b []byte) []byte { return append(b, b...) }, auth.ErrMalformedTrailer},
		{"trailer missing", unsigned, swap("x-amz-checksum-crc32c:", "\r\n"), auth.ErrMalformedTrailer},
		{"trailer not declared", unsigned, swap("-crc32c:", "-sha256:"), auth.ErrMalformedTrailer},
		{"trailer nobody asked for", unsigned, swap("x-amz-checksum", "x-evil: 1\r\nx-amz-checksum"), auth.ErrMalformedTrailer},
		{"trailer twice", unsigned, swap("x-amz-checksum", "x-amz-checksum-crc32c:AAAAAA==\r\nx-amz-checksum"), auth.ErrMalformedTrailer},
		{"trailer without colon", unsigned, swap("-crc32c:", "-crc32c="), auth.ErrMalformedTrailer},
		{"trailer without end", unsigned, swap("-crc32c:", "-crc32c:"+strings.Repeat("A", 2000)), auth.ErrMalformedTrailer},
		{"trailer longer than all buffers", unsigned, swap("-crc32c:", "-crc32c:"+strings.Repeat("A", 9000)), auth.ErrMalformedTrailer},
		{"control bytes in a trailer", unsigned, swap("-crc32c:", "-crc32c:\x00"), auth.ErrMalformedTrailer},
		{"trailer signature missing", trailer, swap("x-amz-trailer-signature", "x-amz-trailer-sig"), auth.ErrMalformedTrailer},
		{"trailer signature wrong", trailer, swap("trailer-signature:", "trailer-signature:0"), auth.ErrSignatureDoesNotMatch},
		{"trailer value changed", trailer, swap("-crc32c:", "-crc32c:A"), auth.ErrSignatureDoesNotMatch},
		{"data changed", signed, swap("0123456789", "0123456780"), auth.ErrSignatureDoesNotMatch},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			wire := tt.edit(bytes.Clone(tt.up.wire))
			require.NotEqual(t, tt.up.wire, wire)
			r := tt.up.open(t, wire, nil)
			got, err := io.ReadAll(r.Body)
			require.ErrorIs(t, err, tt.want)
			assert.Less(t, len(got), uploadSize, "the end is withheld")
			assert.Empty(t, r.Trailer.Get("X-Amz-Checksum-Crc32c"), "a false trailer is not shown")
			_, again := r.Body.Read(make([]byte, 1))
			assert.Equal(t, err, again, "an error stays")
		})
	}
}

// TestChunksReplayed: a signature holds for one chunk in one place of one
// request.
func TestChunksReplayed(t *testing.T) {
	u := newUpload(t, false, false)
	frame := (len(u.wire) - len("0;chunk-signature=\r\n\r\n") - 64 - (952 + len("3b8;chunk-signature=\r\n\r\n") + 64)) / 2
	swapped := append(bytes.Clone(u.wire[frame:2*frame]), u.wire[:frame]...)
	swapped = append(swapped, u.wire[2*frame:]...)
	got, err := io.ReadAll(u.open(t, swapped, nil).Body)
	assert.ErrorIs(t, err, auth.ErrSignatureDoesNotMatch)
	assert.Less(t, len(got), 1024, "not even the first chunk is handed out whole")
}

func TestMinChunkSize(t *testing.T) {
	u := newUpload(t, true, true)
	_, err := io.ReadAll(u.open(t, u.wire, &awssig.Options{MinChunkSize: 1024}).Body)
	assert.NoError(t, err, "only the last is smaller")
	_, err = io.ReadAll(u.open(t, u.wire, &awssig.Options{MinChunkSize: 1025}).Body)
	require.ErrorIs(t, err, auth.ErrInvalidChunkSize)
	assert.Equal(t, "1024", detail(err, "BadChunkSize"))
}

func TestChunkHeadersRefused(t *testing.T) {
	tests := []struct {
		why, header, value string
		want               auth.Reason
	}{
		{"the length of the payload must be declared", "X-Amz-Decoded-Content-Length", "", auth.ErrMissingContentLength},
		{"it must be a length", "X-Amz-Decoded-Content-Length", "-1", auth.ErrInvalidArgument},
		{"that fits", "X-Amz-Decoded-Content-Length", "9223372036854775808", auth.ErrInvalidArgument},
		{"only checksums may follow the payload", "X-Amz-Trailer", "x-amz-acl", auth.ErrInvalidRequest},
		{"each once", "X-Amz-Trailer", "x-amz-checksum-crc32,x-amz-checksum-crc32", auth.ErrInvalidRequest},
		{"not too many", "X-Amz-Trailer", manyTrailers(17), auth.ErrInvalidRequest},
	}
	for _, tt := range tests {
		r := newRequest(t, "PUT", "http://h/b/k", strings.NewReader("0\r\n\r\n"))
		r.Header.Set("X-Amz-Decoded-Content-Length", "0")
		r.Header.Set(tt.header, tt.value)
		awssig.SignV4(r, exampleCredentials(), exampleScope(), "STREAMING-UNSIGNED-PAYLOAD-TRAILER")
		_, err := chainAt(0).Verify(r)
		assert.ErrorIs(t, err, tt.want, tt.why)
	}
}

func manyTrailers(n int) string {
	var names []string
	for i := range n {
		names = append(names, "x-amz-checksum-"+strconv.Itoa(i))
	}
	return strings.Join(names, ",")
}

// TestUnwrapWithoutSignature: framing is not a matter of version 4.
func TestUnwrapWithoutSignature(t *testing.T) {
	const framed = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"
	sign := map[string]func(*http.Request){
		"anonymous": func(*http.Request) {},
		"v2":        func(r *http.Request) { awssig.SignV2(r, exampleCredentials(), exampleTime(), nil) },
		"v4 presigned": func(r *http.Request) {
			r.URL = awssig.PresignV4(r, exampleCredentials(), exampleScope(), maxWeek, "UNSIGNED-PAYLOAD")
		},
	}
	tests := []struct {
		why     string
		header  http.Header
		body    string
		want    string
		length  int64
		refused auth.Reason
	}{
		{"the coding alone says it", http.Header{"Content-Encoding": {"aws-chunked"}, "X-Amz-Trailer": {"x-amz-checksum-crc32"}}, framed, "hello", -1, ""},
		{"with the length", http.Header{"Content-Encoding": {"aws-chunked"}, "X-Amz-Trailer": {"x-amz-checksum-crc32"}, "X-Amz-Decoded-Content-Length": {"5"}}, framed, "hello", 5, ""},
		{"with a wrong length", http.Header{"Content-Encoding": {"aws-chunked"}, "X-Amz-Trailer": {"x-amz-checksum-crc32"}, "X-Amz-Decoded-Content-Length": {"6"}}, framed, "", 6, auth.ErrIncompleteBody},
		{"plain stays plain", http.Header{}, framed, framed, int64(len(framed)), ""},
	}
	for name, f := range sign {
		for _, tt := range tests {
			r := newRequest(t, "PUT", "http://h/b/k", strings.NewReader(tt.body))
			r.Header = tt.header.Clone()
			f(r)
			_, err := chainAt(0).Verify(r)
			require.NoError(t, err, "%s, %s", name, tt.why)
			assert.Equal(t, tt.length, r.ContentLength, "%s, %s", name, tt.why)
			got, err := io.ReadAll(r.Body)
			if tt.refused != "" {
				assert.ErrorIs(t, err, tt.refused, "%s, %s", name, tt.why)
				continue
			}
			require.NoError(t, err, "%s, %s", name, tt.why)
			assert.Equal(t, tt.want, string(got), "%s, %s", name, tt.why)
			assert.NotContains(t, r.Header, "Content-Encoding")
			if len(tt.header) > 0 {
				assert.Equal(t, "NhCmhg==", r.Trailer.Get("X-Amz-Checksum-Crc32"))
			}
		}
	}
	for name, value := range map[string]string{"anonymous": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "v2": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"} {
		r := newRequest(t, "PUT", "http://h/b/k", strings.NewReader(framed))
		r.Header.Set("X-Amz-Content-Sha256", value)
		sign[name](r)
		_, err := chainAt(0).Verify(r)
		assert.ErrorIs(t, err, auth.ErrInvalidRequest, "%s: nothing can verify those chunks", name)
	}
}

func TestPayloadHash(t *testing.T) {
	const hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"
	sign := map[string]func(*http.Request){
		"anonymous": func(r *http.Request) { r.Header.Set("X-Amz-Content-Sha256", hello) },
		"v2": func(r *http.Request) {
			r.Header.Set("X-Amz-Content-Sha256", hello)
			awssig.SignV2(r, exampleCredentials(), exampleTime(), nil)
		},
		"v4": func(r *http.Request) { awssig.SignV4(r, exampleCredentials(), exampleScope(), hello) },
		"v4 presigned": func(r *http.Request) {
			r.URL = awssig.PresignV4(r, exampleCredentials(), exampleScope(), maxWeek, hello)
		},
	}
	tests := []struct {
		why, body string
		length    int64
		want      auth.Reason
	}{
		{"the right body", "hello", 5, ""},
		{"its length need not be declared", "hello", -1, ""},
		{"another body", "hullo", 5, auth.ErrContentSHA256Mismatch},
		{"another body of no declared length", "hello!", -1, auth.ErrContentSHA256Mismatch},
		{"shorter than declared", "hello", 6, auth.ErrIncompleteBody},
		{"longer than declared", "hello!", 5, auth.ErrIncompleteBody},
	}
	for name, f := range sign {
		for _, tt := range tests {
			for _, exact := range []bool{false, true} {
				r := newRequest(t, "PUT", "http://h/b/k", nil)
				f(r)
				r.Body, r.ContentLength = io.NopCloser(strings.NewReader(tt.body)), tt.length
				_, err := chainAt(0).Verify(r)
				require.NoError(t, err)
				var got []byte
				if exact && tt.length >= 0 {
					got = make([]byte, tt.length)
					var n int
					n, err = io.ReadFull(r.Body, got)
					got = got[:n]
				} else {
					got, err = io.ReadAll(iotest.OneByteReader(r.Body))
				}
				if tt.want == "" {
					require.NoError(t, err, "%s, %s", name, tt.why)
					assert.Equal(t, tt.body, string(got))
					continue
				}
				assert.ErrorIs(t, err, tt.want, "%s, %s", name, tt.why)
				if tt.length >= 0 {
					assert.Less(t, int64(len(got)), tt.length, "%s, %s: the end is withheld", name, tt.why)
				}
			}
		}
	}
	r := newRequest(t, "PUT", "http://h/b/k", nil)
	awssig.SignV4(r, exampleCredentials(), exampleScope(), hello)
	_, err := chainAt(0).Verify(r)
	assert.ErrorIs(t, err, auth.ErrContentSHA256Mismatch, "a body that is missing is known at once")
}
