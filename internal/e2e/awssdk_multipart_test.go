package e2e

import (
	"bytes"
	"io"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager"
	tmtypes "github.com/aws/aws-sdk-go-v2/feature/s3/transfermanager/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const partSize = 5 << 20

func TestSDKTransferManager(t *testing.T) {
	for name, s := range map[string]*server{"signed payload": serve(t), "unsigned trailer": serveTLS(t)} {
		for _, alg := range []tmtypes.ChecksumAlgorithm{"", "CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"} {
			t.Run(name+" "+string(alg), func(t *testing.T) {
				c := s.sdk(t)
				bucket, key, body := newBucket(t, c), "big object", data(3*partSize+12345, 9)
				m := transfermanager.New(c, func(o *transfermanager.Options) { o.PartSizeBytes, o.MultipartUploadThreshold = partSize, partSize })
				_, err := m.UploadObject(t.Context(), &transfermanager.UploadObjectInput{
					Bucket: &bucket, Key: &key, Body: struct{ io.Reader }{bytes.NewReader(body)}, ChecksumAlgorithm: alg, Metadata: map[string]string{"a": "b"},
				})
				require.NoError(t, err)
				head, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: &key})
				require.NoError(t, err)
				assert.True(t, strings.HasSuffix(*head.ETag, `-4"`), "ETag %s is that of four parts", *head.ETag)
				assert.Equal(t, map[string]string{"a": "b"}, head.Metadata)
				same(t, body, get(t, c, &s3.GetObjectInput{Bucket: &bucket, Key: &key}), "GET")
				same(t, body[2*partSize:3*partSize], get(t, c, &s3.GetObjectInput{Bucket: &bucket, Key: &key, PartNumber: aws.Int32(3)}), "part 3")
				for _, kind := range []tmtypes.GetObjectType{tmtypes.GetObjectParts, tmtypes.GetObjectRanges} {
					m := transfermanager.New(c, func(o *transfermanager.Options) { o.GetObjectType = kind })
					out, err := m.GetObject(t.Context(), &transfermanager.GetObjectInput{Bucket: &bucket, Key: &key})
					require.NoError(t, err)
					got, err := io.ReadAll(out.Body)
					require.NoError(t, err)
					same(t, body, got, string(kind))
				}
			})
		}
	}
}

func TestSDKMultipartSteps(t *testing.T) {
	c := serve(t).sdk(t)
	bucket, key := newBucket(t, c), "in/steps"
	source := data(2*partSize, 4)
	put(t, c, bucket, "source key", source)
	created, err := c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key, ContentType: aws.String("text/x-y")})
	require.NoError(t, err)
	id := created.UploadId

	first := data(partSize, 5)
	one, err := c.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: &bucket, Key: &key, UploadId: id, PartNumber: aws.Int32(1), Body: bytes.NewReader(first)})
	require.NoError(t, err)
	two, err := c.UploadPartCopy(t.Context(), &s3.UploadPartCopyInput{Bucket: &bucket, Key: &key, UploadId: id, PartNumber: aws.Int32(20),
		CopySource: aws.String(bucket + "/" + url.PathEscape("source key")), CopySourceRange: aws.String("bytes=100-5242979")})
	require.NoError(t, err)
	parts, err := c.ListParts(t.Context(), &s3.ListPartsInput{Bucket: &bucket, Key: &key, UploadId: id, MaxParts: aws.Int32(1)})
	require.NoError(t, err)
	require.Len(t, parts.Parts, 1)
	assert.True(t, *parts.IsTruncated)
	uploads, err := c.ListMultipartUploads(t.Context(), &s3.ListMultipartUploadsInput{Bucket: &bucket, Prefix: aws.String("in/")})
	require.NoError(t, err)
	require.Len(t, uploads.Uploads, 1)
	assert.Equal(t, *id, *uploads.Uploads[0].UploadId)

	complete := s3.CompleteMultipartUploadInput{Bucket: &bucket, Key: &key, UploadId: id, MultipartUpload: &types.CompletedMultipartUpload{Parts: []types.CompletedPart{
		{PartNumber: aws.Int32(20), ETag: two.CopyPartResult.ETag}, {PartNumber: aws.Int32(1), ETag: one.ETag},
	}}}
	_, err = c.CompleteMultipartUpload(t.Context(), &complete)
	assert.Equal(t, "InvalidPartOrder", code(err))
	complete.MultipartUpload.Parts = []types.CompletedPart{{PartNumber: aws.Int32(1), ETag: aws.String(`"0123456789abcdef0123456789abcdef"`)}}
	_, err = c.CompleteMultipartUpload(t.Context(), &complete)
	assert.Equal(t, "InvalidPart", code(err))
	complete.MultipartUpload.Parts = []types.CompletedPart{{PartNumber: aws.Int32(1), ETag: one.ETag}, {PartNumber: aws.Int32(20), ETag: two.CopyPartResult.ETag}}
	done, err := c.CompleteMultipartUpload(t.Context(), &complete)
	require.NoError(t, err)
	again, err := c.CompleteMultipartUpload(t.Context(), &complete)
	require.NoError(t, err, "a client that lost the answer asks again")
	assert.Equal(t, *done.ETag, *again.ETag)
	same(t, append(first, source[100:5242980]...), get(t, c, &s3.GetObjectInput{Bucket: &bucket, Key: &key}), "the object")

	small, err := c.CreateMultipartUpload(t.Context(), &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key})
	require.NoError(t, err)
	_, err = c.AbortMultipartUpload(t.Context(), &s3.AbortMultipartUploadInput{Bucket: &bucket, Key: &key, UploadId: small.UploadId})
	require.NoError(t, err)
	_, err = c.UploadPart(t.Context(), &s3.UploadPartInput{Bucket: &bucket, Key: &key, UploadId: small.UploadId, PartNumber: aws.Int32(1), Body: strings.NewReader("x")})
	assert.Equal(t, "NoSuchUpload", code(err))
}

// copyEscape encodes the key of a copy's source, which the SDK leaves to its
// users: a plus is a space there, and url.PathEscape lets it stand.
func copyEscape(key string) string { return strings.ReplaceAll(url.PathEscape(key), "+", "%2B") }

func TestSDKCopy(t *testing.T) {
	c := serve(t).sdk(t)
	from, to := newBucket(t, c), newBucket(t, c)
	for i, key := range oddKeys() {
		body := data(i*1000, uint64(i))
		put(t, c, from, key, body)
		_, err := c.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: &to, Key: &key, CopySource: aws.String(from + "/" + copyEscape(key))})
		require.NoError(t, err, "%q", key)
		same(t, body, get(t, c, &s3.GetObjectInput{Bucket: &to, Key: &key}), key)
	}
	key := "plain"
	_, err := c.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: &from, Key: &key, CopySource: aws.String(from + "/" + key)})
	assert.Equal(t, "InvalidRequest", code(err), "onto itself, without a change")
	_, err = c.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: &from, Key: &key, CopySource: aws.String(from + "/" + key),
		MetadataDirective: types.MetadataDirectiveReplace, Metadata: map[string]string{"new": "yes"}})
	require.NoError(t, err)
	head, err := c.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &from, Key: &key})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"new": "yes"}, head.Metadata)
	_, err = c.CopyObject(t.Context(), &s3.CopyObjectInput{Bucket: &to, Key: &key, CopySource: aws.String(from + "/absent")})
	assert.Equal(t, "NoSuchKey", code(err))
}
