package httpx_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/httpx"
)

// deadlines is a ResponseWriter that notes the deadlines that are set.
type deadlines struct {
	*httptest.ResponseRecorder
	read, write []time.Time
	from        []int64 // the limits of readers that ReadFrom was given
}

func (d *deadlines) SetReadDeadline(t time.Time) error  { d.read = append(d.read, t); return nil }
func (d *deadlines) SetWriteDeadline(t time.Time) error { d.write = append(d.write, t); return nil }

func (d *deadlines) ReadFrom(r io.Reader) (int64, error) {
	d.from = append(d.from, r.(*io.LimitedReader).N)
	return io.Copy(d.ResponseRecorder, r)
}

// serve runs a handler behind Stall with a clock that a step moves by one second.
func serve(body string, h http.HandlerFunc) (*deadlines, time.Time) {
	start := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	now := start
	clock := func() time.Time { now = now.Add(time.Second); return now }
	d := &deadlines{ResponseRecorder: httptest.NewRecorder()}
	r := httptest.NewRequest("PUT", "/", strings.NewReader(body))
	if body == "" {
		r.Body = http.NoBody
	}
	httpx.Stall(time.Minute, clock)(h).ServeHTTP(d, r)
	return d, start
}

func TestStallWatchesTheBodyWhileItIsRead(t *testing.T) {
	d, start := serve("hello", func(_ http.ResponseWriter, r *http.Request) {
		got, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.Equal(t, "hello", string(got))
	})
	require.Len(t, d.read, 2)
	assert.Equal(t, start.Add(61*time.Second), d.read[0], "a minute from the first read")
	assert.True(t, d.read[1].IsZero(), "the deadline ends with the body: the handler may take its time")
	assert.Len(t, d.write, 1, "net/http sends the answer behind the handler")
}

func TestStallMovesTheReadDeadlineAsBytesCome(t *testing.T) {
	d, _ := serve(strings.Repeat("x", 20), func(_ http.ResponseWriter, r *http.Request) {
		for p := make([]byte, 1); ; {
			if _, err := r.Body.Read(p); err != nil {
				return
			}
		}
	})
	require.Greater(t, len(d.read), 3, "20 seconds are more than two eighths of a minute")
	assert.True(t, d.read[1].After(d.read[0]))
}

// A small answer leaves when its handler has ended; a client that sends request
// behind request and reads none would hold it up for ever.
func TestStallBoundsSmallAnswers(t *testing.T) {
	d, start := serve("", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") })
	assert.Equal(t, []time.Time{start.Add(61 * time.Second)}, d.write)
	d, _ = serve("", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 4096)) })
	assert.Len(t, d.write, 1, "once is enough for a few seconds")
}

// On HTTP/2 a deadline ends the stream also when nobody waits, and on HTTP/1 that
// of the body ends the request: a handler that paces its answer takes its time.
func TestStallEndsWhileTheHandlerWorks(t *testing.T) {
	for _, tt := range []struct {
		version int
		body    string
	}{{1, "unread"}, {2, "unread"}, {2, ""}} {
		d := &deadlines{ResponseRecorder: httptest.NewRecorder()}
		r := httptest.NewRequest("GET", "/", strings.NewReader(tt.body))
		r.ProtoMajor = tt.version
		httpx.Stall(time.Minute, time.Now)(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for _, write := range []func(){
				func() { _, _ = w.Write(make([]byte, 5000)) },
				func() { _, _ = w.(io.ReaderFrom).ReadFrom(&io.LimitedReader{R: strings.NewReader("x"), N: 1}) },
				func() { w.(http.Flusher).Flush() },
			} {
				d.read, d.write = nil, nil
				write()
				if tt.body != "" {
					require.Len(t, d.read, 2)
					assert.True(t, d.read[1].IsZero())
				}
				if tt.version == 2 {
					require.Len(t, d.write, 2)
					assert.True(t, d.write[1].IsZero())
				}
			}
		})).ServeHTTP(d, r)
		if tt.version == 2 {
			require.NotEmpty(t, d.write)
			assert.False(t, d.write[len(d.write)-1].IsZero(), "what is sent at the end has its time")
		}
		if tt.body != "" {
			assert.False(t, d.read[len(d.read)-1].IsZero(), "and what is awaited then")
		}
	}
}

