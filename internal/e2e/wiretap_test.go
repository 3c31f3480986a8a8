package e2e

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// wiretap passes bytes between clients and a server, unchanged, and keeps them.
type wiretap struct {
	url string

	mu    sync.Mutex
	calls []*tapped // by connection
}

// tapped is what went over a connection.
type tapped struct {
	sent, received syncBuffer
	done           chan struct{} // closed when both sides have ended
}

// exchange is a request with its answer.
type exchange struct {
	raw     string // the request's bytes
	request *http.Request
	status  int
}

func tap(t *testing.T, s *server) *wiretap {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	w := &wiretap{url: "http://" + l.Addr().String()}
	target := strings.TrimPrefix(s.url, "http://")
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			server, err := net.Dial("tcp", target)
			if !assert.NoError(t, err) {
				client.Close()
				return
			}
			w.join(client, server)
		}
	}()
	return w
}

// join passes bytes on until both sides have ended.
func (w *wiretap) join(client, server net.Conn) {
	c := &tapped{done: make(chan struct{})}
	w.mu.Lock()
	w.calls = append(w.calls, c)
	w.mu.Unlock()
	copied := func(to, from net.Conn, kept *syncBuffer) {
		io.Copy(io.MultiWriter(kept, to), from)
		to.(*net.TCPConn).CloseWrite()
	}
	var both sync.WaitGroup
	both.Go(func() { copied(server, client, &c.sent) })
	both.Go(func() { copied(client, server, &c.received) })
	go func() {
		both.Wait()
		client.Close()
		server.Close()
		close(c.done)
	}()
}

// take returns the exchanges since the last call. It waits for clients to close
// their connections. A client that is refused may leave its body unfinished.
func (w *wiretap) take(t *testing.T) []exchange {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []exchange
	for _, c := range w.calls {
		<-c.done
		sent, received := c.sent.String(), bufio.NewReader(strings.NewReader(c.received.String()))
		for sent != "" {
			in := bytes.NewReader([]byte(sent))
			buffered := bufio.NewReaderSize(in, 16)
			r, err := http.ReadRequest(buffered)
			require.NoError(t, err)
			_, bodyErr := io.Copy(io.Discard, r.Body)
			n := len(sent) - in.Len() - buffered.Buffered()
			res, err := http.ReadResponse(received, r)
			require.NoError(t, err)
			_, err = io.Copy(io.Discard, res.Body)
			require.NoError(t, err)
			if res.StatusCode < 400 {
				require.NoError(t, bodyErr)
			}
			all = append(all, exchange{sent[:n], r, res.StatusCode})
			sent = sent[n:]
		}
	}
	w.calls = nil
	return all
}
