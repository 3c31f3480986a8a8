package s3http_test

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func listen(t *testing.T, f *fixture) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(f.h)
	t.Cleanup(srv.Close)
	return srv
}

func TestChunkedUpload(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	srv := listen(t, f)
	body := strings.Repeat("0123456789", 100_000)
	r, err := http.NewRequest(http.MethodPut, srv.URL+"/bkt/o", io.MultiReader(strings.NewReader(body)))
	require.NoError(t, err)
	res, err := srv.Client().Do(r)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, 200, res.StatusCode)
	res, err = srv.Client().Get(srv.URL + "/bkt/o")
	require.NoError(t, err)
	defer res.Body.Close()
	assert.Equal(t, body, readAll(t, res.Body))
	assert.EqualValues(t, len(body), res.ContentLength)
}

// TestRefusalReachesABusyClient sends a large body to a handler that refuses it
// at once. The client writes all of it before it reads, and must still get the
// answer instead of a connection reset.
func TestRefusalReachesABusyClient(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	srv := listen(t, f)
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	const size = 16 << 20
	_, err = fmt.Fprintf(conn, "PUT /bkt/o HTTP/1.1\r\nHost: x\r\nX-Test-User: bob\r\nContent-Length: %d\r\n\r\n", size)
	require.NoError(t, err)
	_, err = conn.Write(make([]byte, size))
	require.NoError(t, err)
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer res.Body.Close()
	assert.Equal(t, 403, res.StatusCode)
	assert.True(t, res.Close, "the connection cannot be used again")
	assert.Contains(t, readAll(t, res.Body), "AccessDenied")
}

// TestNoBodyBeforeTheDecision waits for "100 Continue" and gets the refusal.
func TestNoBodyBeforeTheDecision(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/bkt/o", "")
	srv := listen(t, f)
	for _, tc := range []struct {
		why, headers string
		status       int
	}{
		{"somebody else", "X-Test-User: bob\r\n", 403},
		{"a condition that does not hold", "If-None-Match: *\r\n", 412},
		{"a header that is not built", "X-Amz-Server-Side-Encryption: aws:kms:dsse\r\n", 501},
		{"a sum that is none", "Content-MD5: x\r\n", 400},
	} {
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		require.NoError(t, err)
		_, err = fmt.Fprintf(conn, "PUT /bkt/o HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000\r\nExpect: 100-continue\r\n%s\r\n", tc.headers)
		require.NoError(t, err)
		line, err := bufio.NewReader(conn).ReadString('\n')
		require.NoError(t, err)
		assert.Contains(t, line, fmt.Sprint(" ", tc.status, " "), tc.why)
		require.NoError(t, conn.Close())
	}
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "PUT /bkt/p HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
	require.NoError(t, err)
	rd := bufio.NewReader(conn)
	line, err := rd.ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "HTTP/1.1 100 Continue\r\n", line, "the body is asked for once nothing speaks against it")
	_, err = io.WriteString(conn, "body")
	require.NoError(t, err)
	_, err = rd.ReadString('\n')
	require.NoError(t, err)
	res, err := http.ReadResponse(rd, nil)
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, 200, res.StatusCode)
}

// TestCutOffUpload ends the connection inside a body.
func TestCutOffUpload(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	srv := listen(t, f)
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	require.NoError(t, err)
	_, err = io.WriteString(conn, "PUT /bkt/o HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
	require.NoError(t, err)
	require.NoError(t, conn.(*net.TCPConn).CloseWrite())
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	assert.Contains(t, readAll(t, res.Body), "<Code>IncompleteBody</Code>")
	require.NoError(t, conn.Close())
	assert.Equal(t, 404, f.do("HEAD", "/bkt/o", "").Code, "nothing of it is stored")
}

// TestRawPaths sends paths that HTTP clients like to clean.
func TestRawPaths(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	srv := listen(t, f)
	exchange := func(method, path, body string) (int, string) {
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		require.NoError(t, err)
		defer conn.Close()
		_, err = fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", method, path, len(body), body)
		require.NoError(t, err)
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		return res.StatusCode, readAll(t, res.Body)
	}
	paths := []string{"/bkt/../x", "/bkt/..", "/bkt//", "/bkt//a//b/", "/bkt/a%2Fb", "/bkt/%2e%2e", "/bkt/%00", "/bkt/%FF"}
	for i, path := range paths {
		status, _ := exchange("PUT", path, strings.Repeat("x", i+1))
		require.Equal(t, 200, status, path)
	}
	for i, path := range paths {
		status, body := exchange("GET", path, "")
		assert.Equal(t, 200, status, path)
		if path == "/bkt/.." {
			continue // %2e%2e is the same key
		}
		assert.Equal(t, strings.Repeat("x", i+1), body, path)
	}
	_, listing := exchange("GET", "/bkt?encoding-type=url", "")
	for _, key := range []string{"../x", "..", "/", "/a//b/", "a/b", "%00", "%FF"} {
		assert.Contains(t, listing, "<Key>"+key+"</Key>")
	}
}

// failing is a body that breaks with an error of its own.
type failing struct{ err error }

func (b failing) Read([]byte) (int, error) { return 0, b.err }
func (b failing) Close() error             { return nil }

func TestBrokenBodies(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	for _, size := range []int64{10, 10_000_000, -1} {
		r := request("PUT", "/bkt/o", "")
		r.Body, r.ContentLength = failing{errors.New("cable cut")}, size
		w := f.serve(r)
		assert.Equal(t, 400, w.Code, "size %d: it is not the server that is broken", size)
		assert.Contains(t, w.Body.String(), "<Code>IncompleteBody</Code>")
		assert.NotContains(t, w.Body.String(), "cable", "inner texts stay inside")
	}
	assert.Equal(t, 404, f.do("HEAD", "/bkt/o", "").Code)
	assert.True(t, bytes.Contains(f.do("GET", "/bkt", "").Body.Bytes(), []byte("<IsTruncated>false")))
}

// A stream of HTTP/2 that ends with its header has no body, whatever length it
// announces (RFC 9113, section 8.1.1).
func TestStreamsWithoutTheirBody(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	for length, status := range map[string]int{"5": 400, "0": 200} {
		r := request("PUT", "/bkt/"+length, "")
		r.ProtoMajor, r.ContentLength, r.Body = 2, 0, http.NoBody
		r.Header.Set("Content-Length", length)
		assert.Equal(t, status, f.serve(r).Code, length)
	}
	assert.Equal(t, 404, f.do("HEAD", "/bkt/5", "").Code)
}
