package e2e

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/awssig"
)

// oneKey knows the access key of these tests.
type oneKey struct{}

func (oneKey) Key(_ context.Context, access string) (auth.Key, error) {
	if access != accessKey {
		return auth.Key{}, &auth.Error{Reason: auth.ErrInvalidAccessKeyID}
	}
	return auth.Key{AccessKey: access, Secret: secretKey, Principal: auth.Principal{ID: "u"}}, nil
}

// judge is a server that only checks signatures and bodies. What it dislikes is
// in its answer.
func judge(t *testing.T) *httptest.Server {
	t.Helper()
	verifier := auth.Chain(awssig.V4(oneKey{}, nil), awssig.V2(oneKey{}, nil))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := verifier.Verify(r)
		if err == nil {
			_, err = io.Copy(io.Discard, r.Body)
		}
		if err != nil {
			w.WriteHeader(http.StatusForbidden)
			if e, ok := err.(*auth.Error); ok {
				fmt.Fprintf(w, "%s %s\n", e.Reason, e.Message)
				for _, d := range e.Details {
					fmt.Fprintf(w, "%s: %s\n", d.Name, d.Value)
				}
				return
			}
			fmt.Fprintln(w, err)
		}
	}))
	t.Cleanup(srv.Close)
	return srv
}

