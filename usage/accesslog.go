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
	attrs := [20]slog.Attr{
		slog.Time("start", e.Start),
		slog.String("remote", e.RemoteAddr),
		slog.String("method", e.Method),
		slog.String("host", bounded(e.Host, maxLogField)),
		slog.String("path", bounded(RedactQuery(e.Path), maxLogPath)),
		slog.Int("status", e.Status),
		slog.Int64("received", e.BytesReceived),
		slog.Int64("sent", e.BytesSent),
		slog.Float64("ms", milliseconds(e.Duration)),
		slog.Float64("firstByteMs", milliseconds(e.FirstByte)),
	}
	list := attrs[:10]
	for _, f := range [...]struct{ name, value string }{
		{"userAgent", e.UserAgent}, {"requestId", e.RequestID}, {"protocol", e.Protocol}, {"operation", e.Operation},
		{"bucket", e.Bucket}, {"key", e.Key}, {"owner", e.Owner}, {"user", e.User}, {"error", e.ErrorCode},
	} {
		if f.value == "" {
			continue
		}
		limit := maxLogField
		if f.name == "key" {
			limit = maxLogPath
		}
		list = append(list, slog.String(f.name, bounded(f.value, limit)))
	}
	// Not by way of the Logger, which would look up the line of code that calls.
	r := slog.NewRecord(e.Start.Add(e.Duration), slog.LevelInfo, "request", 0)
	r.AddAttrs(list...)
	_ = a.log.Handler().Handle(ctx, r) // as a Logger, which has nobody to tell
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func bounded(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return s[:limit] + "..."
}
