package usage_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/usage"
)

// recorder hands on copies of the entries that it gets.
type recorder chan usage.Entry

func (r recorder) Record(e *usage.Entry) { r <- *e }

// clock moves by a second with every look.
func clock() func() time.Time {
	now := time.Unix(1e9, 0)
	return func() time.Time { now = now.Add(time.Second); return now }
}

func TestEntries(t *testing.T) {
	const s = time.Second
	for _, c := range []struct {
		why     string
		body    string
		handler http.HandlerFunc
		want    usage.Entry
	}{
		{"an empty answer is 200, as net/http sends it", "", func(http.ResponseWriter, *http.Request) {},
			usage.Entry{Status: 200, Duration: s, FirstByte: s}},
		{"the first status counts", "", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(404); w.WriteHeader(200) },
			usage.Entry{Status: 404, Duration: 2 * s, FirstByte: s}},
		{"an interim status is none", "", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); w.WriteHeader(204) },
			usage.Entry{Status: 204, Duration: 2 * s, FirstByte: s}},
		{"bytes of all ways to write", "", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("12345"))
			_, _ = io.WriteString(w, "678")
			_, _ = io.Copy(w, io.LimitReader(strings.NewReader("90"), 2))
		}, usage.Entry{Status: 200, Duration: 2 * s, FirstByte: s, BytesSent: 10}},
		{"only what was read of the body was received", "0123456789", func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.ReadFull(r.Body, make([]byte, 4))
		}, usage.Entry{Status: 200, Duration: s, FirstByte: s, BytesReceived: 4}},
		{"a front end tells the rest", "", func(_ http.ResponseWriter, r *http.Request) {
			usage.FromContext(r.Context()).Operation = "GetObject"
		}, usage.Entry{Status: 200, Duration: s, FirstByte: s, Operation: "GetObject"}},
	} {
		t.Run(c.why, func(t *testing.T) {
			sink := make(recorder, 1)
			h := (&usage.Options{Now: clock()}).Middleware(sink)(c.handler)
			r := httptest.NewRequest("PUT", "http://host/a/%2F?b=c", strings.NewReader(c.body))
			r.Header.Set("User-Agent", "agent/1")
			h.ServeHTTP(httptest.NewRecorder(), r)
			c.want.Start = time.Unix(1e9+1, 0)
			c.want.Method, c.want.Host, c.want.UserAgent = "PUT", "host", "agent/1"
			c.want.RemoteAddr, c.want.Path = r.RemoteAddr, "http://host/a/%2F?b=c"
			assert.Equal(t, c.want, <-sink)
		})
	}
}

func TestPanicsGoOn(t *testing.T) {
	for _, c := range []struct {
		why    string
		status int
		panics any
		first  int
	}{
		{"a panic before the status is a 500", 500, "oops", 0},
		{"a status that was sent stays", 206, "oops", 206},
		{"an abort is a panic to net/http too", 200, http.ErrAbortHandler, 200},
	} {
		t.Run(c.why, func(t *testing.T) {
			sink := make(recorder, 1)
			h := usage.Middleware(sink)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if c.first != 0 {
					w.WriteHeader(c.first)
				}
				panic(c.panics)
			}))
			assert.PanicsWithValue(t, c.panics, func() {
				h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
			})
			e := <-sink
			assert.Equal(t, c.status, e.Status)
			assert.Equal(t, "InternalError", e.ErrorCode)
		})
	}
}

// server is a handler behind the middleware on a real connection.
func server(t *testing.T, sink usage.Sink, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	srv := httptest.NewServer(usage.Middleware(sink)(h))
	t.Cleanup(srv.Close)
	return srv
}

func TestControllerReachesTheServer(t *testing.T) {
	sink := make(recorder, 1)
	released := make(chan struct{})
	srv := server(t, sink, func(w http.ResponseWriter, r *http.Request) {
		rc := http.NewResponseController(w)
		assert.NoError(t, rc.SetWriteDeadline(time.Now().Add(time.Minute)))
		_, _ = io.WriteString(w, "early")
		assert.NoError(t, rc.Flush())
		<-released
		_, _ = io.WriteString(w, "late")
	})
	resp, err := http.Get(srv.URL)
	require.NoError(t, err)
	early := make([]byte, 5)
	_, err = io.ReadFull(resp.Body, early)
	require.NoError(t, err)
	assert.Equal(t, "early", string(early), "a flush reaches the client while the handler runs")
	close(released)
	_, err = io.Copy(io.Discard, resp.Body)
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	assert.EqualValues(t, 9, (<-sink).BytesSent)
}

func TestHijackedConnection(t *testing.T) {
	sink := make(recorder, 1)
	srv := server(t, sink, func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if assert.NoError(t, err) {
			_ = conn.Close()
		}
	})
	_, err := http.Get(srv.URL)
	assert.Error(t, err)
	<-sink
}

// readFromServer is a server's writer that tells when its ReadFrom is used.
type readFromServer struct {
	*httptest.ResponseRecorder
	source io.Reader
}

func (w *readFromServer) ReadFrom(src io.Reader) (int64, error) {
	w.source = src
	return w.ResponseRecorder.Body.ReadFrom(src)
}

func TestSendfileIsReached(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte("0123456789"), 0o600))
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	sink := make(recorder, 1)
	w := &readFromServer{ResponseRecorder: httptest.NewRecorder()}
	usage.Middleware(sink)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		n, err := io.CopyN(w, f, 7)
		assert.NoError(t, err)
		assert.EqualValues(t, 7, n)
	})).ServeHTTP(w, httptest.NewRequest("GET", "/", nil))
	lr, ok := w.source.(*io.LimitedReader)
	require.True(t, ok, "the server must see the file behind its limit, or it cannot use sendfile")
	assert.Same(t, f, lr.R)
	assert.EqualValues(t, 7, (<-sink).BytesSent)
}

func TestAbortedUpload(t *testing.T) {
	sink := make(recorder, 1)
	read := make(chan error, 1)
	srv := server(t, sink, func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		read <- err
	})
	conn, err := net.Dial("tcp", strings.TrimPrefix(srv.URL, "http://"))
	require.NoError(t, err)
	_, err = io.WriteString(conn, "PUT /k HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n12345")
	require.NoError(t, err)
	require.NoError(t, conn.Close())
	assert.True(t, errors.Is(<-read, io.ErrUnexpectedEOF), "the wrapped body passes on errors")
	assert.EqualValues(t, 5, (<-sink).BytesReceived)
}

// starts counts the requests that have begun and not ended.
type starts struct{ n, max int }

func (s *starts) Start()              { s.n++; s.max = max(s.max, s.n) }
func (s *starts) Record(*usage.Entry) { s.n-- }

func TestStartAndRecordPair(t *testing.T) {
	s := &starts{}
	h := usage.Middleware(s)(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("oops") }))
	for range 3 {
		assert.Panics(t, func() { h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)) })
	}
	assert.Equal(t, starts{n: 0, max: 1}, *s)
}

// discard is the cheapest possible server side.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(int)             {}

type none struct{}

func (none) Record(*usage.Entry) {}

func BenchmarkMiddleware(b *testing.B) {
	body := bytes.Repeat([]byte("x"), 4096)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(body) })
	r := httptest.NewRequest("GET", "/bucket/key", nil)
	w := &discard{header: http.Header{}}
	for _, c := range []struct {
		name string
		h    http.Handler
	}{{"bare", h}, {"wrapped", usage.Middleware(none{})(h)}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.h.ServeHTTP(w, r)
			}
		})
	}
}
