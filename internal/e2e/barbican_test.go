package e2e

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"path/filepath"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// putKMS stores an object with aws:kms under a key, "" for the server's default.
func putKMS(t *testing.T, c *s3.Client, bucket, name, keyID string, body []byte) (*s3.PutObjectOutput, error) {
	t.Helper()
	in := &s3.PutObjectInput{Bucket: &bucket, Key: &name, Body: bytes.NewReader(body), ServerSideEncryption: types.ServerSideEncryptionAwsKms}
	if keyID != "" {
		in.SSEKMSKeyId = &keyID
	}
	return c.PutObject(t.Context(), in)
}

// defaultKey makes a key that of everything stored in the bucket.
func defaultKey(t *testing.T, c *s3.Client, bucket, keyID string) {
	t.Helper()
	_, err := c.PutBucketEncryption(t.Context(), &s3.PutBucketEncryptionInput{Bucket: &bucket, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
		Rules: []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{
			SSEAlgorithm: types.ServerSideEncryptionAwsKms, KMSMasterKeyID: &keyID,
		}}},
	}})
	require.NoError(t, err)
}

// intact downloads the objects of a bucket and compares them.
func intact(t *testing.T, c *s3.Client, bucket string, objects map[string][]byte) {
	t.Helper()
	for name, body := range objects {
		same(t, body, get(t, c, &s3.GetObjectInput{Bucket: &bucket, Key: &name}), name)
	}
}

// getFails returns the error of a download that must fail.
func getFails(t *testing.T, c *s3.Client, bucket, name string) error {
	t.Helper()
	_, err := c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &name})
	require.Error(t, err, name)
	return err
}

// unavailable checks that an error tells a client to come back later, and why.
func unavailable(t *testing.T, err error, why string) {
	t.Helper()
	var api smithy.APIError
	var answer *awshttp.ResponseError
	require.True(t, errors.As(err, &api) && errors.As(err, &answer), "%s: %v", why, err)
	assert.Equal(t, 503, answer.HTTPStatusCode(), why)
	assert.Equal(t, "ServiceUnavailable", api.ErrorCode(), why)
	assert.Equal(t, "The key provider is not available.", api.ErrorMessage(), why)
}

// TestBarbican stores under keys of a Barbican, with restarts of the server.
func TestBarbican(t *testing.T) {
	b := startBarbican(t)
	master := data(32, 1)
	made, stored, next := b.order(t), b.store(t, barbicanProject, master), b.order(t)
	dir := filepath.Join(t.TempDir(), "data")
	s := b.coffer(t, dir, made)
	c := s.sdk(t)
	bucket := newBucket(t, c)
	objects := map[string][]byte{}
	for i, test := range []struct{ name, key, want, why string }{
		{"default", "", made, "the server's default, a key that Barbican made"},
		{"named", stored, stored, "a key that was stored from outside"},
		{"arn", "arn:aws:kms:us-east-1:0:key/" + stored, stored, "the same by its ARN"},
	} {
		for suffix, size := range map[string]int{" empty": 0, " small": 100, " large": 3 << 20} {
			name, body := test.name+suffix, data(size, uint64(i))
			out, err := putKMS(t, c, bucket, name, test.key, body)
			require.NoError(t, err, test.why)
			assert.Equal(t, types.ServerSideEncryptionAwsKms, out.ServerSideEncryption, test.why)
			assert.Contains(t, aws.ToString(out.SSEKMSKeyId), test.want, test.why)
			objects[name] = body
		}
	}
	defaultKey(t, c, bucket, stored)
	objects["bucket"] = data(70_000, 5)
	out := put(t, c, bucket, "bucket", objects["bucket"])
	assert.Equal(t, types.ServerSideEncryptionAwsKms, out.ServerSideEncryption, "the bucket's default")
	assert.Equal(t, stored, aws.ToString(out.SSEKMSKeyId), "the bucket's default")
	intact(t, c, bucket, objects)
	s.stop(t)

	again := b.coffer(t, dir, next)
	c = again.sdk(t)
	intact(t, c, bucket, objects)
	newer, err := putKMS(t, c, bucket, "newer", "", objects["bucket"])
	require.NoError(t, err)
	assert.Equal(t, next, aws.ToString(newer.SSEKMSKeyId), "to rotate, another key is made the default")
	again.stop(t)

	b.remove(t, stored)
	last := b.coffer(t, dir, next)
	c = last.sdk(t)
	get(t, c, &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("default large")})
	assert.Equal(t, "KMS.NotFoundException", code(getFails(t, c, bucket, "named large")), "its key was removed from Barbican")
	last.stop(t)
	check(t, dir, false)
	for _, log := range []string{s.log.String(), again.log.String(), last.log.String()} {
		assert.NotContains(t, log, base64.StdEncoding.EncodeToString(master))
		assert.NotContains(t, log, hex.EncodeToString(master))
	}
}

// TestBarbicanRefusals names keys that do not serve.
func TestBarbicanRefusals(t *testing.T) {
	b := startBarbican(t)
	s := b.coffer(t, filepath.Join(t.TempDir(), "data"), b.order(t))
	c := s.sdk(t)
	bucket := newBucket(t, c)
	for _, test := range []struct{ key, want, why string }{
		{"11111111-2c3d-4e5f-8a9b-0c1d2e3f4a5b", "KMS.NotFoundException", "no secret has the UUID"},
		{"default", "KMS.NotFoundException", "a key of the server's own ring, which does not serve here"},
		{b.store(t, barbicanProject, nil), "KMS.NotFoundException", "the secret has no payload"},
		{b.store(t, barbicanProject, data(16, 1)), "KMS.DisabledException", "the secret is half as long as a key"},
		{b.store(t, "another", data(32, 2)), "AccessDenied", "the secret belongs to another project"},
	} {
		_, err := putKMS(t, c, bucket, "object", test.key, data(100, 1))
		assert.Equal(t, test.want, code(err), test.why)
	}
	listed, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket})
	require.NoError(t, err)
	assert.Empty(t, listed.Contents, "nothing is stored without its key")
}

// TestBarbicanDown stops the key manager and starts it again.
func TestBarbicanDown(t *testing.T) {
	b := startBarbican(t)
	known, unknown := b.order(t), b.order(t)
	dir, body := filepath.Join(t.TempDir(), "data"), data(70_000, 1)
	s := b.coffer(t, dir, known)
	c := s.sdk(t)
	bucket := newBucket(t, c)
	_, err := putKMS(t, c, bucket, "sealed", "", body)
	require.NoError(t, err)
	put(t, c, bucket, "plain", body)
	same(t, body, get(t, c, &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("sealed")}), "sealed")

	b.stop(t)
	same(t, body, get(t, c, &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("sealed")}), "the key is kept for a while")
	_, err = putKMS(t, c, bucket, "refused", unknown, body)
	unavailable(t, err, "a key that was not used before")
	s.stop(t)

	s = b.coffer(t, dir, known)
	c = s.sdk(t)
	same(t, body, get(t, c, &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("plain")}), "plain objects need no key")
	unavailable(t, getFails(t, c, bucket, "sealed"), "the server started without Barbican")
	_, err = putKMS(t, c, bucket, "refused", "", body)
	unavailable(t, err, "and encrypts nothing")

	b.start(t)
	same(t, body, get(t, c, &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("sealed")}), "Barbican is back")
	_, err = putKMS(t, c, bucket, "accepted", unknown, body)
	require.NoError(t, err, "Barbican is back")
	_, err = c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String("refused")})
	assert.Equal(t, "NotFound", code(err), "what was refused is not there")
}
