package bucketlog_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/bucketlog"
)

var now = time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC)

func open(t *testing.T, hooks ...objstore.Hook) *objstore.Store {
	t.Helper()
	st, err := objstore.Open(memengine.New(), &objstore.Options{SweepEvery: -1, Hooks: hooks})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, st.Close()) })
	create(t, st, objstore.BucketID{Name: "logs"}, "alice")
	return st
}

func create(t *testing.T, st *objstore.Store, id objstore.BucketID, owner string) {
	t.Helper()
	_, err := st.CreateBucket(t.Context(), id, &objstore.CreateBucketOptions{Owner: owner})
	require.NoError(t, err)
}

func deliver(t *testing.T, st *objstore.Store, change func(*bucketlog.Options)) *bucketlog.Delivery {
	t.Helper()
	o := &bucketlog.Options{Interval: -1, Now: func() time.Time { return now }}
	if change != nil {
		change(o)
	}
	d := bucketlog.New(st, o)
	t.Cleanup(func() { _ = d.Close() })
	return d
}

// entry is a complete one; start is when the request began.
func entry(start time.Time) *usage.Entry {
	return &usage.Entry{
		Start: start, Duration: 30 * time.Millisecond, FirstByte: 20 * time.Millisecond, Method: "GET", Host: "s3.test", Path: "/photos/a%20b?versionId=3&X-Amz-Signature=secret",
		RemoteAddr: "192.0.2.3:4711", UserAgent: `agent "1"`, Status: 200, BytesSent: 7, RequestID: "RID", Operation: "GetObject",
		Bucket: "photos", Key: "a b", Owner: "alice", User: "bob",
		Log: &usage.BucketLog{TargetBucket: "logs", Prefix: "p/", Region: "us-east-1", Referer: "http://r/", Proto: "HTTP/1.1", HostID: "HID", VersionID: "3",
			ObjectSize: 9, SignatureVersion: "SigV4", AuthType: "AuthHeader", TLSVersion: "TLSv1.3", TLSCipher: "TLS_AES_128_GCM_SHA256"},
	}
}

// objects returns what is in a bucket, by key.
func objects(t *testing.T, st *objstore.Store, id objstore.BucketID) map[string]string {
	t.Helper()
	b, err := st.Bucket(t.Context(), id)
	require.NoError(t, err)
	page, err := b.List(t.Context(), objstore.ListQuery{Limit: 100})
	require.NoError(t, err)
	out := map[string]string{}
	for _, o := range page.Objects {
		obj, err := b.Object(t.Context(), o.Key, nil)
		require.NoError(t, err)
		rd, err := obj.Open(t.Context())
		require.NoError(t, err)
		data, err := io.ReadAll(io.NewSectionReader(rd, 0, o.Size))
		require.NoError(t, err)
		require.NoError(t, rd.Close())
		require.NoError(t, obj.Close())
		out[o.Key] = string(data)
	}
	return out
}

func only(t *testing.T, m map[string]string) (key, value string) {
	t.Helper()
	require.Len(t, m, 1)
	for key, value = range m {
	}
	return key, value
}

func TestLine(t *testing.T) {
	st := open(t)
	d := deliver(t, st, nil)
	d.Record(&usage.Entry{Bucket: "photos"}) // not logged
	d.Record(entry(now))
	empty := &usage.Entry{Start: now, Method: "PUT", Status: 403, ErrorCode: "AccessDenied", Bucket: "photos", Owner: "alice", Log: &usage.BucketLog{TargetBucket: "logs", Prefix: "p/", Region: "us-east-1"}}
	d.Record(empty)
	require.NoError(t, d.Flush(t.Context()))
	key, lines := only(t, objects(t, st, objstore.BucketID{Name: "logs"}))
	assert.Regexp(t, `^p/2026-03-04-05-06-07-[0-9A-F]{16}$`, key)
	assert.Equal(t, `alice photos [04/Mar/2026:05:06:07 +0000] 192.0.2.3 bob RID REST.GET.OBJECT a%20b "GET /photos/a%20b?versionId=3&X-Amz-Signature=REDACTED HTTP/1.1" `+
		`200 - 7 9 30 20 "http://r/" "agent %221%22" 3 HID SigV4 TLS_AES_128_GCM_SHA256 AuthHeader s3.test TLSv1.3 - -`+"\n"+
		`alice photos [04/Mar/2026:05:06:07 +0000] - - - REST.PUT.BUCKET - "PUT" 403 AccessDenied - - 0 - "-" "-" - - - - - - - - -`+"\n", lines)
}

func TestOperations(t *testing.T) {
	st := open(t)
	d := deliver(t, st, nil)
	var want []string
	for _, tc := range []struct{ operation, method, key, want string }{
		{"PutObject", "PUT", "k", "REST.PUT.OBJECT"},
		{"CopyObject", "PUT", "k", "REST.COPY.OBJECT"},
		{"UploadPartCopy", "PUT", "k", "REST.COPY.PART"},
		{"ListObjectsV2", "GET", "", "REST.GET.BUCKET"},
		{"GetBucketVersioning", "GET", "", "REST.GET.VERSIONING"},
		{"TagResource", "POST", "", "REST.POST.TAGGING"},
		{"DeleteObjects", "POST", "", "REST.POST.MULTI_OBJECT_DELETE"},
		{"CreateMultipartUpload", "POST", "k", "REST.POST.UPLOADS"},
		{"GetPage", "GET", "", "WEBSITE.GET.OBJECT"},
		{"Preflight", "OPTIONS", "k", "REST.OPTIONS.PREFLIGHT"},
	} {
		e := entry(now)
		e.Operation, e.Method, e.Key = tc.operation, tc.method, tc.key
		d.Record(e)
		want = append(want, tc.want)
	}
	require.NoError(t, d.Flush(t.Context()))
	_, lines := only(t, objects(t, st, objstore.BucketID{Name: "logs"}))
	var got []string
	for line := range strings.Lines(lines) {
		got = append(got, strings.Fields(line)[7])
	}
	assert.Equal(t, want, got)
}

