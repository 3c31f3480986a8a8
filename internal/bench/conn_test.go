package bench

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func dial(t *testing.T, h http.Handler) *Conn {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	c, err := Dial(t.Context(), Target{Endpoint: srv.URL})
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

func TestConnDo(t *testing.T) {
	long := strings.Repeat("0123456789abcdef", 40_000)
	h := http.NewServeMux()
	h.HandleFunc("GET /small", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") })
	h.HandleFunc("GET /empty", func(http.ResponseWriter, *http.Request) {})
	h.HandleFunc("GET /long", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(long)))
		io.WriteString(w, long)
	})
	h.HandleFunc("GET /chunked", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, long[:10])
		w.(http.Flusher).Flush()
		io.WriteString(w, long[10:])
	})
	h.HandleFunc("GET /none", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204) })
	h.HandleFunc("HEAD /long", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Length", "99") })
	h.HandleFunc("PUT /echo", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Write(body)
	})
	h.HandleFunc("GET /query", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, r.URL.RawQuery+" "+r.Header.Get("X-A"))
	})
	h.HandleFunc("GET /denied", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", 403) })
	c := dial(t, h)

	tests := []struct {
		explanation string
		req         Request
		want        string
		status      int
	}{
		{"a body with a length", Request{Method: "GET", Path: "/small"}, "hello", 0},
		{"no body", Request{Method: "GET", Path: "/empty"}, "", 0},
		{"a body beyond the read buffer", Request{Method: "GET", Path: "/long"}, long, 0},
		{"a chunked body", Request{Method: "GET", Path: "/chunked"}, long, 0},
		{"204 has no body", Request{Method: "GET", Path: "/none"}, "", 0},
		{"HEAD has a length and no body", Request{Method: "HEAD", Path: "/long"}, "", 0},
		{"a small upload goes out in one write", Request{Method: "PUT", Path: "/echo", Body: []byte("ab"), Repeat: 3}, "ababab", 0},
		{"a big upload", Request{Method: "PUT", Path: "/echo", Body: []byte(long), Repeat: 2}, long + long, 0},
		{"an empty upload has a length", Request{Method: "PUT", Path: "/echo"}, "", 0},
		{"query and further headers", Request{Method: "GET", Path: "/query", Query: "a=b", Headers: "X-A: 1\r\n"}, "a=b 1", 0},
		{"an error is an error", Request{Method: "GET", Path: "/denied"}, "", 403},
		{"also of HEAD", Request{Method: "HEAD", Path: "/denied"}, "", 403},
	}
	for range 2 { // each leaves the connection good for all others
		for _, tt := range tests {
			var got []byte
			n, err := c.Do(&tt.req, &got)
			if tt.status != 0 {
				var status *StatusError
				require.ErrorAs(t, err, &status, tt.explanation)
				assert.Equal(t, tt.status, status.Status, tt.explanation)
				continue
			}
			require.NoError(t, err, tt.explanation)
			assert.Equal(t, tt.want, string(got), tt.explanation)
			assert.EqualValues(t, len(tt.want), n, tt.explanation)

			n, err = c.Do(&tt.req, nil)
			require.NoError(t, err, tt.explanation)
			assert.EqualValues(t, len(tt.want), n, "skipped: "+tt.explanation)
		}
	}
}

func TestConnBadAnswers(t *testing.T) {
	tests := []struct{ explanation, answer string }{
		{"not HTTP", "SSH-2.0-x\r\n\r\n"},
		{"no status", "HTTP/1.1 \r\n\r\n"},
		{"a header without a colon", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"},
		{"a length that is no number", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"},
		{"a body that ends early", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"},
		{"chunks without a size", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"},
		{"the server closes", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"},
		{"nothing", ""},
	}
	for _, tt := range tests {
		t.Run(tt.explanation, func(t *testing.T) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer ln.Close()
			go func() {
				nc, err := ln.Accept()
				if err != nil {
					return
				}
				defer nc.Close()
				nc.Read(make([]byte, 4096))
				io.WriteString(nc, tt.answer)
			}()
			c, err := Dial(t.Context(), Target{Endpoint: "http://" + ln.Addr().String()})
			require.NoError(t, err)
			defer c.Close()
			_, err = c.Do(&Request{Method: "GET", Path: "/"}, nil)
			require.Error(t, err)
			var status *StatusError
			assert.False(t, errors.As(err, &status), "the connection must not be used again")
		})
	}
}

func TestConnTLS(t *testing.T) {
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "safe") }))
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	defer srv.Close()
	cfg := srv.Client().Transport.(*http.Transport).TLSClientConfig
	c, err := Dial(t.Context(), Target{Endpoint: srv.URL, TLS: cfg})
	require.NoError(t, err)
	defer c.Close()
	var got []byte
	_, err = c.Do(&Request{Method: "GET", Path: "/"}, &got)
	require.NoError(t, err)
	assert.Equal(t, "safe", string(got))

	c, err = Dial(t.Context(), Target{Endpoint: srv.URL, TLS: &tls.Config{MinVersion: tls.VersionTLS12}})
	require.NoError(t, err)
	defer c.Close()
	_, err = c.Do(&Request{Method: "GET", Path: "/"}, nil)
	assert.Error(t, err, "a certificate that nobody vouches for")
}

func TestDialRefuses(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, endpoint := range []string{"http://127.0.0.1:1", "://", "http://127.0.0.1:0/x y"} {
		_, err := Dial(ctx, Target{Endpoint: endpoint})
		assert.Error(t, err, endpoint)
	}
}
