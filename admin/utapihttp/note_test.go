package utapihttp_test

import (
	"fmt"
	"io"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin/utapihttp"
)

// noteAnswer is that of the integration note with what its steps produce, and
// the operations that later versions count; %s are two ranges and sums.
const noteAnswer = `[{"timeRange":%s,"storageUtilized":%s,"incomingBytes":%d,"outgoingBytes":0,"numberOfObjects":%s,"operations":{` +
	`"s3:DeleteBucket":0,"s3:DeleteBucketCors":0,"s3:DeleteBucketWebsite":0,"s3:DeleteObjectTagging":0,"s3:ListBucket":0,` +
	`"s3:GetBucketAcl":0,"s3:GetBucketCors":0,"s3:GetBucketWebsite":0,"s3:GetBucketLocation":0,"s3:CreateBucket":%d,` +
	`"s3:PutBucketAcl":0,"s3:PutBucketCors":0,"s3:PutBucketWebsite":0,"s3:PutObject":%d,"s3:CopyObject":0,"s3:UploadPart":0,` +
	`"s3:UploadPartCopy":0,"s3:ListBucketMultipartUploads":0,"s3:ListMultipartUploadParts":0,"s3:InitiateMultipartUpload":0,` +
	`"s3:CompleteMultipartUpload":0,"s3:AbortMultipartUpload":0,"s3:DeleteObject":0,"s3:MultiObjectDelete":0,"s3:GetObject":0,` +
	`"s3:GetObjectAcl":0,"s3:GetObjectTagging":0,"s3:PutObjectAcl":0,"s3:PutObjectTagging":0,"s3:HeadBucket":0,"s3:HeadObject":0,` +
	`"s3:PutBucketVersioning":0,"s3:GetBucketVersioning":0,"s3:PutBucketReplication":0,"s3:GetBucketReplication":0,` +
	`"s3:DeleteBucketReplication":0,"s3:PutBucketObjectLock":0,"s3:GetBucketObjectLock":0,"s3:PutObjectRetention":0,` +
	`"s3:GetObjectRetention":0,"s3:PutObjectLegalHold":0,"s3:GetObjectLegalHold":0,"s3:ReplicateObject":0,"s3:ReplicateTags":0,` +
	`"s3:ReplicateDelete":0,"s3:DeleteBucketEncryption":0,"s3:DeleteBucketLifecycle":0,"s3:DeleteBucketTagging":0,` +
	`"s3:GetBucketEncryption":0,"s3:GetBucketLifecycle":0,"s3:GetBucketNotification":0,"s3:GetBucketTagging":0,` +
	`"s3:PutBucketEncryption":0,"s3:PutBucketLifecycle":0,"s3:PutBucketNotification":0,"s3:PutBucketTagging":0},` +
	`"bucketName":"utapi-bucket"}]`

// TestIntegrationNote is the case of "UTAPI CloudServer Integration": a bucket,
// an object, a query. It is signed as that of the note, with a signature that
// was computed with other software.
func TestIntegrationNote(t *testing.T) {
	const size = 1 << 20
	l := newLab(t, nil)
	l.s3(l.Root(), "PUT", "/utapi-bucket", "")
	l.s3(l.Root(), "PUT", "/utapi-bucket/utapi-object", strings.Repeat("\x00", size))
	l.Clock.Set(time.Date(2017, 11, 1, 12, 0, 0, 0, time.UTC))

	r := httptest.NewRequest("POST", "/buckets?Action=ListMetrics&Version=20160815",
		strings.NewReader(`{"buckets": ["utapi-bucket"], "timeRange": [1501545600000, 1509494399999]}`))
	r.Host = "localhost:8100"
	r.Header.Set("Content-Type", "application/x-amz-json-1.0")
	r.Header.Set("X-Amz-Date", "20171101T120000Z")
	r.Header.Set("X-Amz-Content-Sha256", "cdf8e1f303a804a8d1b6035368107e4616d03085812f231db231bc9063145963")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=accessKey1/20171101/us-east-1/s3/aws4_request, "+
		"SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date, Signature=a1f4beb013639bce35515afacbe67c150b0ceb7179422cee6a7a570ed7738f73")
	w := l.answer(r)
	assert.Equal(t, 200, w.Code)
	assert.Equal(t, "application/json", w.Header().Get("Content-Type"))
	assert.Equal(t, strconv.Itoa(w.Body.Len()), w.Header().Get("Content-Length"))
	assert.NotEmpty(t, w.Header().Get("X-Scal-Request-Id"))
	assert.Equal(t, fmt.Sprintf(noteAnswer, "[1501545600000,1509494399999]", "[0,1048576]", size, "[0,1]", 1, 1), w.Body.String())

	for _, tt := range []struct {
		explanation, times, storage, objects string
		in, creates, puts                    int
	}{
		{"that of the note's Python client ends before", "[1496275200000,1504223999999]", "[0,0]", "[0,0]", 0, 0, 0},
		{"starts with the interval of the changes", "[1505476800000,1509494399999]", "[1048576,1048576]", "[1,1]", size, 1, 1},
		{"starts after it", "[1505477700000,1509494399999]", "[1048576,1048576]", "[1,1]", 0, 0, 0},
	} {
		w := l.answer(l.request(l.Root(), "POST", "/buckets?Action=ListMetrics", `{"buckets":["utapi-bucket"],"timeRange":`+tt.times+`}`))
		assert.Equal(t, fmt.Sprintf(noteAnswer, tt.times, tt.storage, tt.in, tt.objects, tt.creates, tt.puts), w.Body.String(), tt.explanation)
	}
}

