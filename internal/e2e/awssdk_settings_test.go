package e2e

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// bucketReads are the questions of tools that describe buckets as code, for
// example Terraform's AWS provider, with what Amazon answers for a new bucket:
// an error code, or "" for an answer.
func bucketReads(c *s3.Client, bucket *string) map[string]struct {
	want string
	ask  func(context.Context) error
} {
	type read = struct {
		want string
		ask  func(context.Context) error
	}
	id := aws.String("id")
	return map[string]read{
		"accelerate":     {"", call(c.GetBucketAccelerateConfiguration, &s3.GetBucketAccelerateConfigurationInput{Bucket: bucket})},
		"acl":            {"", call(c.GetBucketAcl, &s3.GetBucketAclInput{Bucket: bucket})},
		"abac":           {"", call(c.GetBucketAbac, &s3.GetBucketAbacInput{Bucket: bucket})},
		"cors":           {"NoSuchCORSConfiguration", call(c.GetBucketCors, &s3.GetBucketCorsInput{Bucket: bucket})},
		"encryption":     {"ServerSideEncryptionConfigurationNotFoundError", call(c.GetBucketEncryption, &s3.GetBucketEncryptionInput{Bucket: bucket})},
		"lifecycle":      {"NoSuchLifecycleConfiguration", call(c.GetBucketLifecycleConfiguration, &s3.GetBucketLifecycleConfigurationInput{Bucket: bucket})},
		"location":       {"", call(c.GetBucketLocation, &s3.GetBucketLocationInput{Bucket: bucket})},
		"logging":        {"", call(c.GetBucketLogging, &s3.GetBucketLoggingInput{Bucket: bucket})},
		"notification":   {"", call(c.GetBucketNotificationConfiguration, &s3.GetBucketNotificationConfigurationInput{Bucket: bucket})},
		"object lock":    {"ObjectLockConfigurationNotFoundError", call(c.GetObjectLockConfiguration, &s3.GetObjectLockConfigurationInput{Bucket: bucket})},
		"ownership":      {"", call(c.GetBucketOwnershipControls, &s3.GetBucketOwnershipControlsInput{Bucket: bucket})},
		"policy":         {"NoSuchBucketPolicy", call(c.GetBucketPolicy, &s3.GetBucketPolicyInput{Bucket: bucket})},
		"policy status":  {"NoSuchBucketPolicy", call(c.GetBucketPolicyStatus, &s3.GetBucketPolicyStatusInput{Bucket: bucket})},
		"public access":  {"NoSuchPublicAccessBlockConfiguration", call(c.GetPublicAccessBlock, &s3.GetPublicAccessBlockInput{Bucket: bucket})},
		"replication":    {"ReplicationConfigurationNotFoundError", call(c.GetBucketReplication, &s3.GetBucketReplicationInput{Bucket: bucket})},
		"request payer":  {"", call(c.GetBucketRequestPayment, &s3.GetBucketRequestPaymentInput{Bucket: bucket})},
		"tagging":        {"NoSuchTagSet", call(c.GetBucketTagging, &s3.GetBucketTaggingInput{Bucket: bucket})},
		"versioning":     {"", call(c.GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: bucket})},
		"website":        {"NoSuchWebsiteConfiguration", call(c.GetBucketWebsite, &s3.GetBucketWebsiteInput{Bucket: bucket})},
		"metadata":       {"MetadataConfigurationNotFound", call(c.GetBucketMetadataConfiguration, &s3.GetBucketMetadataConfigurationInput{Bucket: bucket})},
		"metadata table": {"MetadataTableConfigurationNotFound", call(c.GetBucketMetadataTableConfiguration, &s3.GetBucketMetadataTableConfigurationInput{Bucket: bucket})},
		"analytics":      {"NoSuchConfiguration", call(c.GetBucketAnalyticsConfiguration, &s3.GetBucketAnalyticsConfigurationInput{Bucket: bucket, Id: id})},
		"tiering":        {"NoSuchConfiguration", call(c.GetBucketIntelligentTieringConfiguration, &s3.GetBucketIntelligentTieringConfigurationInput{Bucket: bucket, Id: id})},
		"inventory":      {"NoSuchConfiguration", call(c.GetBucketInventoryConfiguration, &s3.GetBucketInventoryConfigurationInput{Bucket: bucket, Id: id})},
		"metrics":        {"NoSuchConfiguration", call(c.GetBucketMetricsConfiguration, &s3.GetBucketMetricsConfigurationInput{Bucket: bucket, Id: id})},
		"analytics list": {"", call(c.ListBucketAnalyticsConfigurations, &s3.ListBucketAnalyticsConfigurationsInput{Bucket: bucket})},
		"tiering list":   {"", call(c.ListBucketIntelligentTieringConfigurations, &s3.ListBucketIntelligentTieringConfigurationsInput{Bucket: bucket})},
		"inventory list": {"", call(c.ListBucketInventoryConfigurations, &s3.ListBucketInventoryConfigurationsInput{Bucket: bucket})},
		"metrics list":   {"", call(c.ListBucketMetricsConfigurations, &s3.ListBucketMetricsConfigurationsInput{Bucket: bucket})},
		"head":           {"", call(c.HeadBucket, &s3.HeadBucketInput{Bucket: bucket})},
		"versions":       {"", call(c.ListObjectVersions, &s3.ListObjectVersionsInput{Bucket: bucket})},
		"uploads":        {"", call(c.ListMultipartUploads, &s3.ListMultipartUploadsInput{Bucket: bucket})},
	}
}

