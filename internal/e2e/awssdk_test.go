package e2e

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// httpClient trusts the server's certificate and finds it under any name, so
// that bucket.localhost needs no DNS.
func (s *server) httpClient(t *testing.T) *http.Client {
	t.Helper()
	address := s.url[strings.Index(s.url, "//")+2:]
	tr := &http.Transport{
		DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
			var d net.Dialer
			return d.DialContext(ctx, network, address)
		},
	}
	if s.ca != "" {
		pem, err := os.ReadFile(s.ca)
		require.NoError(t, err)
		pool := x509.NewCertPool()
		require.True(t, pool.AppendCertsFromPEM(pem))
		tr.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

func (s *server) sdk(t *testing.T, opts ...func(*s3.Options)) *s3.Client {
	t.Helper()
	o := s3.Options{
		BaseEndpoint: aws.String(s.url), Region: region, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(accessKey, secretKey, ""),
		HTTPClient:  s.httpClient(t), RetryMaxAttempts: 1,
	}
	return s3.New(o, opts...)
}

// newBucket makes a bucket of a name that is new.
func newBucket(t *testing.T, c *s3.Client) string {
	t.Helper()
	name := bucketName()
	_, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &name})
	require.NoError(t, err)
	return name
}

// code is the S3 error code of err, "" of none.
func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func put(t *testing.T, c *s3.Client, bucket, key string, body []byte) *s3.PutObjectOutput {
	t.Helper()
	out, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(body)})
	require.NoError(t, err, "%q", key)
	return out
}

func get(t *testing.T, c *s3.Client, in *s3.GetObjectInput) []byte {
	t.Helper()
	out, err := c.GetObject(t.Context(), in)
	require.NoError(t, err, "%q", *in.Key)
	defer out.Body.Close()
	b, err := io.ReadAll(out.Body)
	require.NoError(t, err, "%q", *in.Key)
	return b
}

// forms are the ways in which aws-sdk-go-v2 reaches the server: over TLS it
// streams with unsigned trailers, without it signs the payload.
func forms(t *testing.T) map[string]*s3.Client {
	plain, secure := serve(t, "--domain", "localhost"), serveTLS(t)
	hosted := plain.sdk(t, func(o *s3.Options) {
		o.UsePathStyle = false
		o.BaseEndpoint = aws.String("http://localhost" + plain.url[strings.LastIndex(plain.url, ":"):])
	})
	return map[string]*s3.Client{"path style": plain.sdk(t), "TLS": secure.sdk(t), "virtual-host style": hosted}
}

func TestSDKObjects(t *testing.T) {
	for name, c := range forms(t) {
		t.Run(name, func(t *testing.T) {
			bucket := newBucket(t, c)
			for i, size := range sizes() {
				body := data(size, uint64(i))
				key := "size-" + string(rune('a'+i))
				put(t, c, bucket, key, body)
				same(t, body, get(t, c, &s3.GetObjectInput{Bucket: &bucket, Key: &key}), key)
				head, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
				require.NoError(t, err)
				assert.EqualValues(t, size, *head.ContentLength, key)
			}
			keys := append(oddKeys(), worseKeys()...)
			if name == "virtual-host style" {
				keys = oddKeys()
			}
			for i, key := range keys {
				body := data(100, uint64(i))
				put(t, c, bucket, key, body)
				same(t, body, get(t, c, &s3.GetObjectInput{Bucket: &bucket, Key: &key}), key)
			}
			for _, key := range keys {
				_, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
				require.NoError(t, err, "%q", key)
				_, err = c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
				assert.Equal(t, "NoSuchKey", code(err), "%q", key)
			}
		})
	}
}

