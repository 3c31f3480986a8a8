package httpx_test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/httpx"
)

// gatherServer serves h on connections that gather.
func gatherServer(t *testing.T, h http.HandlerFunc, encrypted bool) *httptest.Server {
	s := httptest.NewUnstartedServer(h)
	s.Listener = httpx.GatherListener(s.Listener)
	s.Config.ConnContext = httpx.GatherContext
	s.Config.ErrorLog = nil
	s.EnableHTTP2 = true
	if encrypted {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s
}

// gatherAnswer writes what the query asks for: a header and a body of given
// sizes, the body from a file if it says so.
func gatherAnswer(t *testing.T) http.HandlerFunc {
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, gatherBody(1<<20), 0o600))
	return func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		header, _ := strconv.Atoi(q.Get("header"))
		body, _ := strconv.Atoi(q.Get("body"))
		w.Header().Set("X-Long", strings.Repeat("x", header))
		if q.Get("chunked") == "" {
			w.Header().Set("Content-Length", q.Get("body"))
		}
		w.WriteHeader(http.StatusOK)
		gathering := httpx.Gather(r)
		defer gathering.End()
		if q.Get("file") == "" {
			_, _ = w.Write(gatherBody(body)) // HEAD has none
			return
		}
		f, err := os.Open(name)
		if assert.NoError(t, err) {
			defer f.Close()
			_, err = w.(io.ReaderFrom).ReadFrom(&io.LimitedReader{R: f, N: int64(body)})
			assert.NoError(t, err)
		}
	}
}

func gatherBody(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8)
	}
	return b
}

func TestGatherKeepsAnswersWhole(t *testing.T) {
	tests := []struct{ explanation, query string }{
		{"no write to the connection before the handler has returned", "body=100"},
		{"header and body fill the buffer of net/http, about", "body=3900"},
		{"the body alone is one byte less than the buffer", "body=4095"},
		{"the body alone fills the buffer", "body=4096"},
		{"a rest that fills the buffer once more, about", "body=8050"},
		{"a rest that passes the buffer by", "body=65536"},
		{"longer than what is gathered", "body=1000000"},
		{"a header that is written in several pieces", "header=9000&body=10000"},
		{"a header in pieces and a short body", "header=4000&body=1"},
		{"chunks", "chunked=1&body=5000"},
		{"chunks that pass the buffer by", "chunked=1&body=100000"},
		{"a file, with sendfile", "file=1&body=100000"},
		{"a file behind a header that has gone out in part", "file=1&header=6000&body=100000"},
		{"no body", "body=0"},
	}
	for _, encrypted := range []bool{false, true} {
		s := gatherServer(t, gatherAnswer(t), encrypted)
		http1 := s.Client()
		http1.Transport = &http.Transport{TLSClientConfig: s.Client().Transport.(*http.Transport).TLSClientConfig}
		clients := map[string]*http.Client{"HTTP/1.1": http1}
		if encrypted {
			clients["HTTP/2"] = s.Client()
		}
		for _, tt := range tests {
			for name, client := range clients {
				t.Run(fmt.Sprintf("%s, %s, TLS %v", tt.explanation, name, encrypted), func(t *testing.T) {
					for range 2 { // the second finds the connection as the first has left it
						wantBody(t, client, s.URL+"/?"+tt.query)
						res, err := client.Head(s.URL + "/?" + tt.query)
						require.NoError(t, err, "HEAD has no second write")
						res.Body.Close()
					}
				})
			}
		}
	}
}

// How long the records of TLS are depends on what the connection has carried;
// the last of an answer may have any length.
func TestGatherAnyLength(t *testing.T) {
	for _, encrypted := range []bool{false, true} {
		s := gatherServer(t, gatherAnswer(t), encrypted)
		client := s.Client()
		client.Timeout = time.Minute // what is held back for ever fails
		client.Transport = &http.Transport{TLSClientConfig: s.Client().Transport.(*http.Transport).TLSClientConfig}
		wantBody(t, client, s.URL+"/?body=500000")
		for n := 1; n < 70_000; n += 509 {
			wantBody(t, client, fmt.Sprintf("%s/?body=%d", s.URL, n))
		}
	}
}

func wantBody(t *testing.T, client *http.Client, url string) {
	t.Helper()
	res, err := client.Get(url)
	require.NoError(t, err)
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	require.NoError(t, err)
	n, err := strconv.Atoi(res.Request.URL.Query().Get("body"))
	require.NoError(t, err)
	assert.True(t, bytes.Equal(gatherBody(n), got), "%d bytes came", len(got))
}

// A client that reads once has all of a short answer.
func TestGatherSendsOnePiece(t *testing.T) {
	s := gatherServer(t, gatherAnswer(t), false)
	for _, body := range []int{4096, 5000, 8050, 30_000} {
		conn, err := net.Dial("tcp", s.Listener.Addr().String())
		require.NoError(t, err)
		defer conn.Close()
		for range 2 {
			_, err = fmt.Fprintf(conn, "GET /?body=%d HTTP/1.1\r\nHost: x\r\n\r\n", body)
			require.NoError(t, err)
			answer := make([]byte, 64<<10)
			n, err := conn.Read(answer)
			require.NoError(t, err)
			_, got, found := bytes.Cut(answer[:n], []byte("\r\n\r\n"))
			require.True(t, found)
			assert.Len(t, got, body)
		}
	}
}

// What was held back when a handler broke off is not sent: the client must not
// take it for an answer.
func TestGatherAndPanic(t *testing.T) {
	s := gatherServer(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "9000")
		gathering := httpx.Gather(r)
		defer gathering.End()
		_, err := w.Write(make([]byte, 5000))
		assert.NoError(t, err)
		panic(http.ErrAbortHandler)
	}, false)
	res, err := http.Get(s.URL)
	if err == nil {
		_, err = io.ReadAll(res.Body)
		res.Body.Close()
	}
	assert.Error(t, err)
}
