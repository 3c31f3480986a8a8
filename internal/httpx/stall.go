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
			g := &stallGuard{w: w, ctl: http.NewResponseController(w), after: after, now: now, timers: r.ProtoMajor == 2}
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

	// stallHeld is how many bytes of an answer net/http holds back for sure
	// until the handler has ended or flushes.
	stallHeld = 2 << 10

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

	timers bool // a deadline ends the stream also when nobody waits (HTTP/2)

	unread    time.Duration // how long to wait for what is left of the body; 0: nothing is
	armedRead time.Time     // when the read deadline was last moved
	fixed     bool          // the handler has set one

	written    int64
	armedWrite time.Time // when the write deadline was last moved
}

// reading moves the read deadline, at most a few times in its length.
func (g *stallGuard) reading(t time.Time) {
	if !g.fixed && (g.armedRead.IsZero() || t.Sub(g.armedRead) > g.after/8) {
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

// writing is called before anything that waits for the client to take bytes.
// Before the first of an answer, net/http may wait for the rest of the body.
func (g *stallGuard) writing() {
	t := g.now()
	if g.unread > 0 {
		g.reading(t)
	}
	if g.armedWrite.IsZero() || t.Sub(g.armedWrite) > g.after/8 {
		_ = g.ctl.SetWriteDeadline(t.Add(g.after + g.unread))
		g.armedWrite = t
	}
}

// wrote is called after it: the handler may take its time. net/http, which has
// read the rest of the body by now, looks whether the client goes away.
func (g *stallGuard) wrote() {
	if g.unread > 0 && !g.fixed {
		_ = g.ctl.SetReadDeadline(time.Time{})
		g.armedRead = time.Time{}
	}
	if g.timers {
		_ = g.ctl.SetWriteDeadline(time.Time{})
		g.armedWrite = time.Time{}
	}
}

// SetReadDeadline sets the deadline for the rest of the body, whether bytes move
// or not.
func (g *stallGuard) SetReadDeadline(t time.Time) error {
	g.fixed = true
	return g.ctl.SetReadDeadline(t)
}

// release sets deadlines for what net/http does behind the handler: it sends what
// it has held back, waits for the rest of the body, and ends the deadlines.
func (g *stallGuard) release() { g.writing() }

func (g *stallGuard) Header() http.Header { return g.w.Header() }

func (g *stallGuard) WriteHeader(status int) { g.w.WriteHeader(status) }

func (g *stallGuard) Write(p []byte) (int, error) {
	done := 0
	for {
		piece := p[done:min(len(p), done+stallPiece)]
		n, err := g.writePiece(piece)
		if done += n; err != nil || done == len(p) {
			return done, err
		}
	}
}

func (g *stallGuard) writePiece(p []byte) (int, error) {
	if g.written += int64(len(p)); g.written <= stallHeld {
		return g.w.Write(p)
	}
	g.writing()
	defer g.wrote()
	return g.w.Write(p)
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
		g.writing()
		n, err := to.ReadFrom(&io.LimitedReader{R: limit.R, N: piece})
		g.wrote()
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
	g.writing()
	_ = g.ctl.Flush()
	g.wrote()
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
	b.g.reading(b.g.now())
	n, err := b.ReadCloser.Read(p)
	switch b.err = err; err {
	case nil:
	case io.EOF:
		b.g.ended()
	default:
		b.g.unread = 0 // the deadline, which may be over, stays
	}
	return n, err
}

// Close may wait for the rest of the body.
func (b *stallBody) Close() error {
	if b.g.unread > 0 {
		b.g.reading(b.g.now())
	}
	err := b.ReadCloser.Close()
	if b.err = http.ErrBodyReadAfterClose; err == nil {
		b.g.ended()
	} else {
		b.g.unread = 0
	}
	return err
}
