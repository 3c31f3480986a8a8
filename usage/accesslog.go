package usage

import (
	"context"
	"log/slog"
	"time"
)

// Bounds, in bytes, of what a client can put into one line of an access log.
const (
	maxLogPath  = 4096
	maxLogField = 512
)

// logMessage is the message of each record.
const logMessage = "request"

// AccessLog returns a Sink that logs each request as one record of level Info
// with the message "request". What would let a reader of the log act as the
// caller (signatures, tokens, secrets in the query) is replaced; see
// [RedactQuery].
func AccessLog(l *slog.Logger) Sink { return &accessLog{l} }

type accessLog struct{ log *slog.Logger }

func (a *accessLog) Record(e *Entry) {
	ctx := context.Background()
	if !a.log.Enabled(ctx, slog.LevelInfo) {
		return
	}
	var line slogLine
	e.describe(&line)
	// Not by way of the Logger, which would look up the line of code that calls.
	r := slog.NewRecord(e.ended(), slog.LevelInfo, logMessage, 0)
	r.AddAttrs(line.attrs[:line.n]...)
	_ = a.log.Handler().Handle(ctx, r) // as a Logger, which has nobody to tell
}

// line takes the fields of a request, in the order of the log.
type line interface {
	time(name string, t time.Time)
	text(name, value string)
	number(name string, n int64)
	milliseconds(name string, d time.Duration)
}

// maxLogFields is how many fields describe has at most.
const maxLogFields = 19

// describe gives a line the fields of the request.
func (e *Entry) describe(l line) {
	l.time("start", e.Start)
	l.text("remote", e.RemoteAddr)
	l.text("method", e.Method)
	l.text("host", bounded(e.Host, maxLogField))
	l.text("path", bounded(RedactQuery(e.Path), maxLogPath))
	l.number("status", int64(e.Status))
	l.number("received", e.BytesReceived)
	l.number("sent", e.BytesSent)
	l.milliseconds("ms", e.Duration)
	l.milliseconds("firstByteMs", e.FirstByte)
	for _, f := range [...]struct {
		name, value string
		limit       int
	}{
		{"userAgent", e.UserAgent, maxLogField}, {"requestId", e.RequestID, maxLogField}, {"protocol", e.Protocol, maxLogField},
		{"operation", e.Operation, maxLogField}, {"bucket", e.Bucket, maxLogField}, {"key", e.Key, maxLogPath},
		{"owner", e.Owner, maxLogField}, {"user", e.User, maxLogField}, {"error", e.ErrorCode, maxLogField},
	} {
		if f.value != "" {
			l.text(f.name, bounded(f.value, f.limit))
		}
	}
}

// ended is when the request was over.
func (e *Entry) ended() time.Time { return e.Start.Add(e.Duration) }

// inMilliseconds drops what is below a microsecond.
func inMilliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func bounded(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return s[:limit] + "..."
}

// slogLine collects the attributes of a record.
type slogLine struct {
	attrs [maxLogFields]slog.Attr
	n     int
}

func (l *slogLine) add(a slog.Attr) {
	l.attrs[l.n] = a
	l.n++
}

func (l *slogLine) time(name string, t time.Time) { l.add(slog.Time(name, t)) }
func (l *slogLine) text(name, value string)       { l.add(slog.String(name, value)) }
func (l *slogLine) number(name string, n int64)   { l.add(slog.Int64(name, n)) }

func (l *slogLine) milliseconds(name string, d time.Duration) {
	l.add(slog.Float64(name, inMilliseconds(d)))
}
