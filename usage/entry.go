package usage

import (
	"context"
	"time"
)

// Entry is what became of one request. A front end fills the members that only
// it knows while the request runs; the middleware fills the others and hands
// the entry to its sinks when the answer is out.
type Entry struct {
	// Filled by the middleware.
	Start         time.Time
	Duration      time.Duration
	FirstByte     time.Duration // from Start until the status was sent; 0 if never
	Method        string
	Host, Path    string // Path is as it was sent, with the query
	RemoteAddr    string
	UserAgent     string
	Status        int
	BytesReceived int64 // of the request's body, as sent on the wire
	BytesSent     int64 // of the answer's body

	// Filled by the front end.
	RequestID string
	Protocol  string // "s3", "swift", "admin", ...
	Operation string // the protocol's name, for example "GetObject"
	Category  string // RGW's usage category, for example "get_obj"
	Class     string // ostor's class: put, get, list, delete, other
	Bucket    string // "tenant:name" or "name"; "" where there is none
	Key       string
	Owner     string // full name of the bucket's owner
	User      string // full name of the caller; "" is anonymous
	Payer     string // full name of who pays in the owner's place; "" is the owner
	ErrorCode string // code of the error answer; "" is success
}

// Sink receives entries. Record must not block and must not keep e.
type Sink interface {
	Record(e *Entry)
}

type entryKey struct{}

// WithEntry returns a context that carries e.
func WithEntry(ctx context.Context, e *Entry) context.Context {
	return context.WithValue(ctx, entryKey{}, e)
}

// FromContext returns the entry of the request that ctx belongs to, or nil
// when no middleware is there. Only the request's goroutine may write to it.
func FromContext(ctx context.Context) *Entry {
	e, _ := ctx.Value(entryKey{}).(*Entry)
	return e
}
