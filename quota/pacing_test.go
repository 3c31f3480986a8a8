package quota_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/quota"
)

// timedWriter looks at the clock with each write.
type timedWriter struct {
	http.ResponseWriter
	wrote func(n int)
}

func (w timedWriter) Write(p []byte) (int, error) {
	w.wrote(len(p))
	return w.ResponseWriter.Write(p)
}

// A paced answer flows: at no time more has gone out than the bandwidth lets
// since the start and in one second, and it goes in pieces of a sensible size.
func TestPacingIsEven(t *testing.T) {
	const size = 300 << 10
	for _, c := range []struct {
		why   string
		rate  int64 // KiB a second
		piece int   // bytes
	}{
		{"no more than in a second", 1, 1 << 10},
		{"16 KiB at most", 100, 16 << 10},
	} {
		n := newLane(t, quota.LimiterOptions{}, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, size)) })
		n.set(quota.KindUser, "alice", func(l *quota.Limits) { l.BandwidthOut = c.rate })
		start, sent, writes := n.c.Now(), 0, 0
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("User", "alice")
		n.h.ServeHTTP(timedWriter{httptest.NewRecorder(), func(p int) {
			sent, writes = sent+p, writes+1
			due := float64(c.rate<<10) * (1 + n.c.Now().Sub(start).Seconds())
			assert.LessOrEqual(t, float64(sent), due+1, c.why)
			assert.LessOrEqual(t, p, c.piece, c.why)
		}}, r)
		assert.Equal(t, size, sent, c.why)
		assert.Equal(t, (size+c.piece-1)/c.piece, writes, c.why)
	}
}
