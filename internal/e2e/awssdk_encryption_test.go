package e2e

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// secrecy is a way in which an object is encrypted.
type secrecy struct {
	algorithm types.ServerSideEncryption // "" = with the customer's key, or not at all
	context   string                     // of KMS, base64
	key       []byte                     // the customer's
}

func (e secrecy) customer() (algorithm, key, sum *string) {
	if e.key == nil {
		return nil, nil, nil
	}
	digest := md5.Sum(e.key)
	return aws.String("AES256"), aws.String(base64.StdEncoding.EncodeToString(e.key)), aws.String(base64.StdEncoding.EncodeToString(digest[:]))
}

func (e secrecy) kmsContext() *string {
	if e.context == "" {
		return nil
	}
	return &e.context
}

func (e secrecy) put(t *testing.T, c *s3.Client, bucket, key string, body []byte) {
	t.Helper()
	in := &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader(body), ServerSideEncryption: e.algorithm, SSEKMSEncryptionContext: e.kmsContext()}
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = e.customer()
	out, err := c.PutObject(t.Context(), in)
	require.NoError(t, err)
	assert.Equal(t, e.algorithm, out.ServerSideEncryption)
	assert.Equal(t, in.SSECustomerKeyMD5, out.SSECustomerKeyMD5)
}

// putParts uploads in two parts, and a third that is copied from the first
// object of that key.
func (e secrecy) putParts(t *testing.T, c *s3.Client, bucket, key string, parts [][]byte, source string) {
	t.Helper()
	in := &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key, ServerSideEncryption: e.algorithm, SSEKMSEncryptionContext: e.kmsContext()}
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = e.customer()
	up, err := c.CreateMultipartUpload(t.Context(), in)
	require.NoError(t, err)
	var done types.CompletedMultipartUpload
	for i, body := range parts {
		part := &s3.UploadPartInput{Bucket: &bucket, Key: &key, UploadId: up.UploadId, PartNumber: aws.Int32(int32(i + 1)), Body: bytes.NewReader(body)}
		part.SSECustomerAlgorithm, part.SSECustomerKey, part.SSECustomerKeyMD5 = e.customer()
		out, err := c.UploadPart(t.Context(), part)
		require.NoError(t, err)
		done.Parts = append(done.Parts, types.CompletedPart{PartNumber: part.PartNumber, ETag: out.ETag})
	}
	number := aws.Int32(int32(len(parts) + 1))
	from := &s3.UploadPartCopyInput{Bucket: &bucket, Key: &key, UploadId: up.UploadId, PartNumber: number, CopySource: aws.String(bucket + "/" + source), CopySourceRange: aws.String("bytes=10-1009")}
	from.SSECustomerAlgorithm, from.SSECustomerKey, from.SSECustomerKeyMD5 = e.customer()
	from.CopySourceSSECustomerAlgorithm, from.CopySourceSSECustomerKey, from.CopySourceSSECustomerKeyMD5 = e.customer()
	copied, err := c.UploadPartCopy(t.Context(), from)
	require.NoError(t, err)
	done.Parts = append(done.Parts, types.CompletedPart{PartNumber: number, ETag: copied.CopyPartResult.ETag})
	_, err = c.CompleteMultipartUpload(t.Context(), &s3.CompleteMultipartUploadInput{Bucket: &bucket, Key: &key, UploadId: up.UploadId, MultipartUpload: &done})
	require.NoError(t, err)
}

func (e secrecy) get(t *testing.T, c *s3.Client, bucket, key, span string) []byte {
	t.Helper()
	in := &s3.GetObjectInput{Bucket: &bucket, Key: &key}
	if span != "" {
		in.Range = &span
	}
	in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = e.customer()
	return get(t, c, in)
}

// check reads the whole, and parts that cross the edges of packages and parts.
func (e secrecy) check(t *testing.T, c *s3.Client, bucket, key string, body []byte) {
	t.Helper()
	same(t, body, e.get(t, c, bucket, key, ""), key)
	n := len(body)
	for _, r := range [][2]int{{0, 0}, {1, 1}, {n / 2, n/2 + 70_000}, {65_535, 65_536}, {65_536, 131_072}, {5<<20 - 1, 5 << 20}, {n - 1, n - 1}} {
		if r[0] < 0 || r[1] >= n {
			continue
		}
		span := fmt.Sprintf("bytes=%d-%d", r[0], r[1])
		same(t, body[r[0]:r[1]+1], e.get(t, c, bucket, key, span), key+" "+span)
	}
}