func TestStallGivesEachPieceOfAnAnswerItsTime(t *testing.T) {
	f, err := os.CreateTemp(t.TempDir(), "")
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Truncate(30<<20))
	d, _ := serve("", func(w http.ResponseWriter, _ *http.Request) {
		n, err := w.(io.ReaderFrom).ReadFrom(&io.LimitedReader{R: f, N: 20<<20 + 1})
		require.NoError(t, err)
		require.EqualValues(t, 20<<20+1, n)
	})
	require.Len(t, d.from, 21)
	assert.Equal(t, []int64{1 << 20, 1}, []int64{d.from[0], d.from[20]}, "pieces, each of which may use sendfile")
	require.Greater(t, len(d.write), 2, "20 seconds are more than two eighths of a minute")
	assert.True(t, d.write[2].After(d.write[1]))
}

// A client that asks before it sends (RFC 9110, 10.1.1) is refused without its
// body: boto3 would else wait a second each time.
func TestStallRefusesBeforeTheBody(t *testing.T) {
	refuse := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	server := httptest.NewServer(httpx.Stall(time.Hour, time.Now)(refuse))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.SetReadDeadline(time.Now().Add(time.Minute))) // ends a test that fails
	_, err = io.WriteString(conn, "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n")
	require.NoError(t, err)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	defer resp.Body.Close()
	assert.Equal(t, http.StatusForbidden, resp.StatusCode)
	assert.True(t, resp.Close, "the body would come next")
}

// A body that is not read must come to an end, too: net/http waits for the rest of
// a short one, before it answers or behind the answer.
func TestStallBoundsWhatIsNotRead(t *testing.T) {
	refuse := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }
	const part = "PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n"
	for _, tt := range []struct {
		explanation string
		after       time.Duration
		late        time.Duration // of the clock that deadlines are made by: earlier ones are over at once
		once        bool          // only the first time that it is asked
		request     string
		handler     http.HandlerFunc
		closes      bool
	}{
		{"none of it comes", time.Minute, 90 * time.Second, false, part + "\r\n", refuse, true},
		{"a piece of it comes", time.Minute, 90 * time.Second, false, part + "\r\nhello", refuse, true},
		{"reading it has failed: nobody waits once more", time.Minute, 90 * time.Second, true, part + "\r\n", func(w http.ResponseWriter, r *http.Request) {
			_, err := io.ReadAll(r.Body)
			assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
			_, err = r.Body.Read(make([]byte, 1))
			assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
			refuse(w, r)
		}, true},
		{"a long answer", time.Minute, 90 * time.Second, false, part + "\r\n", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			_, err := w.Write(make([]byte, 10_000))
			assert.NoError(t, err)
		}, true},
		{"an answer that is flushed", time.Minute, 90 * time.Second, false, part + "\r\n", func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			w.(http.Flusher).Flush()
		}, true},
		{"the handler closes it", time.Minute, 90 * time.Second, true, part + "\r\n", func(w http.ResponseWriter, r *http.Request) {
			_ = r.Body.Close()
			refuse(w, r)
		}, true},
		{"nobody asked for it: few seconds are enough", time.Hour, time.Minute, false, part + "Expect: 100-continue\r\n\r\n", refuse, true},
		{"the handler has less patience", time.Hour, 0, false, part + "\r\nhello", func(w http.ResponseWriter, r *http.Request) {
			assert.NoError(t, http.NewResponseController(w).SetReadDeadline(time.Now().Add(-1)))
			_, err := io.ReadAll(r.Body)
			assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
			refuse(w, r)
		}, true},
		{"all of it comes: the connection is for the next request", time.Hour, 0, false, part + "\r\n" + strings.Repeat("x", 100), refuse, false},
	} {
		t.Run(tt.explanation, func(t *testing.T) {
			var asked atomic.Int64
			clock := func() time.Time {
				if asked.Add(1) > 1 && tt.once {
					return time.Now()
				}
				return time.Now().Add(-tt.late)
			}
			server := httptest.NewServer(httpx.Stall(tt.after, clock)(tt.handler))
			defer server.Close()
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			require.NoError(t, err)
			defer conn.Close()
			require.NoError(t, conn.SetReadDeadline(time.Now().Add(30*time.Second))) // ends a test that fails
			_, err = io.WriteString(conn, tt.request)
			require.NoError(t, err)
			answers := bufio.NewReader(conn)
			resp, err := http.ReadResponse(answers, nil)
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, resp.Body)
			require.NoError(t, err)
			assert.Equal(t, http.StatusNotFound, resp.StatusCode)
			assert.Equal(t, tt.closes, resp.Close)
			if tt.closes {
				_, err = answers.ReadByte()
				assert.ErrorIs(t, err, io.EOF)
				return
			}
			_, err = io.WriteString(conn, tt.request)
			require.NoError(t, err)
			resp, err = http.ReadResponse(answers, nil)
			require.NoError(t, err)
			assert.Equal(t, http.StatusNotFound, resp.StatusCode)
			assert.NoError(t, resp.Body.Close())
		})
	}
}
