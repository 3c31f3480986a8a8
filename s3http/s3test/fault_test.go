package s3test_test

import (
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/s3http/s3test"
)

func TestFaultSelection(t *testing.T) {
	const bad = 503
	for _, c := range []struct {
		why   string
		fault s3test.Fault
		want  [5]int // statuses of: PUT a, GET a, GET a, GET b, GET a
	}{
		{"every request", s3test.Fault{}, [5]int{bad, bad, bad, bad, bad}},
		{"one operation", s3test.Fault{Operation: "GetObject"}, [5]int{200, bad, bad, bad, bad}},
		{"one key", s3test.Fault{Operation: "GetObject", Key: "b"}, [5]int{200, 200, 200, bad, 200}},
		{"another bucket", s3test.Fault{Bucket: "other"}, [5]int{200, 200, 200, 404, 200}},
		{"only once", s3test.Fault{Operation: "GetObject", Times: 1}, [5]int{200, bad, 200, 404, 200}},
		{"the second and third", s3test.Fault{Operation: "GetObject", Skip: 1, Times: 2}, [5]int{200, 200, bad, bad, 200}},
	} {
		t.Run(c.why, func(t *testing.T) {
			s := withBucket(t)
			c.fault.Status, c.fault.Code = bad, "SlowDown"
			remove := s.Inject(c.fault)
			var got [5]int
			for i, r := range [5]string{"PUT /photos/a", "GET /photos/a", "GET /photos/a", "GET /photos/b", "GET /photos/a"} {
				method, path, _ := strings.Cut(r, " ")
				got[i] = do(t, s, method, path, strings.Repeat("x", len(method)-3)).status
			}
			assert.Equal(t, c.want, got)
			remove()
			assert.Equal(t, 200, do(t, s, "PUT", "/photos/a", "").status, "removed, it is gone")
		})
	}
}

func TestFaultAnswer(t *testing.T) {
	s := withBucket(t)
	s.Inject(s3test.Fault{Operation: "PutObject", Status: 503, Code: "SlowDown", Message: "Please <reduce> your rate.", Times: 1})
	got := do(t, s, "PUT", "/photos/a", "x")
	assert.Equal(t, 503, got.status)
	assert.Contains(t, got.body, "<Error><Code>SlowDown</Code><Message>Please &lt;reduce&gt; your rate.</Message></Error>")
	assert.Equal(t, []string{"PutObject photos/a 503 SlowDown"}, lines(s))
	assert.Equal(t, 404, do(t, s, "GET", "/photos/a", "").status, "a refused write has no effect")

	s.Inject(s3test.Fault{Operation: "GetObject", Status: 500})
	assert.Contains(t, do(t, s, "GET", "/photos/a", "").body, "<Code>InternalError</Code>")
}

func TestFaultsInTurn(t *testing.T) {
	s := withBucket(t)
	s.Inject(s3test.Fault{Status: 500, Times: 1})
	s.Inject(s3test.Fault{Status: 503, Times: 1})
	assert.Equal(t, 500, do(t, s, "GET", "/photos", "").status)
	assert.Equal(t, 503, do(t, s, "GET", "/photos", "").status)
	assert.Equal(t, 200, do(t, s, "GET", "/photos", "").status)
}

func TestHold(t *testing.T) {
	s := withBucket(t)
	hold := make(chan struct{})
	s.Inject(s3test.Fault{Operation: "PutObject", Hold: hold})
	done := make(chan int)
	go func() { done <- do(t, s, "PUT", "/photos/a", "x").status }()
	require.Equal(t, 404, do(t, s, "GET", "/photos/a", "").status, "others go on meanwhile")
	close(hold)
	assert.Equal(t, 200, <-done)
	assert.Equal(t, 200, do(t, s, "GET", "/photos/a", "").status)
}

func TestDelayEndsWithTheClock(t *testing.T) {
	s := withBucket(t)
	s.Inject(s3test.Fault{Delay: time.Hour})
	done := make(chan int, 1)
	go func() { done <- signedAt(t, s, time.Now()) }()
	for {
		s.Clock.Advance(time.Hour) // until the request has come that far
		select {
		case status := <-done:
			assert.Equal(t, 200, status)
			return
		default:
		}
	}
}

func TestCut(t *testing.T) {
	for _, c := range []struct {
		why  string
		size int
		cut  int64
		want int // bytes that arrive
	}{
		{"in the middle", 100, 40, 40},
		{"behind the first buffers", 1 << 20, 1<<19 + 1, 1<<19 + 1},
		{"behind the end is no cut", 100, 200, 100},
	} {
		t.Run(c.why, func(t *testing.T) {
			s := withBucket(t)
			require.Equal(t, 200, do(t, s, "PUT", "/photos/a", strings.Repeat("x", c.size)).status)
			s.Inject(s3test.Fault{Operation: "GetObject", CutAfter: c.cut})
			got := do(t, s, "GET", "/photos/a", "")
			assert.Equal(t, 200, got.status)
			assert.Len(t, got.body, c.want)
			if c.want < c.size {
				assert.ErrorIs(t, got.err, io.ErrUnexpectedEOF)
			} else {
				assert.NoError(t, got.err)
			}
		})
	}
}

func TestDroppedConnection(t *testing.T) {
	s := withBucket(t)
	s.Inject(s3test.Fault{Operation: "DeleteBucket", CutAfter: -1})
	r, err := s.Request(t.Context(), "DELETE", "/photos", nil)
	require.NoError(t, err)
	_, err = s.Do(r)
	assert.Error(t, err)
}
