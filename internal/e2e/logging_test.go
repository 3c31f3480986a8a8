package e2e

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestBucketLogs reads the log that a server has delivered when it stopped.
func TestBucketLogs(t *testing.T) {
	s := serve(t)
	c := s.sdk(t)
	bucket, logs := newBucket(t, c), newBucket(t, c)
	_, err := c.PutBucketLogging(t.Context(), &s3.PutBucketLoggingInput{Bucket: &bucket, BucketLoggingStatus: &types.BucketLoggingStatus{
		LoggingEnabled: &types.LoggingEnabled{TargetBucket: &logs, TargetPrefix: aws.String("log/")}}})
	require.NoError(t, err)
	put(t, c, bucket, "a key", []byte("hello"))
	get(t, c, &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("a key"), Range: aws.String("bytes=0-1")})
	status, _ := curl(t, "--user-agent", `a "quoted" agent`, s.url+"/"+bucket+"/a%20key?x=1")
	require.Equal(t, "403", status)
	s.stop(t)

	again := launch(t, s.data)
	defer again.stop(t)
	c = again.sdk(t)
	list, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &logs, Prefix: aws.String("log/")})
	require.NoError(t, err)
	var text strings.Builder
	for _, o := range list.Contents {
		text.Write(get(t, c, &s3.GetObjectInput{Bucket: &logs, Key: o.Key}))
	}
	for _, want := range []string{
		` REST.PUT.OBJECT a%20key "PUT /` + bucket + `/a%20key?x-id=PutObject HTTP/1.1" 200 - - 5 `,
		` REST.GET.OBJECT a%20key "GET /` + bucket + `/a%20key?x-id=GetObject HTTP/1.1" 206 - 2 5 `,
		` REST.GET.OBJECT a%20key "GET /` + bucket + `/a%20key?x=1 HTTP/1.1" 403 AccessDenied `,
		`"a %22quoted%22 agent"`,
	} {
		assert.Contains(t, text.String(), want)
	}
}
