package server

import (
	"io"
	"sync"
	"time"
)

// maxPendingLog bounds the log that waits to be written, in bytes; who logs
// beyond it waits too.
const maxPendingLog = 1 << 20

// logPause is how long lines are gathered after a write. A write of each few
// lines, as they come, took 4 % of the processor time of small requests.
const logPause = 10 * time.Millisecond

// logWriter writes what others log from a goroutine of its own: a request does
// not wait for the log, and under load many lines go out at once.
type logWriter struct {
	w       io.Writer
	after   func(time.Duration) <-chan time.Time // time.After
	closing chan struct{}
	done    chan struct{}

	mu      sync.Mutex
	changed sync.Cond // pending or closed has changed
	pending []byte
	closed  bool
}

func newLogWriter(w io.Writer, after func(time.Duration) <-chan time.Time) *logWriter {
	l := &logWriter{w: w, after: after, closing: make(chan struct{}), done: make(chan struct{})}
	l.changed.L = &l.mu
	go l.run()
	return l
}

// Write implements [io.Writer]. It keeps no part of p and never fails; what
// cannot be written is lost.
func (l *logWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.pending) > maxPendingLog && !l.closed {
		l.changed.Wait()
	}
	if l.closed {
		l.mu.Unlock()
		<-l.done // what is pending comes first
		l.mu.Lock()
		return l.w.Write(p)
	}
	if l.pending = append(l.pending, p...); len(l.pending) == len(p) {
		l.changed.Broadcast()
	}
	return len(p), nil
}

// run is the goroutine that writes.
func (l *logWriter) run() {
	defer close(l.done)
	var writing []byte
	for {
		l.mu.Lock()
		for len(l.pending) == 0 && !l.closed {
			l.changed.Wait()
		}
		if len(l.pending) == 0 {
			l.mu.Unlock()
			return
		}
		writing, l.pending = l.pending, writing[:0]
		l.changed.Broadcast()
		l.mu.Unlock()
		_, _ = l.w.Write(writing) // there is nobody to tell
		select {
		case <-l.after(logPause):
		case <-l.closing:
		}
	}
}

// close writes what is pending. Later writes are not held back.
func (l *logWriter) close() {
	l.mu.Lock()
	l.closed = true
	l.changed.Broadcast()
	l.mu.Unlock()
	close(l.closing)
	<-l.done
}
