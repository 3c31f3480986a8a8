package e2e

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// minioClient is a client with the transport that it uses.
type minioClient struct {
	*minio.Client
	http *http.Client
}

func (s *server) minio(t *testing.T, creds *credentials.Credentials) minioClient {
	t.Helper()
	u, err := url.Parse(s.url)
	require.NoError(t, err)
	hc := s.httpClient(t)
	c, err := minio.New(u.Host, &minio.Options{
		Creds: creds, Secure: u.Scheme == "https", Region: region, BucketLookup: minio.BucketLookupPath, MaxRetries: 1,
		Transport: hc.Transport, TrailingHeaders: true,
	})
	require.NoError(t, err)
	return minioClient{c, hc}
}

// minioForms are the ways in which minio-go signs: chunk signatures without
// TLS, unsigned trailers with it, and version 2.
func minioForms(t *testing.T) map[string]minioClient {
	plain, secure := serve(t), serveTLS(t)
	return map[string]minioClient{
		"V4":     plain.minio(t, credentials.NewStaticV4(accessKey, secretKey, "")),
		"V4 TLS": secure.minio(t, credentials.NewStaticV4(accessKey, secretKey, "")),
		"V2":     plain.minio(t, credentials.NewStaticV2(accessKey, secretKey, "")),
	}
}

func minioBucket(t *testing.T, c minioClient) string {
	t.Helper()
	name := bucketName()
	require.NoError(t, c.MakeBucket(t.Context(), name, minio.MakeBucketOptions{Region: region}))
	return name
}

func TestMinioObjects(t *testing.T) {
	for name, c := range minioForms(t) {
		t.Run(name, func(t *testing.T) {
			bucket := minioBucket(t, c)
			for i, size := range append(sizes(), 17<<20) {
				key, body := "size/"+string(rune('a'+i)), data(size, uint64(i))
				_, err := c.PutObject(t.Context(), bucket, key, bytes.NewReader(body), int64(size), minio.PutObjectOptions{UserMetadata: map[string]string{"n": "v"}})
				require.NoError(t, err, "%d bytes", size)
				same(t, body, minioGet(t, c, bucket, key), key)
				info, err := c.StatObject(t.Context(), bucket, key, minio.StatObjectOptions{})
				require.NoError(t, err)
				assert.EqualValues(t, size, info.Size)
				assert.Equal(t, "v", info.UserMetadata["N"])
			}
			for i, key := range oddKeys() {
				if strings.Contains(key, "/../") || strings.Contains(key, "/./") {
					continue // refused by the client
				}
				body := data(200, uint64(i))
				_, err := c.PutObject(t.Context(), bucket, key, bytes.NewReader(body), 200, minio.PutObjectOptions{})
				require.NoError(t, err, "%q", key)
				same(t, body, minioGet(t, c, bucket, key), key)
			}
		})
	}
}

func minioGet(t *testing.T, c minioClient, bucket, key string) []byte {
	t.Helper()
	o, err := c.GetObject(t.Context(), bucket, key, minio.GetObjectOptions{})
	require.NoError(t, err)
	defer o.Close()
	b, err := io.ReadAll(o)
	require.NoError(t, err, "%q", key)
	return b
}

func TestMinioStreams(t *testing.T) {
	for name, c := range minioForms(t) {
		t.Run(name, func(t *testing.T) {
			bucket, body := minioBucket(t, c), data(2*partSize+77, 8)
			unknown := struct{ io.Reader }{bytes.NewReader(body)}
			_, err := c.PutObject(t.Context(), bucket, "stream", unknown, -1, minio.PutObjectOptions{PartSize: partSize})
			require.NoError(t, err, "a stream of unknown length goes up in parts")
			same(t, body, minioGet(t, c, bucket, "stream"), "stream")

			dir := t.TempDir()
			up, down := filepath.Join(dir, "up"), filepath.Join(dir, "down")
			require.NoError(t, os.WriteFile(up, body, 0o600))
			_, err = c.FPutObject(t.Context(), bucket, "file", up, minio.PutObjectOptions{PartSize: partSize, NumThreads: 3})
			require.NoError(t, err)
			require.NoError(t, c.FGetObject(t.Context(), bucket, "file", down, minio.GetObjectOptions{}))
			got, err := os.ReadFile(down)
			require.NoError(t, err)
			same(t, body, got, "file")

			_, err = c.ComposeObject(t.Context(), minio.CopyDestOptions{Bucket: bucket, Object: "composed"},
				minio.CopySrcOptions{Bucket: bucket, Object: "file"}, minio.CopySrcOptions{Bucket: bucket, Object: "stream", MatchRange: true, Start: 5, End: 99})
			require.NoError(t, err)
			same(t, append(bytes.Clone(body), body[5:100]...), minioGet(t, c, bucket, "composed"), "composed")
		})
	}
}

