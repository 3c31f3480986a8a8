package control

import (
	"context"
	"io"
	"net"
	"sync"
	"time"
)

// call is one run of a tool.
type call struct {
	conn    *net.UnixConn
	timeout time.Duration      // of one piece of the answer
	stop    context.CancelFunc // of the tool's context

	mu     sync.Mutex // of what follows
	failed error      // of the first piece that could not be sent
}

// watch ends the tool's context when the client goes away, or sends anything
// more, which it must not.
func (c *call) watch() {
	_ = c.conn.SetReadDeadline(time.Time{}) // as above
	_, _ = c.conn.Read(make([]byte, 1))
	c.stop()
}

// refuse tells a client why its tool does not run, if it is still there.
func (c *call) refuse(why string) { _ = c.send(frameRefused, []byte(why)) }

// send sends one piece of the answer. After one that failed there are no more.
func (c *call) send(kind frame, content []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failed != nil {
		return c.failed
	}
	_ = c.conn.SetWriteDeadline(time.Now().Add(c.timeout)) // as above
	c.failed = writeFrame(c.conn, kind, content)
	return c.failed
}

// stream sends what a tool writes.
type stream struct {
	call *call
	kind frame
}

var _ io.Writer = stream{}

func (w stream) Write(p []byte) (int, error) {
	done := 0
	for done < len(p) {
		n := min(len(p)-done, maxFrame)
		if err := w.call.send(w.kind, p[done:done+n]); err != nil {
			w.call.stop()
			return done, err
		}
		done += n
	}
	return done, nil
}
