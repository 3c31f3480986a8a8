package usage_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/usage"
)

// bothLogs returns what a request is in the two access logs.
func bothLogs(e *usage.Entry) (bySlog, byUs string) {
	var want, got bytes.Buffer
	usage.AccessLog(slog.New(slog.NewJSONHandler(&want, nil))).Record(e)
	usage.JSONAccessLog(&got).Record(e)
	return want.String(), got.String()
}

func TestJSONAccessLogIsThatOfSlog(t *testing.T) {
	full := usage.Entry{
		Start: time.Date(2026, 11, 29, 1, 2, 3, 456789012, time.UTC), Duration: 1234567 * time.Nanosecond, FirstByte: time.Microsecond,
		Method: "GET", Host: "h:9000", Path: "/b/k%20?X-Amz-Signature=abc&x=1", RemoteAddr: "[::1]:1234", UserAgent: "x/1 (y; z)",
		Status: 206, BytesReceived: 1 << 40, BytesSent: 5, RequestID: "0123456789ABCDEF", Protocol: "s3", Operation: "GetObject",
		Bucket: "t:b", Key: "k", Owner: "o", User: "u", ErrorCode: "NoSuchKey",
	}
	with := func(change func(*usage.Entry)) *usage.Entry {
		e := full
		change(&e)
		return &e
	}
	tests := []struct {
		explanation string
		entry       *usage.Entry
	}{
		{"all fields", &full},
		{"no field but the time", &usage.Entry{Start: time.Unix(1e9, 0)}},
		{"quotes and backslashes end no string", with(func(e *usage.Entry) { e.Key = `"}\,"` })},
		{"controls begin no line", with(func(e *usage.Entry) { e.Key = "\x00\x01\b\t\n\v\f\r\x1f\x7f" })},
		{"ends of lines of JavaScript", with(func(e *usage.Entry) { e.Key = "a\u2028b\u2029" })},
		{"characters beyond ASCII stay", with(func(e *usage.Entry) { e.Key = "ä日本\U0001F600" })},
		{"bytes that are not UTF-8", with(func(e *usage.Entry) { e.UserAgent = "\xff\xc3(\xe2\x80" })},
		{"the replacement character itself", with(func(e *usage.Entry) { e.Key = "\ufffd" })},
		{"nothing is made safe for HTML", with(func(e *usage.Entry) { e.Key = "<a>&" })},
		{"what is too long is cut", with(func(e *usage.Entry) { e.Key = strings.Repeat("k", 5000); e.Path = e.Key })},
		{"cut within a character", with(func(e *usage.Entry) { e.Owner = strings.Repeat("x", 511) + "ä" })},
		{"a request of a day", with(func(e *usage.Entry) { e.Duration = 24*time.Hour + time.Microsecond })},
		{"a clock that went back", with(func(e *usage.Entry) { e.Duration = -1500 * time.Microsecond })},
		{"a zone", with(func(e *usage.Entry) { e.Start = e.Start.In(time.FixedZone("x", -5400)) })},
	}
	for _, tt := range tests {
		want, got := bothLogs(tt.entry)
		assert.Equal(t, want, got, tt.explanation)
	}
}

func FuzzJSONAccessLog(f *testing.F) {
	f.Add("key", int64(1), int64(1e9))
	f.Add("\xff\u2028\"\\\n<", int64(-1), int64(1<<62))
	f.Fuzz(func(t *testing.T, text string, n, start int64) {
		e := &usage.Entry{
			Start: time.Unix(start%253402300799, n%1e9).UTC(), Duration: time.Duration(n), BytesSent: n, Key: text, Path: text, Host: text,
		}
		if y := e.Start.Add(e.Duration).Year(); y < 0 || y > 9999 || e.Start.Year() < 0 || e.Start.Add(e.Duration).IsZero() {
			t.Skip("no time that JSON can tell, or none")
		}
		want, got := bothLogs(e)
		if want != got {
			t.Errorf("\n%s%s", want, got)
		}
	})
}

// Lines of requests that end at the same time do not mix.
func TestJSONAccessLogConcurrency(t *testing.T) {
	var out lockedBuffer
	log := usage.JSONAccessLog(&out)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 100 {
				log.Record(&usage.Entry{Key: "key", Start: time.Unix(1, 0).UTC()})
			}
		})
	}
	wg.Wait()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	assert.Len(t, lines, 800)
	for _, l := range lines {
		assert.Equal(t, lines[0], l)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}