func TestMinioListAndRemove(t *testing.T) {
	for name, c := range minioForms(t) {
		t.Run(name, func(t *testing.T) {
			bucket := minioBucket(t, c)
			for _, key := range []string{"a", "b/1", "b/2", "c d/ü+"} {
				_, err := c.PutObject(t.Context(), bucket, key, strings.NewReader("x"), 1, minio.PutObjectOptions{})
				require.NoError(t, err)
			}
			list := func(o minio.ListObjectsOptions) (keys []string) {
				for info := range c.ListObjects(t.Context(), bucket, o) {
					require.NoError(t, info.Err)
					keys = append(keys, info.Key)
				}
				return keys
			}
			assert.Equal(t, []string{"a", "b/", "c d/"}, list(minio.ListObjectsOptions{}))
			assert.Equal(t, []string{"a", "b/1", "b/2", "c d/ü+"}, list(minio.ListObjectsOptions{Recursive: true}))
			assert.Equal(t, []string{"b/1", "b/2"}, list(minio.ListObjectsOptions{Recursive: true, Prefix: "b/", UseV1: true}))
			for e := range c.RemoveObjects(t.Context(), bucket, c.ListObjects(t.Context(), bucket, minio.ListObjectsOptions{Recursive: true}), minio.RemoveObjectsOptions{}) {
				t.Errorf("%s: %v", e.ObjectName, e.Err)
			}
			assert.Empty(t, list(minio.ListObjectsOptions{Recursive: true}))
			require.NoError(t, c.RemoveBucket(t.Context(), bucket))
		})
	}
}

func TestMinioPresigned(t *testing.T) {
	for name, c := range minioForms(t) {
		t.Run(name, func(t *testing.T) {
			bucket := minioBucket(t, c)
			key, body := "a key/with+odd%bytes", data(300, 2)
			u, err := c.PresignedPutObject(t.Context(), bucket, key, time.Minute)
			require.NoError(t, err)
			req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, u.String(), bytes.NewReader(body))
			require.NoError(t, err)
			res, err := c.http.Do(req)
			require.NoError(t, err)
			text, _ := io.ReadAll(res.Body)
			res.Body.Close()
			require.Equal(t, 200, res.StatusCode, "%s", text)
			u, err = c.PresignedGetObject(t.Context(), bucket, key, time.Minute, url.Values{"response-content-type": {"text/x-z"}})
			require.NoError(t, err)
			res, err = c.http.Get(u.String())
			require.NoError(t, err)
			got, err := io.ReadAll(res.Body)
			res.Body.Close()
			require.NoError(t, err)
			same(t, body, got, key)
			assert.Equal(t, "text/x-z", res.Header.Get("Content-Type"))
		})
	}
}

// racing is a body behind which somebody else writes.
type racing struct {
	io.Reader
	write func()
}

func (r *racing) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err == io.EOF && r.write != nil {
		r.write()
		r.write = nil
	}
	return n, err
}

// The client states the condition of a large upload when that begins, and not when
// it is completed: it must hold until then.
func TestMinioConditions(t *testing.T) {
	for name, c := range minioForms(t) {
		t.Run(name, func(t *testing.T) {
			bucket := minioBucket(t, c)
			create := minio.PutObjectOptions{PartSize: 5 << 20}
			create.SetMatchETagExcept("*")
			put := func(key string, write func()) error {
				body := &racing{Reader: bytes.NewReader(data(6<<20, 1)), write: write}
				_, err := c.PutObject(t.Context(), bucket, key, body, -1, create)
				return err
			}
			require.NoError(t, put("free", nil))
			assert.Equal(t, "PreconditionFailed", minio.ToErrorResponse(put("free", nil)).Code, "it is there")
			err := put("raced", func() {
				_, err := c.PutObject(t.Context(), bucket, "raced", strings.NewReader("precious"), 8, minio.PutObjectOptions{})
				assert.NoError(t, err)
			})
			assert.Equal(t, "PreconditionFailed", minio.ToErrorResponse(err).Code, "somebody was faster")
			assert.Equal(t, "precious", string(minioGet(t, c, bucket, "raced")))
		})
	}
}
