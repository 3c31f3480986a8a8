package e2e

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// withSums makes the client send checksums, as it does unless it is made by
// hand: what is locked is not taken without.
func withSums(o *s3.Options) {
	o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenSupported
}

func TestSDKObjectLock(t *testing.T) {
	ctx, c := t.Context(), serve(t).sdk(t, withSums)
	bucket, key := bucketName(), aws.String("key")
	_, err := c.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket, ObjectLockEnabledForBucket: aws.Bool(true)})
	require.NoError(t, err)
	_, err = c.PutObjectLockConfiguration(ctx, &s3.PutObjectLockConfigurationInput{Bucket: &bucket, ObjectLockConfiguration: &types.ObjectLockConfiguration{
		ObjectLockEnabled: types.ObjectLockEnabledEnabled,
		Rule:              &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{Mode: types.ObjectLockRetentionModeGovernance, Days: aws.Int32(1)}},
	}})
	require.NoError(t, err)
	config, err := c.GetObjectLockConfiguration(ctx, &s3.GetObjectLockConfigurationInput{Bucket: &bucket})
	require.NoError(t, err)
	assert.Equal(t, int32(1), *config.ObjectLockConfiguration.Rule.DefaultRetention.Days)

	governed := put(t, c, bucket, *key, []byte("x")).VersionId
	head, err := c.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: key})
	require.NoError(t, err)
	assert.Equal(t, types.ObjectLockModeGovernance, head.ObjectLockMode)
	_, err = c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: key, VersionId: governed})
	assert.Equal(t, "AccessDenied", code(err))
	_, err = c.PutObjectLegalHold(ctx, &s3.PutObjectLegalHoldInput{Bucket: &bucket, Key: key, LegalHold: &types.ObjectLockLegalHold{Status: types.ObjectLockLegalHoldStatusOn}})
	require.NoError(t, err)
	bypass := &s3.DeleteObjectsInput{Bucket: &bucket, BypassGovernanceRetention: aws.Bool(true),
		Delete: &types.Delete{Objects: []types.ObjectIdentifier{{Key: key, VersionId: governed}}}}
	many, err := c.DeleteObjects(ctx, bypass)
	require.NoError(t, err)
	require.Len(t, many.Errors, 1, "a hold is not bypassed")
	_, err = c.PutObjectLegalHold(ctx, &s3.PutObjectLegalHoldInput{Bucket: &bucket, Key: key, LegalHold: &types.ObjectLockLegalHold{Status: types.ObjectLockLegalHoldStatusOff}})
	require.NoError(t, err)
	many, err = c.DeleteObjects(ctx, bypass)
	require.NoError(t, err)
	assert.Empty(t, many.Errors)

	until := time.Now().Add(time.Hour).UTC()
	out, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: key, Body: bytes.NewReader([]byte("x")),
		ObjectLockMode: types.ObjectLockModeCompliance, ObjectLockRetainUntilDate: &until})
	require.NoError(t, err)
	retain := func(d time.Duration) error {
		_, err := c.PutObjectRetention(ctx, &s3.PutObjectRetentionInput{Bucket: &bucket, Key: key, BypassGovernanceRetention: aws.Bool(true),
			Retention: &types.ObjectLockRetention{Mode: types.ObjectLockRetentionModeCompliance, RetainUntilDate: aws.Time(until.Add(d))}})
		return err
	}
	assert.Equal(t, "AccessDenied", code(retain(-time.Minute)), "compliance is never shortened")
	require.NoError(t, retain(time.Minute))
	_, err = c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &bucket, Key: key, VersionId: out.VersionId, BypassGovernanceRetention: aws.Bool(true)})
	assert.Equal(t, "AccessDenied", code(err))
	_, err = c.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: &bucket})
	assert.Equal(t, "BucketNotEmpty", code(err))
}

// TestSDKLifecycle runs a server whose days are seconds.
func TestSDKLifecycle(t *testing.T) {
	ctx, c := t.Context(), serve(t, "--lifecycle-day-length=1s", "--lifecycle-interval=1s").sdk(t)
	bucket := newBucket(t, c)
	_, err := c.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{Bucket: &bucket,
		LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{{
			ID: aws.String("short"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{Prefix: aws.String("tmp/")},
			Expiration:                     &types.LifecycleExpiration{Days: aws.Int32(1)},
			AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(1)},
		}}}})
	require.NoError(t, err)
	got, err := c.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &bucket})
	require.NoError(t, err)
	assert.Equal(t, "short", *got.Rules[0].ID)

	put(t, c, bucket, "keep", nil)
	assert.Contains(t, aws.ToString(put(t, c, bucket, "tmp/a", nil).Expiration), `rule-id="short"`)
	_, err = c.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: aws.String("tmp/b")})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		objects, err := c.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &bucket})
		uploads, err2 := c.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: &bucket})
		return err == nil && err2 == nil && len(objects.Contents) == 1 && len(uploads.Uploads) == 0
	}, time.Minute, 100*time.Millisecond)
	_, err = c.DeleteBucketLifecycle(ctx, &s3.DeleteBucketLifecycleInput{Bucket: &bucket})
	require.NoError(t, err)
	_, err = c.GetBucketLifecycleConfiguration(ctx, &s3.GetBucketLifecycleConfigurationInput{Bucket: &bucket})
	assert.Equal(t, "NoSuchLifecycleConfiguration", code(err))
}

// TestSDKLifecycleSparesLocks runs a server whose days are seconds over versions
// of which one is locked.
func TestSDKLifecycleSparesLocks(t *testing.T) {
	ctx, c := t.Context(), serve(t, "--lifecycle-day-length=1s", "--lifecycle-interval=1s").sdk(t, withSums)
	bucket := bucketName()
	_, err := c.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket, ObjectLockEnabledForBucket: aws.Bool(true)})
	require.NoError(t, err)
	_, err = c.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("kept"), Body: bytes.NewReader([]byte("x")),
		ObjectLockMode: types.ObjectLockModeCompliance, ObjectLockRetainUntilDate: aws.Time(time.Now().Add(time.Hour))})
	require.NoError(t, err)
	_, err = c.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("held"), Body: bytes.NewReader([]byte("y")), ObjectLockLegalHoldStatus: types.ObjectLockLegalHoldStatusOn})
	require.NoError(t, err)
	put(t, c, bucket, "loose", []byte("z"))
	_, err = c.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{Bucket: &bucket,
		LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{{
			Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{},
			Expiration: &types.LifecycleExpiration{Days: aws.Int32(1)}, NoncurrentVersionExpiration: &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(1)},
		}, {
			Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{}, Expiration: &types.LifecycleExpiration{ExpiredObjectDeleteMarker: aws.Bool(true)},
		}}}})
	require.NoError(t, err)
	// What is loose goes, with its marker; what is locked is hidden at most.
	want := []string{"held marker", "kept marker", "held", "kept"}
	var left []string
	assert.Eventually(t, func() bool {
		out, err := c.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &bucket})
		if err != nil {
			return false
		}
		left = nil
		for _, m := range out.DeleteMarkers {
			left = append(left, *m.Key+" marker")
		}
		for _, v := range out.Versions {
			left = append(left, *v.Key)
		}
		return slices.Equal(want, left)
	}, time.Minute, 100*time.Millisecond)
	assert.Equal(t, want, left)
}
