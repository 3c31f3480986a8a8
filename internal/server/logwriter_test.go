package server

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// gatedWriter lets one write through for each value in open.
type gatedWriter struct {
	open   chan struct{}
	writes int
	bytes.Buffer
}

func (w *gatedWriter) Write(p []byte) (int, error) {
	<-w.open
	w.writes++
	return w.Buffer.Write(p)
}

// instantly is a clock for which no time passes.
func instantly(time.Duration) <-chan time.Time {
	c := make(chan time.Time)
	close(c)
	return c
}

func TestLogWriter(t *testing.T) {
	out := &gatedWriter{open: make(chan struct{})}
	l := newLogWriter(out, instantly)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 100 {
				n, err := fmt.Fprintf(l, "%d-%d\n", i, j)
				assert.NoError(t, err)
				assert.Positive(t, n)
			}
		})
	}
	all.Wait() // nobody waits for the output
	close(out.open)
	l.close()
	assert.LessOrEqual(t, out.writes, 2, "lines go out together")
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Len(t, lines, 800)
	last := map[string]string{}
	for _, line := range lines {
		who, n, _ := strings.Cut(line, "-")
		assert.Equal(t, fmt.Sprint(len(strings.Fields(last[who]))), n, "the lines of one writer stay in order")
		last[who] += " " + n
	}
	_, err := l.Write([]byte("late\n"))
	require.NoError(t, err)
	assert.True(t, strings.HasSuffix(out.String(), "late\n"), "after the end, lines go out by themselves")
}

// A busy server writes its log in some hundred writes a second, however many
// lines there are.
func TestLogWriterGathers(t *testing.T) {
	out := &gatedWriter{open: make(chan struct{})}
	close(out.open)
	pausing, resume := make(chan time.Duration), make(chan time.Time)
	l := newLogWriter(out, func(d time.Duration) <-chan time.Time { pausing <- d; return resume })
	_, _ = l.Write([]byte("first\n"))
	assert.Equal(t, logPause, <-pausing)
	assert.Equal(t, "first\n", out.String(), "the first line goes out at once")
	for range 50 {
		_, _ = l.Write([]byte("more\n"))
	}
	resume <- time.Time{}
	<-pausing
	assert.Equal(t, 2, out.writes)
	assert.Equal(t, "first\n"+strings.Repeat("more\n", 50), out.String())
	l.close() // does not wait for the pause to end
}

func TestLogWriterIsBounded(t *testing.T) {
	out := &gatedWriter{open: make(chan struct{})}
	l := newLogWriter(out, instantly)
	line := bytes.Repeat([]byte("x"), 64<<10)
	written := make(chan struct{})
	const lines = 100
	go func() {
		defer close(written)
		for range lines {
			_, _ = l.Write(line)
		}
	}()
	for open := true; open; {
		select {
		case out.open <- struct{}{}:
		case <-written:
			open = false
		}
		l.mu.Lock()
		assert.LessOrEqual(t, len(l.pending), maxPendingLog+len(line))
		l.mu.Unlock()
	}
	close(out.open)
	l.close()
	assert.Equal(t, lines*len(line), out.Len(), "nothing is lost")
}
