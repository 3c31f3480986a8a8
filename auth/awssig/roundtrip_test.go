package awssig_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/awssig"
)

// oddKeys are object keys that have broken signatures somewhere.
func oddKeys() []string {
	return []string{
		"plain", "a b", "a+b", "a%20b", "100%", "a/b//c/", "//", "../up", "./.", "tilde~-_.", "(paren)*!'\"", "ünïcødé/日本",
		"q?x=1&y", "hash#", "semi;colon,=@:$&", "back\\slash^`{|}<>[]", "\x01\x7f", "\xff\xfe not UTF-8", strings.Repeat("k", 1000), "new\nline",
	}
}

// form signs a request whose body is payload, in one of the ways there are.
type signForm struct {
	name string
	sign func(r *http.Request, payload []byte)
}

func signForms(cred awssig.Credentials) []signForm {
	scope := exampleScope()
	setBody := func(r *http.Request, payload []byte) {
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(payload)), int64(len(payload))
		if len(payload) == 0 {
			r.Body = http.NoBody
		}
	}
	setURL := func(r *http.Request, u *url.URL) { r.URL = u }
	stream := func(o *awssig.StreamOptions) func(*http.Request, []byte) {
		return func(r *http.Request, payload []byte) {
			for i, c := range o.Trailers {
				c.Hash.Reset()
				o.Trailers[i] = c
			}
			awssig.StreamV4(r, cred, scope, bytes.NewReader(payload), int64(len(payload)), o)
		}
	}
	return []signForm{
		{"v4 hash", func(r *http.Request, payload []byte) {
			setBody(r, payload)
			sum := sha256.Sum256(payload)
			awssig.SignV4(r, cred, scope, hex.EncodeToString(sum[:]))
		}},
		{"v4 unsigned", func(r *http.Request, payload []byte) {
			setBody(r, payload)
			awssig.SignV4(r, cred, scope, awssig.UnsignedPayload)
		}},
		{"v4 presigned", func(r *http.Request, payload []byte) {
			setBody(r, payload)
			setURL(r, awssig.PresignV4(r, cred, scope, time.Hour, awssig.UnsignedPayload))
		}},
		{"v4 presigned hash", func(r *http.Request, payload []byte) {
			setBody(r, payload)
			sum := sha256.Sum256(payload)
			setURL(r, awssig.PresignV4(r, cred, scope, time.Hour, hex.EncodeToString(sum[:])))
		}},
		{"v4 chunks", stream(&awssig.StreamOptions{})},
		{"v4 chunks with trailer", stream(&awssig.StreamOptions{ChunkSize: 8192, Trailers: []awssig.Checksum{crc32c("x-amz-checksum-crc32c")}})},
		{"v4 unsigned with trailer", stream(&awssig.StreamOptions{Unsigned: true, Trailers: []awssig.Checksum{crc32c("x-amz-checksum-crc32c")}})},
		{"v2", func(r *http.Request, payload []byte) {
			setBody(r, payload)
			awssig.SignV2(r, cred, exampleTime(), nil)
		}},
		{"v2 presigned", func(r *http.Request, payload []byte) {
			setBody(r, payload)
			setURL(r, awssig.PresignV2(r, cred, exampleTime().Add(time.Hour), nil))
		}},
	}
}

// TestRoundTrip sends requests of every form through a real server.
func TestRoundTrip(t *testing.T) {
	src := exampleKeys()
	src["TEMP"] = auth.Key{AccessKey: "TEMP", Secret: "s", SessionToken: "to/ken+==", Principal: auth.Principal{ID: "temp"}}
	o := &awssig.Options{Now: clock(exampleTime())}
	verifier := auth.Chain(awssig.V4(src, o), awssig.V2(src, o), awssig.Anonymous())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := verifier.Verify(r)
		if err != nil {
			http.Error(w, err.Error()+"\n"+detail(err, "CanonicalRequest")+detail(err, "StringToSign"), http.StatusForbidden)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Fprintf(w, "%s %d %q %s%s", id.AccessKey, r.ContentLength, r.Header["Content-Encoding"], body, r.Trailer.Get("X-Amz-Checksum-Crc32c"))
	}))
	defer server.Close()
	for _, cred := range []awssig.Credentials{exampleCredentials(), {AccessKey: "TEMP", Secret: "s", SessionToken: "to/ken+=="}} {
		for _, f := range signForms(cred) {
			t.Run(f.name+" "+cred.AccessKey, func(t *testing.T) {
				for i, key := range oddKeys() {
					payload := bytes.Repeat([]byte(key), i*40)
					r := newRequest(t, "PUT", server.URL, nil)
					r.URL.Path = "/bucket/" + key
					r.URL.RawQuery = url.Values{"versionId": {key}, "acl": {""}, "x": {"b", "a"}}.Encode()
					r.Header.Set("Content-Type", "text/plain;  charset=utf-8")
					r.Header.Set("X-Amz-Meta-Spaces", "  two  inside ")
					r.Header["X-Amz-Meta-Twice"] = []string{"1", "2"}
					f.sign(r, payload)
					resp, err := server.Client().Do(r)
					require.NoError(t, err)
					got, err := io.ReadAll(resp.Body)
					require.NoError(t, err)
					resp.Body.Close()
					require.Equal(t, http.StatusOK, resp.StatusCode, "key %q: %s", key, got)
					want := fmt.Sprintf("%s %d [] %s", cred.AccessKey, len(payload), payload)
					if strings.Contains(f.name, "trailer") {
						sum := crc32c("").Hash
						sum.Write(payload)
						want += base64Of(sum.Sum(nil))
					}
					assert.Equal(t, want, string(got), "key %q", key)
				}
			})
		}
	}
}

