package usage_test

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/usage"
)

func TestAccessLog(t *testing.T) {
	var out bytes.Buffer
	log := usage.AccessLog(slog.New(slog.NewJSONHandler(&out, nil)))
	log.Record(&usage.Entry{
		Start: time.Unix(1e9, 0).UTC(), Duration: 1500 * time.Microsecond, Method: "GET", Host: "h",
		Path: "/b/k?X-Amz-Signature=abc&x=1", Status: 200, BytesSent: 7, Operation: "GetObject", Bucket: "b", Key: "k\n{",
	})
	var line map[string]any
	require.NoError(t, json.Unmarshal(out.Bytes(), &line), "one line, whatever the key holds")
	delete(line, "time")
	assert.Equal(t, map[string]any{
		"level": "INFO", "msg": "request", "start": "2001-09-09T01:46:40Z", "remote": "", "method": "GET", "host": "h",
		"path": "/b/k?X-Amz-Signature=REDACTED&x=1", "status": 200.0, "received": 0.0, "sent": 7.0,
		"ms": 1.5, "firstByteMs": 0.0, "operation": "GetObject", "bucket": "b", "key": "k\n{",
	}, line)
}

func TestAccessLogIsBounded(t *testing.T) {
	var out bytes.Buffer
	long := strings.Repeat("x", 1<<20)
	usage.AccessLog(slog.New(slog.NewJSONHandler(&out, nil))).Record(&usage.Entry{
		Path: long, Host: long, UserAgent: long, Key: long, Bucket: long,
	})
	assert.Less(t, out.Len(), 16<<10, "a client must not fill the disk with one request")

	out.Reset()
	usage.AccessLog(slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelWarn}))).Record(&usage.Entry{})
	assert.Empty(t, out.String(), "the level of the logger holds")
}

func TestRedactQuery(t *testing.T) {
	for _, c := range []struct{ in, want, why string }{
		{"/b/k", "/b/k", "no query"},
		{"/b/k?", "/b/k?", "empty query"},
		{"/b/Signature=1?x=1&y", "/b/Signature=1?x=1&y", "only the query is looked at"},
		{"/k?X-Amz-Signature=a", "/k?X-Amz-Signature=REDACTED", "version 4"},
		{"/k?AWSAccessKeyId=A&Signature=a%3D&Expires=1", "/k?AWSAccessKeyId=A&Signature=REDACTED&Expires=1", "version 2"},
		{"/k?x-amz-security-token=a&X-AMZ-CREDENTIAL=b", "/k?x-amz-security-token=REDACTED&X-AMZ-CREDENTIAL=REDACTED", "any case"},
		{"/k?X%2DAmz%2DSignature=a", "/k?X%2DAmz%2DSignature=REDACTED", "a server decodes names"},
		{"/k?a=1;Signature=b", "/k?a=1;Signature=REDACTED", "some servers split at semicolons"},
		{"/k?Signature&x", "/k?Signature&x", "no value"},
		{"/k?Signature=a&Signature=b", "/k?Signature=REDACTED&Signature=REDACTED", "each one"},
		{"/admin/user?uid=a&secret-key=b", "/admin/user?uid=a&secret-key=REDACTED", "admin requests carry secrets"},
		{"/v1/a/c/o?temp_url_sig=a", "/v1/a/c/o?temp_url_sig=REDACTED", "Swift temporary URLs"},
		{"/k?%zz=a&Signature=b", "/k?%zz=a&Signature=REDACTED", "a name that does not decode is no obstacle"},
	} {
		assert.Equal(t, c.want, usage.RedactQuery(c.in), c.why)
	}
}

func FuzzRedactQuery(f *testing.F) {
	f.Add("/b/k", "x=1")
	f.Add("/b/k", "a;b&&=&%zz")
	f.Add("", "?Signature=")
	f.Fuzz(func(t *testing.T, path, query string) {
		if strings.ContainsAny(path+query, "?&;\x00") {
			t.Skip("would begin another parameter")
		}
		const secret = "\x00topsecret\x00"
		got := usage.RedactQuery(path + "?" + query + "&Signature=" + secret + "&z=1")
		if strings.Contains(got, secret) || !strings.HasSuffix(got, "&z=1") {
			t.Errorf("%q", got)
		}
	})
}

func BenchmarkAccessLog(b *testing.B) {
	for name, log := range map[string]usage.Sink{
		"slog": usage.AccessLog(slog.New(slog.NewJSONHandler(discardBytes{}, nil))),
		"JSON": usage.JSONAccessLog(discardBytes{}),
	} {
		b.Run(name, func(b *testing.B) {
			e := &usage.Entry{
				Start: time.Unix(1e9, 123456789), Duration: 1234567, FirstByte: 123456, Method: "GET", Host: "127.0.0.1:9000", RemoteAddr: "127.0.0.1:12345",
				Path: "/bucket/key", Status: 200, RequestID: "0123456789ABCDEF", Protocol: "s3", Operation: "GetObject", Bucket: "bucket", Key: "key",
				Owner: "root", User: "root", BytesSent: 4096,
			}
			b.ReportAllocs()
			for b.Loop() {
				log.Record(e)
			}
		})
	}
}

type discardBytes struct{}

func (discardBytes) Write(p []byte) (int, error) { return len(p), nil }