// TestSDKEncryptedObjects stores in each way in one piece and in parts, reads
// ranges, and copies from each way to each other.
func TestSDKEncryptedObjects(t *testing.T) {
	c := serveTLS(t).sdk(t, withSums)
	bucket := newBucket(t, c)
	ways := map[string]secrecy{
		"plain":    {},
		"customer": {key: data(32, 1)},
		"server":   {algorithm: types.ServerSideEncryptionAes256},
		"kms":      {algorithm: types.ServerSideEncryptionAwsKms, context: base64.StdEncoding.EncodeToString([]byte(`{"project":"e2e"}`))},
	}
	body, parts := data(200_000, 9), [][]byte{data(5<<20, 10), data(5<<20+100_001, 11)}
	joined := append(bytes.Join(parts, nil), body[10:1010]...)
	for name, e := range ways {
		e.put(t, c, bucket, name, body)
		e.check(t, c, bucket, name, body)
		e.putParts(t, c, bucket, name+" parts", parts, name)
		e.check(t, c, bucket, name+" parts", joined)
	}
	for from, source := range ways {
		for to, target := range ways {
			key := from + " as " + to
			in := &s3.CopyObjectInput{Bucket: &bucket, Key: &key, CopySource: aws.String(bucket + "/" + strings.ReplaceAll(from+" parts", " ", "%20")), ServerSideEncryption: target.algorithm, SSEKMSEncryptionContext: target.kmsContext()}
			in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = target.customer()
			in.CopySourceSSECustomerAlgorithm, in.CopySourceSSECustomerKey, in.CopySourceSSECustomerKeyMD5 = source.customer()
			out, err := c.CopyObject(t.Context(), in)
			require.NoError(t, err, key)
			assert.Equal(t, target.algorithm, out.ServerSideEncryption, key)
			target.check(t, c, bucket, key, joined)
		}
	}
	plain := serve(t).sdk(t)
	open := newBucket(t, plain)
	_, err := plain.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &open, Key: aws.String("k"), Body: bytes.NewReader(nil), SSECustomerAlgorithm: aws.String("AES256"),
		SSECustomerKey: aws.String(base64.StdEncoding.EncodeToString(data(32, 1)))})
	assert.Equal(t, "InvalidRequest", code(err), "keys do not travel in clear: %v", err)
	wrong := secrecy{key: data(32, 2)}
	for why, e := range map[string]secrecy{"no key": {}, "another key": wrong} {
		in := &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("customer")}
		in.SSECustomerAlgorithm, in.SSECustomerKey, in.SSECustomerKeyMD5 = e.customer()
		_, err := c.GetObject(t.Context(), in)
		assert.NotEmpty(t, code(err), why)
		_, err = c.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: &bucket, Key: aws.String("stolen"), CopySource: aws.String(bucket + "/customer"),
			CopySourceSSECustomerAlgorithm: in.SSECustomerAlgorithm, CopySourceSSECustomerKey: in.SSECustomerKey, CopySourceSSECustomerKeyMD5: in.SSECustomerKeyMD5})
		assert.NotEmpty(t, code(err), why)
	}
}

// TestRcloneCustomerKeys syncs with a customer's key: without it, nothing comes
// back.
func TestRcloneCustomerKeys(t *testing.T) {
	program := tool(t, "rclone")
	s := serveTLS(t)
	rclone := func(key []byte, args ...string) (string, error) {
		flags := []string{
			"--config", "", "--s3-provider=Other", "--s3-endpoint=" + s.url, "--s3-access-key-id=" + accessKey, "--s3-secret-access-key=" + secretKey,
			"--s3-region=" + region, "--s3-upload-cutoff=5M", "--s3-chunk-size=5M", "--retries=1", "--low-level-retries=1", "--ca-cert", s.ca,
		}
		if key != nil {
			flags = append(flags, "--s3-sse-customer-algorithm=AES256", "--s3-sse-customer-key="+string(key))
		}
		return shell{program, nil}.try(t, append(flags, args...)...)
	}
	key, other := []byte("0123456789abcdef0123456789abcdef"), []byte("another key of thirty-two bytes!")
	bucket := ":s3:" + bucketName()
	up, down := writeTree(t, true), t.TempDir()
	for _, args := range [][]string{
		{"mkdir", bucket}, {"sync", up, bucket + "/tree"}, {"check", "--download", up, bucket + "/tree"},
		{"sync", bucket + "/tree", down}, {"copy", bucket + "/tree", bucket + "/second"}, {"check", "--download", up, bucket + "/second"},
	} {
		out, err := rclone(key, args...)
		require.NoError(t, err, "%s\n%s", args, out)
	}
	sameTree(t, up, down)
	for why, k := range map[string][]byte{"no key": nil, "another key": other} {
		target := t.TempDir()
		out, err := rclone(k, "copy", bucket+"/tree", target)
		require.Error(t, err, "%s\n%s", why, out)
		assert.Empty(t, readTree(t, target)["one"], why)
	}
}