func TestHostileMembers(t *testing.T) {
	st := open(t)
	d := deliver(t, st, nil)
	e := entry(now)
	e.UserAgent, e.Log.Referer, e.Key, e.User, e.Path = "a\nb\"", "\r\nx", "k\nl m\x80", "u v", "/"+strings.Repeat("x", 10000)
	d.Record(e)
	require.NoError(t, d.Flush(t.Context()))
	_, lines := only(t, objects(t, st, objstore.BucketID{Name: "logs"}))
	assert.Equal(t, 1, strings.Count(lines, "\n"), "a client must not write lines of its own")
	assert.Equal(t, 6, strings.Count(lines, `"`), "nor end a member")
	assert.Contains(t, lines, " u%20v RID REST.GET.OBJECT k%0Al%20m%80 ")
	assert.Less(t, len(lines), 6000)
}

func TestPartitions(t *testing.T) {
	for _, tc := range []struct {
		why       string
		partition usage.LogPartition
		want      string
	}{
		{"by the day of the event", usage.PartitionEventTime, `^p/alice/us-east-1/photos/2026/03/01/2026-03-01-00-00-00-[0-9A-F]{16}$`},
		{"by the day of the delivery", usage.PartitionDeliveryTime, `^p/alice/us-east-1/photos/2026/03/04/2026-03-04-05-06-07-[0-9A-F]{16}$`},
	} {
		st := open(t)
		d := deliver(t, st, nil)
		e := entry(now.AddDate(0, 0, -3))
		e.Log.Partition = tc.partition
		d.Record(e)
		require.NoError(t, d.Flush(t.Context()), tc.why)
		key, _ := only(t, objects(t, st, objstore.BucketID{Name: "logs"}))
		assert.Regexp(t, tc.want, key, tc.why)
	}
	st := open(t)
	d := deliver(t, st, nil)
	for _, day := range []int{0, -1, -1} {
		e := entry(now.AddDate(0, 0, day))
		e.Log.Partition = usage.PartitionEventTime
		d.Record(e)
	}
	require.NoError(t, d.Flush(t.Context()))
	assert.Len(t, objects(t, st, objstore.BucketID{Name: "logs"}), 2, "an object for each day of events")
}

func TestTenants(t *testing.T) {
	st := open(t)
	acme := objstore.BucketID{Tenant: "acme", Name: "logs"}
	create(t, st, acme, "acme$carol")
	d := deliver(t, st, nil)
	e := entry(now)
	e.Bucket, e.Owner = "acme:photos", "acme$carol"
	d.Record(e)
	require.NoError(t, d.Flush(t.Context()))
	_, lines := only(t, objects(t, st, acme))
	assert.Contains(t, lines, "acme$carol photos [")
	assert.Empty(t, objects(t, st, objstore.BucketID{Name: "logs"}))
}

func TestAFullBatchIsWrittenAtOnce(t *testing.T) {
	written := make(chan struct{}, 1)
	st := open(t, afterCommit(func() { written <- struct{}{} }))
	d := deliver(t, st, func(o *bucketlog.Options) { o.BatchSize = 1 })
	d.Record(entry(now))
	<-written
}

// afterCommit is a hook that is called with each object that is stored.
type afterCommit func()

func (afterCommit) Check(context.Context, *objstore.Mutation) error { return nil }

func (f afterCommit) Commit(_ context.Context, _ driver.Txn, m *objstore.Mutation) error {
	if m.Op == objstore.OpPut {
		f()
	}
	return nil
}

// broken is a hook that refuses objects until it is mended.
type broken struct{ err error }

func (*broken) Check(context.Context, *objstore.Mutation) error { return nil }

func (b *broken) Commit(_ context.Context, _ driver.Txn, m *objstore.Mutation) error {
	if m.Op == objstore.OpPut {
		return b.err
	}
	return nil
}

func TestFailuresAreTriedAgain(t *testing.T) {
	hook := &broken{errors.New("broken")}
	st := open(t, hook)
	d := deliver(t, st, nil)
	d.Record(entry(now))
	require.ErrorIs(t, d.Flush(t.Context()), hook.err)
	d.Record(entry(now))
	hook.err = nil
	require.NoError(t, d.Close())
	_, lines := only(t, objects(t, st, objstore.BucketID{Name: "logs"}))
	assert.Equal(t, 2, strings.Count(lines, "\n"), "closing writes what is left, in order")
	assert.Zero(t, d.Dropped())
	assert.NoError(t, d.Close(), "closing twice does no harm")
}

func TestDropped(t *testing.T) {
	st := open(t)
	d := deliver(t, st, func(o *bucketlog.Options) { o.MaxPending = 600 })
	for range 3 {
		d.Record(entry(now))
	}
	assert.Positive(t, d.Dropped(), "memory is bounded")
	require.NoError(t, d.Flush(t.Context()))
	before := d.Dropped()
	d.Record(entry(now))
	assert.Equal(t, before, d.Dropped(), "what was written makes room")
	require.NoError(t, d.Flush(t.Context()))

	gone := entry(now)
	gone.Log.TargetBucket = "gone"
	d.Record(gone)
	others := entry(now)
	others.Owner = "mallory"
	d.Record(others)
	require.NoError(t, d.Flush(t.Context()))
	assert.Equal(t, before+2, d.Dropped(), "a bucket that is gone, or somebody else's by now, gets nothing")
}
