package policy

import "strings"

// Actions are the S3 actions that a bucket policy may name ("Actions, resources,
// and condition keys for Amazon S3"), of buckets and objects.
func Actions() []string { return strings.Fields(bucketActions + objectActions) }

// bucketActions are done to buckets.
const bucketActions = `
s3:CreateBucket s3:CreateBucketMetadataTableConfiguration s3:CreateSession s3:DeleteBucket
s3:DeleteBucketMetadataTableConfiguration s3:DeleteBucketOwnershipControls s3:DeleteBucketPolicy
s3:DeleteBucketPublicAccessBlock s3:DeleteBucketWebsite s3:DeleteReplicationConfiguration
s3:GetAccelerateConfiguration s3:GetAnalyticsConfiguration s3:GetBucketAbac s3:GetBucketAcl s3:GetBucketCORS
s3:GetBucketLocation s3:GetBucketLogging s3:GetBucketMetadataTableConfiguration s3:GetBucketNotification
s3:GetBucketObjectLockConfiguration s3:GetBucketOwnershipControls s3:GetBucketPolicy s3:GetBucketPolicyStatus
s3:GetBucketPublicAccessBlock s3:GetBucketRequestPayment s3:GetBucketTagging s3:GetBucketVersioning
s3:GetBucketWebsite s3:GetEncryptionConfiguration s3:GetIntelligentTieringConfiguration
s3:GetInventoryConfiguration s3:GetLifecycleConfiguration s3:GetMetricsConfiguration
s3:GetReplicationConfiguration s3:ListAllMyBuckets s3:ListBucket s3:ListBucketMultipartUploads
s3:ListBucketVersions s3:ListTagsForResource s3:PutAccelerateConfiguration s3:PutAnalyticsConfiguration s3:PutBucketAbac
s3:PutBucketAcl s3:PutBucketCORS s3:PutBucketLogging s3:PutBucketNotification
s3:PutBucketObjectLockConfiguration s3:PutBucketOwnershipControls s3:PutBucketPolicy
s3:PutBucketPublicAccessBlock s3:PutBucketRequestPayment s3:PutBucketTagging s3:PutBucketVersioning
s3:PutBucketWebsite s3:PutEncryptionConfiguration s3:PutIntelligentTieringConfiguration
s3:PutInventoryConfiguration s3:PutLifecycleConfiguration s3:PutMetricsConfiguration
s3:PutReplicationConfiguration s3:TagResource s3:UntagResource
s3:UpdateBucketMetadataInventoryTableConfiguration s3:UpdateBucketMetadataJournalTableConfiguration
`

// objectActions are done to objects.
const objectActions = `
s3:AbortMultipartUpload s3:BypassGovernanceRetention s3:DeleteObject s3:DeleteObjectTagging
s3:DeleteObjectVersion s3:DeleteObjectVersionTagging s3:GetObject s3:GetObjectAcl s3:GetObjectAttributes
s3:GetObjectLegalHold s3:GetObjectRetention s3:GetObjectTagging s3:GetObjectTorrent s3:GetObjectVersion
s3:GetObjectVersionAcl s3:GetObjectVersionAttributes s3:GetObjectVersionForReplication
s3:GetObjectVersionTagging s3:GetObjectVersionTorrent s3:InitiateReplication s3:ListMultipartUploadParts
s3:ObjectOwnerOverrideToBucketOwner s3:PutObject s3:PutObjectAcl s3:PutObjectLegalHold s3:PutObjectRetention
s3:PutObjectTagging s3:PutObjectVersionAcl s3:PutObjectVersionTagging s3:ReplicateDelete s3:ReplicateObject
s3:ReplicateTags s3:RestoreObject s3:UpdateObjectEncryption
`

// anyKnown tells whether a compiled action names at least one of a list.
func anyKnown(p pattern, list string) bool {
	for _, a := range strings.Fields(list) {
		if p.matches(strings.ToLower(a)) {
			return true
		}
	}
	return false
}

// applies tells whether each action of a bucket policy's statement can be done
// to one of its resources at least.
func (st *statement) applies(bucket string) bool {
	ofBucket, ofObjects := false, false
	for _, r := range st.resources {
		b, o := r.levels(bucket)
		ofBucket, ofObjects = ofBucket || b, ofObjects || o
	}
	for _, p := range st.actions.all() {
		if !(ofBucket && anyKnown(p, bucketActions)) && !(ofObjects && anyKnown(p, objectActions)) {
			return false
		}
	}
	return true
}
