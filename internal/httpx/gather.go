package httpx

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

// gatherSize is the longest write that is held back. net/http writes when its
// buffer of 4 KiB is full; TLS makes a record of that.
const gatherSize = 4<<10 + 256

// GatherListener returns a listener whose TCP connections can send a header and
// its body in one piece; see [Gather]. A call on them may end by its deadline up
// to an eighth of its time early. Other connections stay as they are.
func GatherListener(l net.Listener) net.Listener { return &gatherListener{Listener: l} }

type gatherListener struct {
	net.Listener
	buffers sync.Pool // of *[gatherSize]byte
}

func (l *gatherListener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if tcp, ok := c.(*net.TCPConn); ok {
		g := &gatherConn{TCPConn: tcp}
		g.reads.set, g.writes.set = tcp.SetReadDeadline, tcp.SetWriteDeadline
		g.gathering.to, g.gathering.buffers = tcp, &l.buffers
		return g, err
	}
	return c, err
}

type gatherKey struct{}

// GatherContext makes the connections of a [GatherListener] known to the
// handlers of an http.Server, whose ConnContext it is.
func GatherContext(ctx context.Context, c net.Conn) context.Context {
	if outer, ok := c.(interface{ NetConn() net.Conn }); ok { // TLS
		c = outer.NetConn()
	}
	if g, ok := c.(*gatherConn); ok {
		return context.WithValue(ctx, gatherKey{}, &g.gathering)
	}
	return ctx
}

// Gather begins the gathering of an answer whose status allows a body and whose
// body is not empty. It is called before the first byte of that is written, with
// nothing flushed; End follows after the first Write or ReadFrom, and the handler
// then returns soon.
//
// net/http gives its connection what fills 4 KiB, so that a header and a body of
// a few KiB take two writes, and wake the client twice. The first of them is held
// back and goes out with the second. That there is a second is certain: in the
// middle of a Write, net/http writes to the connection when it has more than its
// buffer takes, and in the middle of ReadFrom it goes on with the file.
func Gather(r *http.Request) *Gathering {
	if r.ProtoMajor != 1 || r.Method == http.MethodHead {
		return nil
	}
	g, _ := r.Context().Value(gatherKey{}).(*Gathering)
	if g != nil {
		g.armed.Store(true)
	}
	return g
}

// Gathering holds back one write to a connection until the next. Gather and End
// are for the goroutine that writes the answers of an HTTP/1 connection; TLS may
// write in others, one at a time.
type Gathering struct {
	to      io.Writer
	buffers *sync.Pool
	armed   atomic.Bool // the next write is held back, unless it is too long
	held    *[gatherSize]byte
	n       int // bytes of held
}

// End lets later writes pass; nil is allowed.
func (g *Gathering) End() {
	if g != nil {
		g.armed.Store(false)
	}
}

// write writes p behind what is held back, or holds it back.
func (g *Gathering) write(p []byte) (int, error) {
	first := g.armed.Swap(false) // after one that was too long, the next may be the last
	switch {
	case g.held != nil:
		held := g.held
		pieces := net.Buffers{held[:g.n], p}
		sent, err := pieces.WriteTo(g.to)
		n := max(0, int(sent)-g.n)
		g.held = nil
		g.buffers.Put(held)
		return n, err
	case first && len(p) <= gatherSize:
		g.held, _ = g.buffers.Get().(*[gatherSize]byte)
		if g.held == nil {
			g.held = new([gatherSize]byte)
		}
		g.n = copy(g.held[:], p)
		return g.n, nil
	}
	return g.to.Write(p)
}

// gatherConn is used like any connection.
type gatherConn struct {
	*net.TCPConn
	gathering     Gathering
	reads, writes lazyDeadline
}

func (c *gatherConn) SetReadDeadline(t time.Time) error { return c.reads.ask(t) }

func (c *gatherConn) SetWriteDeadline(t time.Time) error { return c.writes.ask(t) }

func (c *gatherConn) SetDeadline(t time.Time) error {
	return errors.Join(c.reads.ask(t), c.writes.ask(t))
}

func (c *gatherConn) Read(p []byte) (int, error) {
	c.reads.begin()
	defer c.reads.end()
	return c.TCPConn.Read(p)
}

func (c *gatherConn) WriteTo(w io.Writer) (int64, error) {
	c.reads.begin()
	defer c.reads.end()
	return c.TCPConn.WriteTo(w)
}

func (c *gatherConn) Write(p []byte) (int, error) {
	c.writes.begin()
	defer c.writes.end()
	return c.gathering.write(p)
}

// ReadFrom may use sendfile.
func (c *gatherConn) ReadFrom(r io.Reader) (int64, error) {
	c.writes.begin()
	defer c.writes.end()
	if c.gathering.held != nil {
		if _, err := c.gathering.write(nil); err != nil {
			return 0, err
		}
	}
	return c.TCPConn.ReadFrom(r)
}