func TestRanges(t *testing.T) {
	l := newLab(t, nil)
	l.s3(l.Root(), "PUT", "/photos", "")
	l.Clock.Set(time.Date(2017, 9, 15, 12, 31, 0, 0, time.UTC))
	_, list, _ := l.ask(l.Root(), "/buckets?Action=ListMetrics", `{"buckets":["photos"],"timeRange":[1505476800000]}`)
	require.Len(t, list, 1)
	assert.InDelta(t, l.Clock.Now().UnixMilli(), list[0].TimeRange[1], 5000, "without an end, until now")
	_, list, _ = l.ask(l.Root(), "/buckets?Action=ListRecentMetrics", `{"buckets":["photos"],"timeRange":"ignored"}`)
	require.Len(t, list, 1)
	assert.EqualValues(t, 1505477700000, list[0].TimeRange[0], "the interval before, 12:15")
	assert.Zero(t, list[0].Operations["s3:CreateBucket"])
	l.Clock.Advance(-time.Minute * 2)
	_, list, _ = l.ask(l.Root(), "/buckets?Action=ListRecentMetrics", `{"buckets":["photos"]}`)
	assert.EqualValues(t, 1, list[0].Operations["s3:CreateBucket"], "12:00")
}

// TestLongAnswer asks for more than is kept in memory.
func TestLongAnswer(t *testing.T) {
	l := newLab(t, nil)
	l.s3(l.Root(), "PUT", "/photos", "")
	names := strings.Repeat(`"photos",`, 1999) + `"photos"`
	w := l.answer(l.request(l.Root(), "POST", "/buckets?Action=ListMetrics", `{"buckets":[`+names+`],"timeRange":[0]}`))
	assert.Empty(t, w.Header().Get("Content-Length"))
	body, err := io.ReadAll(w.Body)
	require.NoError(t, err)
	assert.Equal(t, 2000, strings.Count(string(body), `"bucketName":"photos"}`), "a name that is asked for twice is answered twice")
	assert.True(t, strings.HasPrefix(string(body), "[{") && strings.HasSuffix(string(body), "}]"))
}

func TestHealth(t *testing.T) {
	for _, tt := range []struct {
		explanation, method, target, from string
		status                            int
		body                              string
	}{
		{"from this machine", "GET", "/_/healthcheck", "127.0.0.1:1", 200, "{}"},
		{"POST as well", "POST", "/_/healthcheck", "127.9.9.9:1", 200, "{}"},
		{"IPv6", "GET", "/_/healthcheck", "[::1]:1", 200, "{}"},
		{"IPv4 in IPv6", "GET", "/_/healthcheck", "[::ffff:127.0.0.1]:1", 200, "{}"},
		{"from elsewhere", "GET", "/_/healthcheck", "192.0.2.1:1", 403, `{"code":"AccessDenied","message":"Access Denied"}`},
		{"the path is exact", "GET", "/_/healthcheck/", "127.0.0.1:1", 403, `{"code":"AccessForbidden","message":"Access Forbidden"}`},
		{"and has no query", "GET", "/_/healthcheck?x", "127.0.0.1:1", 403, `{"code":"AccessForbidden","message":"Access Forbidden"}`},
	} {
		l := newLab(t, nil)
		r := httptest.NewRequest(tt.method, tt.target, nil)
		r.RemoteAddr = tt.from
		w := l.answer(r)
		assert.Equal(t, tt.status, w.Code, tt.explanation)
		assert.Equal(t, tt.body, w.Body.String(), tt.explanation)
	}
	l := newLab(t, nil)
	l.Close() // the index is the server's
	r := httptest.NewRequest("GET", "/_/healthcheck", nil)
	r.RemoteAddr = "127.0.0.1:1"
	w := l.answer(r)
	assert.Equal(t, 500, w.Code)
	assert.Equal(t, `{"code":"InternalError","message":"Metric store is not ready"}`, w.Body.String())
}

func TestServes(t *testing.T) {
	h := utapihttp.New(nil, nil, &utapihttp.Options{Domains: []string{"example.com", "S3.example.com."}})
	for _, tt := range []struct {
		explanation, method, target, host string
		want                              bool
	}{
		{"buckets", "POST", "/buckets?Action=ListMetrics", "example.com", true},
		{"the service at the root", "POST", "/?Action=ListRecentMetrics&Version=20160815", "example.com", true},
		{"other services have actions too", "POST", "/?Action=ListUsers", "example.com", false},
		{"a form for a bucket called buckets", "POST", "/buckets", "example.com", false},
		{"the bucket called buckets", "PUT", "/buckets?Action=ListMetrics", "example.com", false},
		{"an object of it", "POST", "/buckets/a?Action=ListMetrics", "example.com", false},
		{"an object of a bucket that is a host", "POST", "/buckets?Action=ListMetrics", "photos.example.com:9000", false},
		{"a domain that is below another one is no bucket", "POST", "/buckets?Action=ListMetrics", "s3.example.com:9000", true},
		{"health is that of the listener of its own", "GET", "/_/healthcheck", "example.com", false},
	} {
		r := httptest.NewRequest(tt.method, tt.target, nil)
		r.Host = tt.host
		assert.Equal(t, tt.want, h.Serves(r), tt.explanation)
	}
}
