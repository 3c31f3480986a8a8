package httpx

import (
	"io"
	"net/http"
	"time"
)

// Stall returns a middleware that gives up on a client from which, or to which,
// no bytes move for the given time: reading the body or writing the answer then
// fails with a timeout. A transfer may take any time as long as it goes on. now
// is the clock of the connections' deadlines, time.Now outside of tests.
//
// It also bounds how long net/http waits for a body that the handler did not read
// to its end: for up to 256 KiB it does so before it answers.
func Stall(after time.Duration, now func() time.Time) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			g := &stallGuard{w: w, ctl: http.NewResponseController(w), after: after, now: now}
			if r.Body != nil && r.Body != http.NoBody {
				g.unread = after
				if r.Header.Get("Expect") != "" {
					g.unread = min(after, stallUnasked)
				}
				// The server looks at the body of its own request: without it, it
				// waits for the body of a client that waits for 100 Continue.
				r = r.WithContext(r.Context())
				r.Body = &stallBody{ReadCloser: r.Body, g: g}
			}
			defer g.release()
			next.ServeHTTP(g, r)
		})
	}
}

const (
	// stallPiece is how many bytes of an answer share one deadline.
	stallPiece = 1 << 20

	// stallFree is how many bytes are written without a deadline: they fit in
	// the buffers of a connection.
	stallFree = 32 << 10

	// stallUnasked is how long an answered client may send a body that it was
	// not asked for (RFC 9110, 10.1.1).
	stallUnasked = 5 * time.Second
)

// stallGuard is the writer of one answer, and keeps the deadlines of its
// connection.
type stallGuard struct {
	w     http.ResponseWriter
	ctl   *http.ResponseController
	after time.Duration
	now   func() time.Time

	unread    time.Duration // how long to wait for what is left of the body; 0: nothing is
	armedRead time.Time     // when the read deadline was last moved
	fixed     bool          // the handler has set one

	written int64
	writing bool // there is a write deadline
}

// reading moves the read deadline, at most a few times in its length.
func (g *stallGuard) reading() {
	if t := g.now(); !g.fixed && (g.armedRead.IsZero() || t.Sub(g.armedRead) > g.after/8) {
		_ = g.ctl.SetReadDeadline(t.Add(g.unread)) // not supported: no deadline
		g.armedRead = t
	}
}

// ended ends the watch over the body. A deadline that stayed would end the
// request while its handler works.
func (g *stallGuard) ended() {
	if g.unread = 0; !g.armedRead.IsZero() || g.fixed {
		_ = g.ctl.SetReadDeadline(time.Time{})
	}
}

// answering is called before anything behind which the server may wait for the
// rest of the body.
func (g *stallGuard) answering() {
	if g.unread > 0 {
		g.reading()
	}
}

// SetReadDeadline sets the deadline for the rest of the body, whether bytes move
// or not.
func (g *stallGuard) SetReadDeadline(t time.Time) error {
	g.fixed = true
	return g.ctl.SetReadDeadline(t)
}

// wrote counts n bytes that are about to be written.
func (g *stallGuard) wrote(n int64) {
	g.answering()
	if g.written += n; g.written > stallFree {
		_ = g.ctl.SetWriteDeadline(g.now().Add(g.after))
		g.writing = true
	}
}

// release leaves the connection to its next request as it was.
func (g *stallGuard) release() {
	g.answering()
	if g.writing {
		_ = g.ctl.SetWriteDeadline(time.Time{})
	}
}

func (g *stallGuard) Header() http.Header { return g.w.Header() }

func (g *stallGuard) WriteHeader(status int) { g.w.WriteHeader(status) }

func (g *stallGuard) Write(p []byte) (int, error) {
	done := 0
	for {
		piece := p[done:min(len(p), done+stallPiece)]
		g.wrote(int64(len(piece)))
		n, err := g.w.Write(piece)
		if done += n; err != nil || done == len(p) {
			return done, err
		}
	}
}

// ReadFrom copies src in pieces, through the server's own ReadFrom, which may
// use sendfile for an [io.LimitedReader] of a file.
func (g *stallGuard) ReadFrom(src io.Reader) (int64, error) {
	to, ok := g.w.(io.ReaderFrom)
	if !ok {
		return io.Copy(struct{ io.Writer }{g}, src)
	}
	limit, limited := src.(*io.LimitedReader)
	if !limited {
		limit = &io.LimitedReader{R: src, N: 1<<63 - 1}
	}
	var done int64
	for limit.N > 0 {
		piece := min(limit.N, stallPiece)
		g.wrote(piece)
		n, err := to.ReadFrom(&io.LimitedReader{R: limit.R, N: piece})
		done += n
		limit.N -= n
		if err != nil || n < piece {
			return done, err
		}
	}
	return done, nil
}

// Flush implements [http.Flusher].
func (g *stallGuard) Flush() {
	g.answering()
	_ = g.ctl.Flush()
}

// Unwrap gives [http.ResponseController] the server's writer.
func (g *stallGuard) Unwrap() http.ResponseWriter { return g.w }

// stallBody watches the reading of a body.
type stallBody struct {
	io.ReadCloser
	g   *stallGuard
	err error // of the first read that failed: there is nothing to wait for
}

func (b *stallBody) Read(p []byte) (int, error) {
	if b.err != nil {
		return 0, b.err
	}
	if g := b.g; g.unread < g.after {
		g.unread, g.armedRead = g.after, time.Time{} // now it is asked for
	}
	b.g.reading()
	n, err := b.ReadCloser.Read(p)
	if b.err = err; err == io.EOF {
		b.g.ended()
	}
	return n, err
}

// Close may wait for the rest of the body.
func (b *stallBody) Close() error {
	b.g.answering()
	err := b.ReadCloser.Close()
	if err == nil {
		b.err = http.ErrBodyReadAfterClose
		b.g.ended()
	}
	return err
}