// call binds an operation of the client to its arguments.
func call[In, Out any](op func(context.Context, *In, ...func(*s3.Options)) (*Out, error), in *In) func(context.Context) error {
	return func(ctx context.Context) error {
		_, err := op(ctx, in)
		return err
	}
}

// TestSDKReadsEverySetting asks a new bucket for everything that a bucket can
// have set: no answer may be one that Amazon does not give.
func TestSDKReadsEverySetting(t *testing.T) {
	c := serve(t).sdk(t)
	bucket, absent := newBucket(t, c), bucketName()
	for name, read := range bucketReads(c, &bucket) {
		err := read.ask(t.Context())
		assert.Equal(t, read.want, code(err), "%s: %v", name, err)
	}
	for name, read := range bucketReads(c, &absent) {
		want := "NoSuchBucket"
		if name == "head" {
			want = "NotFound" // there is no body to say more
		}
		assert.Equal(t, want, code(read.ask(t.Context())), "%s of no bucket", name)
	}
	accelerate := call(c.PutBucketAccelerateConfiguration, &s3.PutBucketAccelerateConfigurationInput{Bucket: &bucket,
		AccelerateConfiguration: &types.AccelerateConfiguration{Status: types.BucketAccelerateStatusEnabled}})
	assert.Equal(t, "NotImplemented", code(accelerate(t.Context())), "what cannot be had is refused, not ignored")
}

// setting is one that is put, read, and removed or put to rest.
type setting struct {
	name      string
	put, read func(context.Context) error
	remove    func(context.Context) error // nil = it stays
	gone      string                      // what reading says afterwards
}

// reads checks an answer.
func reads[In, Out any](t *testing.T, op func(context.Context, *In, ...func(*s3.Options)) (*Out, error), in *In, check func(*Out)) func(context.Context) error {
	return func(ctx context.Context) error {
		t.Helper()
		out, err := op(ctx, in)
		if err == nil {
			check(out)
		}
		return err
	}
}

// TestSDKSettings puts, reads back and removes what a bucket can have.
func TestSDKSettings(t *testing.T) {
	c := serve(t).sdk(t)
	bucket, logs := newBucket(t, c), newBucket(t, c)
	for _, s := range append(accessSettings(t, c, &bucket), serviceSettings(t, c, &bucket, &logs)...) {
		t.Run(s.name, func(t *testing.T) {
			// Twice: what describes buckets as code puts again what is there.
			for range 2 {
				require.NoError(t, s.put(t.Context()))
				require.NoError(t, s.read(t.Context()))
			}
			for range 2 {
				if s.remove != nil {
					require.NoError(t, s.remove(t.Context()))
					assert.Equal(t, s.gone, code(s.read(t.Context())))
				}
			}
		})
	}
}