func TestSDKMetadataAndRanges(t *testing.T) {
	c := serve(t).sdk(t)
	bucket, key, body := newBucket(t, c), "a/key", data(10_000, 1)
	expires := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
	_, err := c.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &bucket, Key: &key, Body: bytes.NewReader(body), ContentType: aws.String("text/x-test"), CacheControl: aws.String("no-cache"),
		ContentDisposition: aws.String("attachment"), ContentEncoding: aws.String("identity"), ContentLanguage: aws.String("de"), Expires: &expires,
		Metadata: map[string]string{"colour": "blue", "with-dash": "x y"}, Tagging: aws.String("a=1&b=two%20words"),
	})
	require.NoError(t, err)
	head, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
	require.NoError(t, err)
	assert.Equal(t, "text/x-test", *head.ContentType)
	assert.Equal(t, "no-cache", *head.CacheControl)
	assert.Equal(t, "attachment", *head.ContentDisposition)
	assert.Equal(t, "identity", *head.ContentEncoding)
	assert.Equal(t, "de", *head.ContentLanguage)
	assert.Equal(t, expires.Format(http.TimeFormat), *head.ExpiresString)
	assert.Equal(t, map[string]string{"colour": "blue", "with-dash": "x y"}, head.Metadata)

	for spec, want := range map[string][]byte{"bytes=0-0": body[:1], "bytes=10-19": body[10:20], "bytes=-7": body[len(body)-7:], "bytes=9990-": body[9990:], "bytes=5-99999": body[5:]} {
		same(t, want, get(t, c, &s3.GetObjectInput{Bucket: &bucket, Key: &key, Range: &spec}), spec)
	}
	_, err = c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key, Range: aws.String("bytes=10000-")})
	assert.Equal(t, "InvalidRange", code(err))

	tags, err := c.GetObjectTagging(t.Context(), &s3.GetObjectTaggingInput{Bucket: &bucket, Key: &key})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"a": "1", "b": "two words"}, tagMap(tags.TagSet))
	_, err = c.PutObjectTagging(t.Context(), &s3.PutObjectTaggingInput{Bucket: &bucket, Key: &key, Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("c"), Value: aws.String("3")}}}})
	require.NoError(t, err)
	tags, err = c.GetObjectTagging(t.Context(), &s3.GetObjectTaggingInput{Bucket: &bucket, Key: &key})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"c": "3"}, tagMap(tags.TagSet))
	_, err = c.DeleteObjectTagging(t.Context(), &s3.DeleteObjectTaggingInput{Bucket: &bucket, Key: &key})
	require.NoError(t, err)
}

func tagMap(tags []types.Tag) map[string]string {
	m := make(map[string]string)
	for _, t := range tags {
		m[*t.Key] = *t.Value
	}
	return m
}

func TestSDKChecksums(t *testing.T) {
	for name, s := range map[string]*server{"signed payload": serve(t), "unsigned trailer": serveTLS(t)} {
		c := s.sdk(t)
		bucket := newBucket(t, c)
		for _, alg := range types.ChecksumAlgorithm("").Values() {
			t.Run(name+" "+string(alg), func(t *testing.T) {
				key, body := "key-"+string(alg), data(70_000, 3)
				_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(body), ChecksumAlgorithm: alg})
				if err != nil && strings.Contains(err.Error(), "unknown checksum algorithm") {
					t.Skipf("the client cannot compute it: %v", err)
				}
				require.NoError(t, err)
				out, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled})
				require.NoError(t, err)
				got, err := io.ReadAll(out.Body) // verifies the checksum
				require.NoError(t, err)
				same(t, body, got, key)
				attr, err := c.GetObjectAttributes(t.Context(), &s3.GetObjectAttributesInput{Bucket: &bucket, Key: &key,
					ObjectAttributes: []types.ObjectAttributes{types.ObjectAttributesChecksum, types.ObjectAttributesObjectSize, types.ObjectAttributesEtag}})
				require.NoError(t, err)
				assert.EqualValues(t, len(body), *attr.ObjectSize)
				require.NotNil(t, attr.Checksum)
				assert.Equal(t, types.ChecksumTypeFullObject, attr.Checksum.ChecksumType)
			})
		}
		key := "wrong"
		_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader("hello"), ChecksumCRC32: aws.String("AAAAAA==")})
		assert.Equal(t, "BadDigest", code(err), "a checksum that is not the body's")
		_, err = c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
		assert.Error(t, err, "what was refused is not stored")
	}
}