func TestContentEncodingIsStripped(t *testing.T) {
	tests := []struct {
		why       string
		in, wants []string
	}{
		{"the coding of the transfer goes, that of the object stays", []string{"aws-chunked,gzip"}, []string{"gzip"}},
		{"in any order, case and number of headers", []string{"gzip , AWS-Chunked", "br"}, []string{"gzip,br"}},
		{"nothing else: no header", []string{"aws-chunked"}, nil},
		{"without it the header is left as it is", []string{"gzip ,br"}, []string{"gzip ,br"}},
	}
	for _, tt := range tests {
		r := newRequest(t, "PUT", "http://h/b/k", nil)
		r.Header["Content-Encoding"] = tt.in
		awssig.SignV4(r, exampleCredentials(), exampleScope(), awssig.EmptyPayload)
		_, err := awssig.V4(exampleKeys(), &awssig.Options{Now: clock(exampleTime())}).Verify(r)
		require.NoError(t, err)
		assert.Equal(t, tt.wants, r.Header["Content-Encoding"], tt.why)
	}
}

// TestHoist: S3 reads x-amz-* query parameters of a presigned URL as headers.
func TestHoist(t *testing.T) {
	o := &awssig.Options{Now: clock(exampleTime())}
	sign := map[string]func(*http.Request) *url.URL{
		"v4": func(r *http.Request) *url.URL {
			return awssig.PresignV4(r, exampleCredentials(), exampleScope(), time.Hour, awssig.UnsignedPayload)
		},
		"v2": func(r *http.Request) *url.URL {
			return awssig.PresignV2(r, exampleCredentials(), exampleTime().Add(time.Hour), nil)
		},
	}
	for name, f := range sign {
		r := newRequest(t, "PUT", "http://h/b/k?x-amz-acl=public-read&X-Amz-Meta-A=from+query&x-amz-meta-b=q&x-amz-meta-evil=a%0Db"+
			"&x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32&x-amz-checksum-mode=ENABLED", nil)
		r.Header.Set("X-Amz-Meta-B", "from header")
		r.URL = f(r)
		_, err := auth.Chain(awssig.V4(exampleKeys(), o), awssig.V2(exampleKeys(), o)).Verify(r)
		require.NoError(t, err, name)
		assert.Equal(t, "public-read", r.Header.Get("X-Amz-Acl"), name)
		assert.Equal(t, "from query", r.Header.Get("X-Amz-Meta-A"), name)
		assert.Equal(t, "from header", r.Header.Get("X-Amz-Meta-B"), "%s: a header that is sent counts", name)
		assert.Equal(t, "ENABLED", r.Header.Get("X-Amz-Checksum-Mode"), "%s: this asks for one", name)
		for _, absent := range []string{"X-Amz-Signature", "X-Amz-Credential", "X-Amz-Meta-Evil", "X-Amz-Checksum-Crc32", "X-Amz-Sdk-Checksum-Algorithm"} {
			assert.NotContains(t, r.Header, absent, name)
		}
	}
}

// TestServicesSignTheirForms: services other than s3 do not send the hash of the
// body.
func TestServicesSignTheirForms(t *testing.T) {
	const form = "Action=ListUsers&Version=2010-05-08"
	v := awssig.V4(exampleKeys(), &awssig.Options{Now: clock(exampleTime())})
	sum := sha256.Sum256([]byte(form))
	for _, service := range []string{"iam", "sts", "sns"} {
		scope := awssig.Scope{Time: exampleTime(), Region: "us-east-1", Service: service}
		make := func(body string) *http.Request {
			r := newRequest(t, "POST", "http://h/a%20b/../c//d/", strings.NewReader(body))
			awssig.SignV4(r, exampleCredentials(), scope, hex.EncodeToString(sum[:]))
			assert.NotContains(t, r.Header, "X-Amz-Content-Sha256")
			return r
		}
		r := make(form)
		id, err := v.Verify(r)
		require.NoError(t, err)
		assert.Equal(t, service, id.Service)
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		assert.Equal(t, form, string(body), "the handler can still read it")

		_, err = v.Verify(make(form + "&UserName=x"))
		assert.ErrorIs(t, err, auth.ErrSignatureDoesNotMatch, "the body is part of the signature")
		_, err = v.Verify(make(strings.Repeat("x", 1<<20+1)))
		assert.ErrorIs(t, err, auth.ErrInvalidRequest, "a body that must be held in memory is bounded")
		r = make(strings.Repeat("x", 1<<20+1))
		r.ContentLength = -1
		_, err = v.Verify(r)
		assert.ErrorIs(t, err, auth.ErrInvalidRequest, "also when its length is not declared")
	}
}

// TestHostPort: clients disagree on whether a default port is signed.
func TestHostPort(t *testing.T) {
	tests := []struct {
		why, signed, sent string
		ok                bool
	}{
		{"the same", "h:9000", "h:9000", true},
		{"signed without :80", "h", "h:80", true},
		{"signed with :80", "h:80", "h", true},
		{"signed without :443", "h", "h:443", true},
		{"an address has no port", "[::1]", "[::1]:80", true},
		{"another port is another host", "h", "h:9000", false},
		{"another host", "h", "g", false},
	}
	for _, tt := range tests {
		r := newRequest(t, "GET", "http://x/b/k", nil)
		r.Host = tt.signed
		awssig.SignV4(r, exampleCredentials(), exampleScope(), awssig.EmptyPayload)
		r.Host = tt.sent
		_, err := awssig.V4(exampleKeys(), &awssig.Options{Now: clock(exampleTime())}).Verify(r)
		assert.Equal(t, tt.ok, err == nil, "%s: %v", tt.why, err)
	}
}
