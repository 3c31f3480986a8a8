package e2e

import (
	"bytes"
	"crypto/md5"
	"encoding/base64"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/minio/minio-go/v7/pkg/encrypt"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMinioEncryption stores in every mode, in one piece and in parts, and
// copies between the modes.
func TestMinioEncryption(t *testing.T) {
	s := serveTLS(t)
	c := s.minio(t, credentials.NewStaticV4(accessKey, secretKey, ""))
	bucket := minioBucket(t, c)
	customer, err := encrypt.NewSSEC(data(32, 7))
	require.NoError(t, err)
	kms, err := encrypt.NewSSEKMS("default", map[string]string{"project": "e2e"})
	require.NoError(t, err)
	modes := map[string]encrypt.ServerSide{"customer": customer, "server": encrypt.NewSSE(), "kms": kms}
	forGet := func(sse encrypt.ServerSide) encrypt.ServerSide {
		if sse.Type() == encrypt.SSEC {
			return sse
		}
		return nil
	}
	for name, sse := range modes {
		for _, size := range []int{0, 100, 70_000, 17 << 20} {
			body := data(size, uint64(size))
			_, err := c.PutObject(t.Context(), bucket, name, bytes.NewReader(body), int64(size), minio.PutObjectOptions{ServerSideEncryption: sse})
			require.NoError(t, err, "%s: %d bytes", name, size)
			same(t, body, minioGetSSE(t, c, bucket, name, forGet(sse)), name)
			info, err := c.StatObject(t.Context(), bucket, name, minio.StatObjectOptions{ServerSideEncryption: forGet(sse)})
			require.NoError(t, err)
			assert.EqualValues(t, size, info.Size, "plain sizes are told")
		}
		for to, other := range modes {
			src := minio.CopySrcOptions{Bucket: bucket, Object: name}
			if sse.Type() == encrypt.SSEC {
				src.Encryption = encrypt.SSECopy(sse)
			}
			_, err := c.CopyObject(t.Context(), minio.CopyDestOptions{Bucket: bucket, Object: "copy", Encryption: other}, src)
			require.NoError(t, err, "%s to %s", name, to)
			same(t, data(17<<20, 17<<20), minioGetSSE(t, c, bucket, "copy", forGet(other)), name+" to "+to)
		}
	}
	_, err = c.StatObject(t.Context(), bucket, "customer", minio.StatObjectOptions{})
	assert.Equal(t, 400, minio.ToErrorResponse(err).StatusCode, "without the key")
}

func minioGetSSE(t *testing.T, c minioClient, bucket, key string, sse encrypt.ServerSide) []byte {
	t.Helper()
	o, err := c.GetObject(t.Context(), bucket, key, minio.GetObjectOptions{ServerSideEncryption: sse})
	require.NoError(t, err)
	defer o.Close()
	body, err := io.ReadAll(o)
	require.NoError(t, err)
	return body
}

// TestSDKEncryption sets a bucket's default, and looks for plain bytes in the
// data directory.
func TestSDKEncryption(t *testing.T) {
	s := serveTLS(t)
	c := s.sdk(t)
	bucket := newBucket(t, c)
	_, err := c.GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: &bucket})
	assert.Equal(t, "ServerSideEncryptionConfigurationNotFoundError", code(err))
	_, err = c.PutBucketEncryption(t.Context(), &s3.PutBucketEncryptionInput{Bucket: &bucket, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
		Rules: []types.ServerSideEncryptionRule{{
			ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAwsKms},
			BucketKeyEnabled:                   aws.Bool(true),
		}},
	}})
	require.NoError(t, err)
	got, err := c.GetBucketEncryption(t.Context(), &s3.GetBucketEncryptionInput{Bucket: &bucket})
	require.NoError(t, err)
	assert.Equal(t, types.ServerSideEncryptionAwsKms, got.ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm)
	const secret = "nothing of this is to be found on the disk; "
	for key, n := range map[string]int{"small": 3, "large": 10_000} {
		out := put(t, c, bucket, key, []byte(strings.Repeat(secret, n)))
		assert.Equal(t, types.ServerSideEncryptionAwsKms, out.ServerSideEncryption)
		assert.Equal(t, "default", *out.SSEKMSKeyId)
		assert.True(t, *out.BucketKeyEnabled)
		same(t, []byte(strings.Repeat(secret, n)), get(t, c, &s3.GetObjectInput{Bucket: &bucket, Key: &key}), key)
	}
	key := string(data(32, 3))
	sum := md5.Sum([]byte(key))
	in := &s3.PutObjectInput{
		Bucket: &bucket, Key: aws.String("customer"), Body: strings.NewReader(secret), SSECustomerAlgorithm: aws.String("AES256"),
		SSECustomerKey: aws.String(base64.StdEncoding.EncodeToString([]byte(key))), SSECustomerKeyMD5: aws.String(base64.StdEncoding.EncodeToString(sum[:])),
	}
	_, err = c.PutObject(t.Context(), in)
	require.NoError(t, err)
	same(t, []byte(secret), get(t, c, &s3.GetObjectInput{
		Bucket: &bucket, Key: in.Key, SSECustomerAlgorithm: in.SSECustomerAlgorithm, SSECustomerKey: in.SSECustomerKey, SSECustomerKeyMD5: in.SSECustomerKeyMD5,
	}), "customer")
	_, err = c.DeleteBucketEncryption(t.Context(), &s3.DeleteBucketEncryptionInput{Bucket: &bucket})
	require.NoError(t, err)
	require.NoError(t, filepath.WalkDir(s.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		assert.False(t, bytes.Contains(text, []byte(secret)) || bytes.Contains(text, []byte(key)), path)
		return err
	}))
	assert.NotContains(t, s.log.String(), *in.SSECustomerKey)
}