func accessSettings(t *testing.T, c *s3.Client, bucket *string) []setting {
	policy := bucketPolicy(`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + *bucket + `/*"}`)
	return []setting{
		{
			name: "policy",
			put:  call(c.PutBucketPolicy, &s3.PutBucketPolicyInput{Bucket: bucket, Policy: policy}),
			read: reads(t, c.GetBucketPolicy, &s3.GetBucketPolicyInput{Bucket: bucket}, func(out *s3.GetBucketPolicyOutput) {
				assert.JSONEq(t, *policy, *out.Policy)
				status, err := c.GetBucketPolicyStatus(t.Context(), &s3.GetBucketPolicyStatusInput{Bucket: bucket})
				if assert.NoError(t, err) {
					assert.True(t, *status.PolicyStatus.IsPublic)
				}
			}),
			remove: call(c.DeleteBucketPolicy, &s3.DeleteBucketPolicyInput{Bucket: bucket}), gone: "NoSuchBucketPolicy",
		},
		{
			name: "public access block",
			put: call(c.PutPublicAccessBlock, &s3.PutPublicAccessBlockInput{Bucket: bucket, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
				BlockPublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true)}}),
			read: reads(t, c.GetPublicAccessBlock, &s3.GetPublicAccessBlockInput{Bucket: bucket}, func(out *s3.GetPublicAccessBlockOutput) {
				b := out.PublicAccessBlockConfiguration
				assert.Equal(t, []bool{true, false, false, true}, []bool{*b.BlockPublicAcls, *b.BlockPublicPolicy, *b.IgnorePublicAcls, *b.RestrictPublicBuckets})
			}),
			remove: call(c.DeletePublicAccessBlock, &s3.DeletePublicAccessBlockInput{Bucket: bucket}), gone: "NoSuchPublicAccessBlockConfiguration",
		},
		{
			name: "ownership",
			put: call(c.PutBucketOwnershipControls, &s3.PutBucketOwnershipControlsInput{Bucket: bucket, OwnershipControls: &types.OwnershipControls{
				Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnershipBucketOwnerPreferred}}}}),
			read: reads(t, c.GetBucketOwnershipControls, &s3.GetBucketOwnershipControlsInput{Bucket: bucket}, func(out *s3.GetBucketOwnershipControlsOutput) {
				assert.Equal(t, types.ObjectOwnershipBucketOwnerPreferred, out.OwnershipControls.Rules[0].ObjectOwnership)
			}),
			remove: call(c.DeleteBucketOwnershipControls, &s3.DeleteBucketOwnershipControlsInput{Bucket: bucket}), gone: "OwnershipControlsNotFoundError",
		},
		{
			name: "acl",
			put:  call(c.PutBucketAcl, &s3.PutBucketAclInput{Bucket: bucket, ACL: types.BucketCannedACL("log-delivery-write")}),
			read: reads(t, c.GetBucketAcl, &s3.GetBucketAclInput{Bucket: bucket}, func(out *s3.GetBucketAclOutput) { assert.Len(t, out.Grants, 3) }),
		},
	}
}

func serviceSettings(t *testing.T, c *s3.Client, bucket, logs *string) []setting {
	rule := types.LifecycleRule{ID: aws.String("old"), Status: types.ExpirationStatusEnabled, Filter: &types.LifecycleRuleFilter{And: &types.LifecycleRuleAndOperator{
		Prefix: aws.String("tmp/"), ObjectSizeGreaterThan: aws.Int64(10), Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}}},
		Expiration: &types.LifecycleExpiration{Days: aws.Int32(30)}, NoncurrentVersionExpiration: &types.NoncurrentVersionExpiration{NoncurrentDays: aws.Int32(7), NewerNoncurrentVersions: aws.Int32(2)}}
	return []setting{
		{
			name: "tagging",
			put:  call(c.PutBucketTagging, &s3.PutBucketTaggingInput{Bucket: bucket, Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("a"), Value: aws.String("b c")}}}}),
			read: reads(t, c.GetBucketTagging, &s3.GetBucketTaggingInput{Bucket: bucket}, func(out *s3.GetBucketTaggingOutput) {
				assert.Equal(t, map[string]string{"a": "b c"}, tagMap(out.TagSet))
			}),
			remove: call(c.DeleteBucketTagging, &s3.DeleteBucketTaggingInput{Bucket: bucket}), gone: "NoSuchTagSet",
		},
		{
			name: "lifecycle",
			put: call(c.PutBucketLifecycleConfiguration, &s3.PutBucketLifecycleConfigurationInput{Bucket: bucket,
				LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{rule}}}),
			read: reads(t, c.GetBucketLifecycleConfiguration, &s3.GetBucketLifecycleConfigurationInput{Bucket: bucket}, func(out *s3.GetBucketLifecycleConfigurationOutput) {
				assert.Equal(t, []types.LifecycleRule{rule}, out.Rules)
			}),
			remove: call(c.DeleteBucketLifecycle, &s3.DeleteBucketLifecycleInput{Bucket: bucket}), gone: "NoSuchLifecycleConfiguration",
		},
		{
			name: "cors",
			put: call(c.PutBucketCors, &s3.PutBucketCorsInput{Bucket: bucket, CORSConfiguration: &types.CORSConfiguration{CORSRules: []types.CORSRule{{
				AllowedMethods: []string{"GET", "PUT"}, AllowedOrigins: []string{"https://*.example.org"}, MaxAgeSeconds: aws.Int32(5)}}}}),
			read: reads(t, c.GetBucketCors, &s3.GetBucketCorsInput{Bucket: bucket}, func(out *s3.GetBucketCorsOutput) {
				assert.Equal(t, []string{"GET", "PUT"}, out.CORSRules[0].AllowedMethods)
			}),
			remove: call(c.DeleteBucketCors, &s3.DeleteBucketCorsInput{Bucket: bucket}), gone: "NoSuchCORSConfiguration",
		},
		{
			name: "website",
			put: call(c.PutBucketWebsite, &s3.PutBucketWebsiteInput{Bucket: bucket, WebsiteConfiguration: &types.WebsiteConfiguration{
				IndexDocument: &types.IndexDocument{Suffix: aws.String("index.html")}, RoutingRules: []types.RoutingRule{{
					Condition: &types.Condition{KeyPrefixEquals: aws.String("a/")}, Redirect: &types.Redirect{ReplaceKeyPrefixWith: aws.String("b/")}}}}}),
			read: reads(t, c.GetBucketWebsite, &s3.GetBucketWebsiteInput{Bucket: bucket}, func(out *s3.GetBucketWebsiteOutput) {
				assert.Equal(t, "index.html", *out.IndexDocument.Suffix)
				assert.Equal(t, "b/", *out.RoutingRules[0].Redirect.ReplaceKeyPrefixWith)
			}),
			remove: call(c.DeleteBucketWebsite, &s3.DeleteBucketWebsiteInput{Bucket: bucket}), gone: "NoSuchWebsiteConfiguration",
		},
		{
			name: "logging",
			put: call(c.PutBucketLogging, &s3.PutBucketLoggingInput{Bucket: bucket, BucketLoggingStatus: &types.BucketLoggingStatus{
				LoggingEnabled: &types.LoggingEnabled{TargetBucket: logs, TargetPrefix: aws.String("log/")}}}),
			read: reads(t, c.GetBucketLogging, &s3.GetBucketLoggingInput{Bucket: bucket}, func(out *s3.GetBucketLoggingOutput) {
				assert.Equal(t, *logs, *out.LoggingEnabled.TargetBucket)
			}),
		},
		{
			name: "request payment",
			put: call(c.PutBucketRequestPayment, &s3.PutBucketRequestPaymentInput{Bucket: bucket,
				RequestPaymentConfiguration: &types.RequestPaymentConfiguration{Payer: types.PayerRequester}}),
			read: reads(t, c.GetBucketRequestPayment, &s3.GetBucketRequestPaymentInput{Bucket: bucket}, func(out *s3.GetBucketRequestPaymentOutput) {
				assert.Equal(t, types.PayerRequester, out.Payer)
			}),
		},
		{
			name: "encryption",
			put: call(c.PutBucketEncryption, &s3.PutBucketEncryptionInput{Bucket: bucket, ServerSideEncryptionConfiguration: &types.ServerSideEncryptionConfiguration{
				Rules: []types.ServerSideEncryptionRule{{ApplyServerSideEncryptionByDefault: &types.ServerSideEncryptionByDefault{SSEAlgorithm: types.ServerSideEncryptionAes256}}}}}),
			read: reads(t, c.GetBucketEncryption, &s3.GetBucketEncryptionInput{Bucket: bucket}, func(out *s3.GetBucketEncryptionOutput) {
				assert.Equal(t, types.ServerSideEncryptionAes256, out.ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm)
			}),
			remove: call(c.DeleteBucketEncryption, &s3.DeleteBucketEncryptionInput{Bucket: bucket}), gone: "ServerSideEncryptionConfigurationNotFoundError",
		},
		{
			name: "versioning",
			put:  call(c.PutBucketVersioning, &s3.PutBucketVersioningInput{Bucket: bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}}),
			read: reads(t, c.GetBucketVersioning, &s3.GetBucketVersioningInput{Bucket: bucket}, func(out *s3.GetBucketVersioningOutput) {
				assert.Equal(t, types.BucketVersioningStatusEnabled, out.Status)
			}),
		},
		{
			name: "object lock",
			put: call(c.PutObjectLockConfiguration, &s3.PutObjectLockConfigurationInput{Bucket: bucket, ObjectLockConfiguration: &types.ObjectLockConfiguration{
				ObjectLockEnabled: types.ObjectLockEnabledEnabled,
				Rule:              &types.ObjectLockRule{DefaultRetention: &types.DefaultRetention{Mode: types.ObjectLockRetentionModeGovernance, Years: aws.Int32(1)}}}}),
			read: reads(t, c.GetObjectLockConfiguration, &s3.GetObjectLockConfigurationInput{Bucket: bucket}, func(out *s3.GetObjectLockConfigurationOutput) {
				assert.Equal(t, int32(1), *out.ObjectLockConfiguration.Rule.DefaultRetention.Years)
			}),
		},
	}
}
