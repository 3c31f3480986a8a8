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
	Counter   string // UTAPI's name without "s3:", for example "GetObject"; "" = not counted there
	Bucket    string // "tenant:name" or "name"; "" where there is none
	Key       string
	Owner     string // full name of the bucket's owner
	User      string // full name of the caller; "" is anonymous
	Subuser   string // name of the subuser whose key it was; "" = the user's own
	Payer     string // full name of who pays in the owner's place; "" is the owner
	ErrorCode string // code of the error answer; "" is success

	// Incarnation is how many buckets had the name of Bucket before this one.
	Incarnation uint64

	// ObjectReceived and ObjectSent are bytes of objects' data alone: what was
	// taken from the body without framing and form fields, and what was sent of
	// an object, however the answer ended.
	ObjectReceived, ObjectSent int64

	// Log is set when the bucket's owner wants its requests written to a
	// bucket; nil = nowhere.
	Log *BucketLog
}

// BucketLog says where an entry is to be written, and what such a log tells
// beyond it (S3: "Amazon S3 server access log format").
type BucketLog struct {
	TargetBucket string // its name; it is of the tenant of the bucket
	Prefix       string // of the names of log objects

	// Partition is how log objects are laid out: [PartitionNone] by prefix
	// alone, otherwise by owner, region, bucket and the day of the event or of
	// the delivery.
	Partition LogPartition

	Region           string
	Referer, Proto   string // "HTTP/1.1"
	HostID           string
	VersionID        string // that the request named
	ObjectSize       int64  // bytes; 0 = not known
	SignatureVersion string // "SigV4", "SigV2"; "" = none
	AuthType         string // "AuthHeader", "QueryString", "POST"; "" = none
	TLSVersion       string // "TLSv1.3"; "" = none
	TLSCipher        string
}

// LogPartition is a layout of log objects.
type LogPartition string

// Layouts, as S3 spells the sources of their dates.
const (
	PartitionNone         LogPartition = ""
	PartitionEventTime    LogPartition = "EventTime"
	PartitionDeliveryTime LogPartition = "DeliveryTime"
)

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