func TestSDKConditions(t *testing.T) {
	c := serve(t).sdk(t)
	bucket, key := newBucket(t, c), "key"
	etag := put(t, c, bucket, key, []byte("one")).ETag
	other := aws.String(`"00000000000000000000000000000000"`)
	past := aws.Time(time.Now().Add(-time.Hour))

	reads := []struct {
		explanation string
		in          s3.GetObjectInput
		want        string
	}{
		{"If-Match of the present version", s3.GetObjectInput{IfMatch: etag}, ""},
		{"If-Match of another", s3.GetObjectInput{IfMatch: other}, "PreconditionFailed"},
		{"If-None-Match of the present version", s3.GetObjectInput{IfNoneMatch: etag}, "NotModified"},
		{"If-None-Match of another", s3.GetObjectInput{IfNoneMatch: other}, ""},
		{"modified since an hour ago", s3.GetObjectInput{IfModifiedSince: past}, ""},
		{"not modified since an hour ago", s3.GetObjectInput{IfUnmodifiedSince: past}, "PreconditionFailed"},
		{"If-Match outweighs If-Unmodified-Since", s3.GetObjectInput{IfMatch: etag, IfUnmodifiedSince: past}, ""},
	}
	for _, tt := range reads {
		tt.in.Bucket, tt.in.Key = &bucket, &key
		_, err := c.GetObject(t.Context(), &tt.in)
		assert.Equal(t, tt.want, code(err), "%s: %v", tt.explanation, err)
	}
	writes := []struct {
		explanation string
		in          s3.PutObjectInput
		want        string
	}{
		{"only if there is none, but there is", s3.PutObjectInput{Key: &key, IfNoneMatch: aws.String("*")}, "PreconditionFailed"},
		{"only if it is another", s3.PutObjectInput{Key: &key, IfMatch: other}, "PreconditionFailed"},
		{"only if it is the present version", s3.PutObjectInput{Key: &key, IfMatch: etag}, ""},
		{"which it then no longer is", s3.PutObjectInput{Key: &key, IfMatch: etag}, "PreconditionFailed"},
		{"only if there is none, and there is none", s3.PutObjectInput{Key: aws.String("new"), IfNoneMatch: aws.String("*")}, ""},
		{"If-Match without an object", s3.PutObjectInput{Key: aws.String("absent"), IfMatch: etag}, "NoSuchKey"},
	}
	for _, tt := range writes {
		tt.in.Bucket, tt.in.Body = &bucket, strings.NewReader("two")
		_, err := c.PutObject(t.Context(), &tt.in)
		assert.Equal(t, tt.want, code(err), "%s: %v", tt.explanation, err)
	}
}

func TestSDKPresigned(t *testing.T) {
	for name, c := range forms(t) {
		t.Run(name, func(t *testing.T) {
			bucket := newBucket(t, c)
			client := c.Options().HTTPClient.(*http.Client)
			p := s3.NewPresignClient(c)
			for i, key := range oddKeys() {
				body := data(500, uint64(i))
				req, err := p.PresignPutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, ContentType: aws.String("text/plain")}, s3.WithPresignExpires(time.Minute))
				require.NoError(t, err)
				hr, err := http.NewRequestWithContext(t.Context(), req.Method, req.URL, bytes.NewReader(body))
				require.NoError(t, err)
				for h, v := range req.SignedHeader {
					if h != "Host" && h != "Content-Length" {
						hr.Header[h] = v
					}
				}
				res, err := client.Do(hr)
				require.NoError(t, err)
				text, _ := io.ReadAll(res.Body)
				res.Body.Close()
				require.Equal(t, 200, res.StatusCode, "%q: %s", key, text)

				req, err = p.PresignGetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key, ResponseContentType: aws.String("text/x-other")})
				require.NoError(t, err)
				res, err = client.Get(req.URL)
				require.NoError(t, err)
				got, err := io.ReadAll(res.Body)
				res.Body.Close()
				require.NoError(t, err)
				same(t, body, got, key)
				assert.Equal(t, "text/x-other", res.Header.Get("Content-Type"))

				res, err = client.Get(strings.Replace(req.URL, "X-Amz-Signature=", "X-Amz-Signature=0", 1))
				require.NoError(t, err)
				res.Body.Close()
				assert.Equal(t, 403, res.StatusCode, "a wrong signature")
			}
		})
	}
}