// signCase is a request to be signed by somebody else's signer.
type signCase struct {
	Method  string            `json:"method"`
	Key     string            `json:"key"`
	Query   [][2]string       `json:"query"`
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

func signCases() []signCase {
	var cases []signCase
	for _, key := range append(oddKeys(), "", "/leading", "//", " leading", "trailing ", "\x01control") {
		cases = append(cases, signCase{Method: "GET", Key: key})
	}
	for _, q := range [][][2]string{
		{{"list-type", "2"}, {"prefix", "a b/ü+&=?"}},
		{{"b", "2"}, {"a", "1"}, {"B", "3"}, {"a-b", ""}},
		{{"acl", ""}}, {{"uploadId", "a+b/c=="}, {"partNumber", "7"}}, {{"versionId", "null"}, {"response-content-type", "text/plain; charset=utf-8"}},
		{{"x", "~-_."}, {"y", "!*'()"}, {"z", "%41"}}, {{"delimiter", "/"}, {"marker", "ключ/🗝️"}, {"uploads", ""}},
	} {
		cases = append(cases, signCase{Method: "GET", Key: "key", Query: q})
	}
	for _, h := range []map[string]string{
		{"Content-Type": "text/x y; a=b"},
		{"X-Amz-Meta-Spaces": "  a   b  "},
		{"X-Amz-Meta-Colour": "blue", "X-Amz-Acl": "private", "X-Amz-Copy-Source": "/b/%C3%BC%20x"},
		{"Content-MD5": "XUFAKrxLKna5cZ2REBfFkg==", "Range": "bytes=0-9", "If-None-Match": "*"},
	} {
		cases = append(cases, signCase{Method: "PUT", Key: "key with blank", Headers: h, Body: "hello"})
	}
	return append(cases, signCase{Method: "DELETE", Key: "a/b"}, signCase{Method: "HEAD", Key: "ü"}, signCase{Method: "POST", Key: "x", Query: [][2]string{{"delete", ""}}, Body: "<x/>"})
}

// request makes the request of a case for Go's signer.
func (c signCase) request(t *testing.T, base string) *http.Request {
	t.Helper()
	u, err := url.Parse(base)
	require.NoError(t, err)
	u.Path, u.RawPath = "/bucket/"+c.Key, "/bucket/"+escape(c.Key, "/")
	var query []string
	for _, q := range c.Query {
		query = append(query, escape(q[0], "")+"="+escape(q[1], ""))
	}
	u.RawQuery = strings.Join(query, "&")
	var body io.Reader
	if c.Body != "" {
		body = strings.NewReader(c.Body)
	}
	r, err := http.NewRequestWithContext(t.Context(), c.Method, u.String(), body)
	require.NoError(t, err)
	r.URL = u
	for name, value := range c.Headers {
		r.Header.Set(name, value)
	}
	return r
}

// escape is the escaping that Amazon prescribes, with a safe character more.
func escape(s, safe string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~"+safe, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}

func TestSignaturesOfAWSSDK(t *testing.T) {
	srv := judge(t)
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	creds := aws.Credentials{AccessKeyID: accessKey, SecretAccessKey: secretKey}
	for _, c := range signCases() {
		sum := sha256.Sum256([]byte(c.Body))
		for _, hash := range []string{hex.EncodeToString(sum[:]), "UNSIGNED-PAYLOAD"} {
			r := c.request(t, srv.URL)
			r.Header.Set("X-Amz-Content-Sha256", hash)
			require.NoError(t, signer.SignHTTP(t.Context(), creds, r, hash, "s3", region, time.Now()))
			accepted(t, srv, r, c)
		}
		r := c.request(t, srv.URL)
		query := r.URL.Query()
		query.Set("X-Amz-Expires", "60")
		r.URL.RawQuery = strings.ReplaceAll(query.Encode(), "+", "%20")
		signed, headers, err := signer.PresignHTTP(t.Context(), creds, r, "UNSIGNED-PAYLOAD", "s3", region, time.Now())
		require.NoError(t, err)
		r.URL, err = url.Parse(signed)
		require.NoError(t, err)
		for name, v := range headers {
			if name != "Host" && name != "Content-Length" {
				r.Header[name] = v
			}
		}
		accepted(t, srv, r, c)
	}
}

func accepted(t *testing.T, srv *httptest.Server, r *http.Request, c signCase) {
	t.Helper()
	res, err := srv.Client().Do(r)
	require.NoError(t, err)
	defer res.Body.Close()
	text, _ := io.ReadAll(res.Body)
	assert.Equal(t, 200, res.StatusCode, "%+v\n%s\n%s", c, r.URL, text)
}

// signedCase is what a foreign signer made of a case.
type signedCase struct {
	Signer  string            `json:"signer"`
	Method  string            `json:"method"`
	Target  string            `json:"target"` // path and query as they are sent
	Headers map[string]string `json:"headers"`
	Body    string            `json:"body"`
}

func TestSignaturesOfBotocore(t *testing.T) {
	python := tool(t, cmp.Or(os.Getenv("COFFER_E2E_PYTHON"), "python3"))
	script, err := filepath.Abs(filepath.Join("testdata", "botocore_sign.py"))
	require.NoError(t, err)
	sh := shell{python, awsEnv(t.TempDir())}
	if out, err := sh.try(t, "-c", "import botocore"); err != nil {
		missing(t, "botocore is not installed: "+out)
	}
	srv := judge(t)
	in := filepath.Join(t.TempDir(), "cases.json")
	cases, err := json.Marshal(signCases())
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(in, cases, 0o600))
	var signed []signedCase
	require.NoError(t, json.Unmarshal([]byte(sh.run(t, script, srv.URL, in)), &signed))
	require.Len(t, signed, 4*len(signCases()), "each case by four signers")
	for _, c := range signed {
		status, text := sendRaw(t, srv.Listener.Addr().String(), c)
		assert.Equal(t, 200, status, "%+v\n%s", c, text)
		forged := c
		forged.Target = strings.Replace(c.Target, "/bucket/", "/bucke2/", 1)
		status, _ = sendRaw(t, srv.Listener.Addr().String(), forged)
		assert.Equal(t, 403, status, "another bucket: %+v", c)
	}
}

// sendRaw sends a request byte for byte, past every normalisation of a client.
func sendRaw(t *testing.T, addr string, c signedCase) (int, string) {
	t.Helper()
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", c.Method, c.Target)
	for name, value := range c.Headers {
		fmt.Fprintf(&b, "%s: %s\r\n", name, value)
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\nConnection: close\r\n\r\n%s", len(c.Body), c.Body)
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write(b.Bytes())
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(conn), &http.Request{Method: c.Method})
	require.NoError(t, err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	return res.StatusCode, string(text)
}
