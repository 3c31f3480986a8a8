package awssig

import (
	"context"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
)

type anyKey struct{}

func (anyKey) Key(_ context.Context, accessKey string) (auth.Key, error) {
	return auth.Key{AccessKey: accessKey, Secret: "secret", Principal: auth.Principal{ID: "x"}}, nil
}

func rawRequest(target string) *http.Request {
	path, query, _ := strings.Cut(target, "?")
	plain, err := url.PathUnescape(path)
	if err != nil {
		plain = path
	}
	return &http.Request{Method: "GET", Host: "h", RequestURI: target, URL: &url.URL{Path: plain, RawPath: path, RawQuery: query}, Header: http.Header{}}
}

// TestFormsV4: each spelling that a real client may sign is accepted, alone and
// together with others.
func TestFormsV4(t *testing.T) {
	scope := Scope{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "r", "s3"}
	tests := []struct {
		why, target string
		form        form
		ok          bool
	}{
		{"the documented one", "/b/a(b)?p=a+b", 0, true},
		{"the path as it was sent", "/b/a(b)", formRawPath, true},
		{"the path as it was sent, escapes in small letters", "/b/%c3%bc", formRawPath, true},
		{"a plus in the query", "/b/k?p=a+b", formPlus, true},
		{"both", "/b/a(b)?p=a+b", formRawPath | formPlus, true},
		{"all", "/b/a(b)?p=a+b", formRawPath | formPlus | formOtherHost, true},
		{"the second of two slashes was sent escaped", "/b/%2Fk/%2F/%2F", formSlashes, true},
		{"and signed as it was sent", "/b/%2Fk", 0, true},
		{"with the path as it was sent", "/b/%2Fa(b)", formRawPath | formSlashes, true},
		{"but not for a huge request", "/b/a(b)?p=" + strings.Repeat("x", maxRetried), formRawPath, false},
		{"which the documented one is good for", "/b/a(b)?p=" + strings.Repeat("x", maxRetried), 0, true},
	}
	for _, tt := range tests {
		r := rawRequest(tt.target)
		SignV4(r, Credentials{AccessKey: "A", Secret: "secret"}, scope, EmptyPayload)
		c := canonical{message: messageOf(r), signedHeaders: "host;x-amz-content-sha256;x-amz-date", payload: EmptyPayload}
		s := new(scratch)
		parseSignedHeaders(c.signedHeaders, s)
		text := appendStringToSign(nil, scope.stamp(), scope.String(), c.appendRequest(nil, tt.form, s))
		head, _, _ := strings.Cut(r.Header.Get("Authorization"), "Signature=")
		r.Header.Set("Authorization", head+"Signature="+string(scope.key(Credentials{Secret: "secret"}).appendHexSum(nil, text)))
		_, err := V4(anyKey{}, &Options{Now: func() time.Time { return scope.Time }}).Verify(r)
		assert.Equal(t, tt.ok, err == nil, "%s: %v", tt.why, err)
	}
}

func TestFormsV2(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	huge := strings.Repeat("x", maxRetried)
	tests := []struct {
		why, target, meta string
		form              formV2
		ok                bool
	}{
		{"the documented one", "/b/a(b)?acl&versionId=a%2Bb", "a  b", 0, true},
		{"the path escaped anew", "/b/a(b)", "a", formV2Escaped, true},
		{"values as they were sent", "/b/k?acl=&versionId=a%2Bb", "a", formV2RawQuery, true},
		{"spaces folded", "/b/k", "a  b", formV2Folded, true},
		{"a bucket with a slash", "/b", "a", formV2Slash, true},
		{"a key with a slash is another key", "/b/k", "a", formV2Slash, false},
		{"without what came late", "/b/k?retention", "a", formV2NoLate, true},
		{"all", "/b(?retention&versionId=a%2Bb", "a  b", formV2Escaped | formV2RawQuery | formV2Folded | formV2Slash | formV2NoLate, true},
		{"but not for a huge request", "/b/a(b)", huge, formV2Escaped, false},
		{"which the documented one is good for", "/b/a(b)", huge, 0, true},
	}
	for _, tt := range tests {
		r := rawRequest(tt.target)
		r.Header.Set("Date", now.Format(http.TimeFormat))
		r.Header.Set("X-Amz-Meta-A", tt.meta)
		r.Header.Set("X-Amz-Meta-A-B", "names that start alike")
		v := V2(anyKey{}, &Options{Now: func() time.Time { return now }}).(*verifierV2)
		text := v.appendText(nil, &claimV2{message: messageOf(r), date: r.Header.Get("Date")}, tt.form, new(scratch))
		r.Header.Set("Authorization", "AWS A:"+base64.StdEncoding.EncodeToString(deriveV2("secret").appendSum(nil, text)))
		_, err := v.Verify(r)
		assert.Equal(t, tt.ok, err == nil, "%s: %v", tt.why, err)
	}
}

// TestTrailerOrder: with more than one field in the trailer, clients sign them
// sorted or as they are sent.
func TestTrailerOrder(t *testing.T) {
	const fields = "x-amz-checksum-sha1:b\nx-amz-checksum-crc32:a\n"
	scope := Scope{time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), "r", "s3"}
	mac := scope.key(Credentials{Secret: "secret"})
	for text, ok := range map[string]bool{
		fields: true,
		"x-amz-checksum-crc32:a\nx-amz-checksum-sha1:b\n": true,
		"x-amz-checksum-crc32:b\nx-amz-checksum-sha1:a\n": false,
	} {
		r := rawRequest("/b/k")
		r.Method = "PUT"
		r.Header.Set(headerDecodedLength, "0")
		r.Header.Set(headerTrailer, "x-amz-checksum-crc32, X-Amz-Checksum-Sha1")
		seed := signV4(r, Credentials{AccessKey: "A", Secret: "secret"}, scope, streamingSignedTrailer, mac)
		e := &chunkWriter{previous: []byte(seed), signing: &chunkSigning{mac, scope.stamp(), scope.String()}}
		wire := string(e.appendFrame(nil, nil)) + fields + signatureTrailer + ":"
		wire += string(mac.appendHexSum(nil, appendTrailerText(nil, scope.stamp(), scope.String(), e.previous, []byte(text)))) + "\r\n\r\n"
		closed := new(closer)
		r.Body, r.ContentLength = struct {
			io.Reader
			io.Closer
		}{strings.NewReader(wire), closed}, int64(len(wire))
		_, err := V4(anyKey{}, &Options{Now: func() time.Time { return scope.Time }}).Verify(r)
		require.NoError(t, err)
		_, err = io.ReadAll(r.Body)
		assert.Equal(t, ok, err == nil, "%q: %v", text, err)
		if ok {
			assert.Equal(t, "a", r.Trailer.Get("x-amz-checksum-crc32"))
			assert.Equal(t, "b", r.Trailer.Get("x-amz-checksum-sha1"))
		}
		require.NoError(t, r.Body.Close())
		assert.True(t, closed.closed, "closing reaches the body")
	}
}

type closer struct{ closed bool }

func (c *closer) Close() error { c.closed = true; return nil }
