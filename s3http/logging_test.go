package s3http_test

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/bucketlog"
)

func loggingTo(bucket, more string) string {
	return `<BucketLoggingStatus xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LoggingEnabled><TargetBucket>` + bucket +
		`</TargetBucket><TargetPrefix>p/</TargetPrefix>` + more + `</LoggingEnabled></BucketLoggingStatus>`
}

func TestLoggingConfiguration(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/logs", "")
	f.ok("PUT", "/other", "", "X-Test-User: bob")
	const partitioned = "<TargetObjectKeyFormat><PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource></PartitionedPrefix></TargetObjectKeyFormat>"
	const simple = "<TargetObjectKeyFormat><SimplePrefix></SimplePrefix></TargetObjectKeyFormat>"
	f.run(
		step{why: "off", request: "GET /bkt?logging", status: 200, hasNot: []string{"LoggingEnabled"}},
		step{why: "on", request: "PUT /bkt?logging", body: loggingTo("logs", ""), status: 200},
		step{why: "it comes back", request: "GET /bkt?logging", status: 200, has: []string{loggingTo("logs", "")}},
		step{why: "by day", request: "PUT /bkt?logging", body: loggingTo("logs", partitioned), status: 200},
		step{why: "it comes back", request: "GET /bkt?logging", status: 200, has: []string{loggingTo("logs", partitioned)}},
		step{why: "simple, in words", request: "PUT /bkt?logging", body: loggingTo("logs", simple), status: 200},
		step{why: "it comes back", request: "GET /bkt?logging", status: 200, has: []string{loggingTo("logs", simple)}},
		step{why: "to no bucket", request: "PUT /bkt?logging", body: loggingTo("none", ""), status: 400, code: "InvalidTargetBucketForLogging"},
		step{why: "to somebody else's", request: "PUT /bkt?logging", body: loggingTo("other", ""), status: 400, code: "InvalidTargetBucketForLogging"},
		step{why: "grants", request: "PUT /bkt?logging", body: loggingTo("logs", "<TargetGrants></TargetGrants>"), status: 501, code: "NotImplemented"},
		step{why: "an element that means nothing", request: "PUT /bkt?logging", body: loggingTo("logs", "<Colour/>"), status: 400, code: "MalformedXML"},
		step{why: "a source of dates that is none", request: "PUT /bkt?logging", body: loggingTo("logs", strings.Replace(partitioned, "EventTime", "Noon", 1)), status: 400, code: "MalformedXML"},
		step{why: "both formats", request: "PUT /bkt?logging", body: loggingTo("logs", "<TargetObjectKeyFormat><SimplePrefix/><PartitionedPrefix><PartitionDateSource>EventTime</PartitionDateSource></PartitionedPrefix></TargetObjectKeyFormat>"), status: 400, code: "MalformedXML"},
		step{why: "no prefix", request: "PUT /bkt?logging", body: "<BucketLoggingStatus><LoggingEnabled><TargetBucket>logs</TargetBucket></LoggingEnabled></BucketLoggingStatus>", status: 400, code: "MalformedXML"},
		step{why: "no document", request: "PUT /bkt?logging", status: 400, code: "MalformedXML"},
		step{why: "the owner's business", request: "GET /bkt?logging", headers: []string{"X-Test-User: bob"}, status: 403, code: "AccessDenied"},
		step{why: "off again", request: "PUT /bkt?logging", body: "<BucketLoggingStatus/>", status: 200},
		step{why: "and so it says", request: "GET /bkt?logging", status: 200, hasNot: []string{"LoggingEnabled"}},
	)
}

// TestLogsAreDelivered sends requests through the middleware and reads the log
// object as its owner does.
func TestLogsAreDelivered(t *testing.T) {
	f := newFixture(t, nil)
	f.ok("PUT", "/bkt", "")
	f.ok("PUT", "/logs", "")
	f.ok("PUT", "/bkt?logging", loggingTo("logs", ""))
	clock := func() time.Time { return f.now }
	d := bucketlog.New(f.store, &bucketlog.Options{Interval: -1, Now: clock})
	h := (&usage.Options{Now: clock}).Middleware(d)(f.h)
	do := func(method, target, body string, headers ...string) {
		r := request(method, target, body, headers...)
		r.RequestURI = target
		h.ServeHTTP(httptest.NewRecorder(), r)
	}
	do("PUT", "/bkt/a%20b", "hello")
	do("GET", "/bkt/a%20b", "", "Range: bytes=0-1", "User-Agent: agent/1", "Referer: http://page/")
	do("GET", "/bkt/none", "")
	do("GET", "/bkt/a%20b", "", "X-Test-User: unknown")
	do("GET", "/bkt/a%20b", "", "X-Test-User: -")
	do("GET", "/logs", "")
	require.NoError(t, d.Close())

	list := f.ok("GET", "/logs?list-type=2", "")
	key := between(t, list, "<Key>", "</Key>")
	assert.True(t, strings.HasPrefix(key, "p/2026-03-04-05-06-07-"), key)
	got := f.ok("GET", "/logs/"+key, "")
	assert.Equal(t, "text/plain", got.Header().Get("Content-Type"))
	var lines [][]string
	for line := range strings.Lines(got.Body.String()) {
		lines = append(lines, strings.Fields(line))
	}
	require.Len(t, lines, 5, "a bucket without logging is not logged")
	for i, want := range []string{
		"alice REST.PUT.OBJECT 200 - - 5",
		"alice REST.GET.OBJECT 206 - 2 5",
		"alice REST.GET.OBJECT 404 NoSuchKey",
		"- REST.GET.OBJECT 403 InvalidAccessKeyId",
		"- REST.GET.OBJECT 403 AccessDenied",
	} {
		l := lines[i]
		assert.Equal(t, []string{"alice", "bkt"}, l[:2], want)
		fields := strings.Fields(want)
		assert.Equal(t, fields, append([]string{l[5], l[7]}, l[12:12+len(fields)-2]...), want)
	}
	assert.Contains(t, got.Body.String(), `"GET /bkt/a%20b HTTP/1.1" 206 - 2 5 0 - "http://page/" "agent/1"`)
}
