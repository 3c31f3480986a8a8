package s3http

import "net/http"

// bucketRoutes are the operations on a bucket. Of those with the same method the
// first that matches counts.
var bucketRoutes = []route{
	{Operation: Operation{
		Name: "ListObjectsV2", Method: http.MethodGet, Query: "list-type=2", Action: "s3:ListBucket",
		Category: "list_bucket", Class: ClassList, Counter: "ListBucket",
	}, run: (*call).listObjectsV2},
	{Operation: Operation{
		Name: "ListObjectVersions", Method: http.MethodGet, Query: "versions", Action: "s3:ListBucketVersions",
		Category: "list_bucket", Class: ClassList, Counter: "ListBucket",
	}, run: (*call).listVersions},
	{Operation: Operation{
		Name: "ListMultipartUploads", Method: http.MethodGet, Query: "uploads", Action: "s3:ListBucketMultipartUploads",
		Category: "list_bucket_multiparts", Class: ClassList, Counter: "ListBucketMultipartUploads",
	}, run: (*call).listUploads},
	{Operation: Operation{
		Name: "GetBucketLocation", Method: http.MethodGet, Query: "location", Action: "s3:GetBucketLocation",
		Category: "get_bucket_location", Class: ClassOther, Counter: "GetBucketLocation",
	}, run: (*call).getLocation},
	{Operation: Operation{
		Name: "GetBucketVersioning", Method: http.MethodGet, Query: "versioning", Action: "s3:GetBucketVersioning",
		Category: "get_bucket_versioning", Class: ClassOther, Counter: "GetBucketVersioning",
	}, run: (*call).getVersioning},
	{Operation: Operation{
		Name: "GetBucketTagging", Method: http.MethodGet, Query: "tagging", Action: "s3:GetBucketTagging",
		Category: "get_bucket_tags", Class: ClassOther, Counter: "GetBucketTagging",
	}, run: (*call).getBucketTagging},
	{Operation: Operation{
		Name: "GetBucketAcl", Method: http.MethodGet, Query: "acl", Action: "s3:GetBucketAcl",
		Category: "get_acls", Class: ClassOther, Counter: "GetBucketAcl",
	}, run: (*call).getBucketACL},
	{Operation: Operation{
		Name: "GetBucketPolicy", Method: http.MethodGet, Query: "policy", Action: "s3:GetBucketPolicy",
		Category: "get_bucket_policy", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).getPolicy},
	{Operation: Operation{
		Name: "GetBucketPolicyStatus", Method: http.MethodGet, Query: "policyStatus", Action: "s3:GetBucketPolicyStatus",
		Category: "get_bucket_policy_status", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).getPolicyStatus},
	{Operation: Operation{
		Name: "GetPublicAccessBlock", Method: http.MethodGet, Query: "publicAccessBlock", Action: "s3:GetBucketPublicAccessBlock",
		Category: "get_bucket_public_access_block", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).getPublicBlock},
	{Operation: Operation{
		Name: "GetBucketOwnershipControls", Method: http.MethodGet, Query: "ownershipControls", Action: "s3:GetBucketOwnershipControls",
		Category: "get_bucket_ownership_controls", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).getOwnershipControls},
	{Operation: Operation{
		Name: "GetBucketCors", Method: http.MethodGet, Query: "cors", Action: "s3:GetBucketCORS",
		Category: "get_cors", Class: ClassOther, Counter: "GetBucketCors",
	}, run: (*call).getCORS},
	{Operation: Operation{
		Name: "GetBucketLifecycleConfiguration", Method: http.MethodGet, Query: "lifecycle", Action: "s3:GetLifecycleConfiguration",
		Category: "get_lifecycle", Class: ClassOther, Counter: "GetBucketLifecycle",
	}, run: (*call).getLifecycle},
	{Operation: Operation{
		Name: "GetBucketNotificationConfiguration", Method: http.MethodGet, Query: "notification", Action: "s3:GetBucketNotification",
		Category: "pubsub_notifs_list", Class: ClassOther, Counter: "GetBucketNotification",
	}, run: (*call).getEmptyDocument},
	{Operation: Operation{
		Name: "GetBucketEncryption", Method: http.MethodGet, Query: "encryption", Action: "s3:GetEncryptionConfiguration",
		Category: "get_bucket_encryption", Class: ClassOther, Counter: "GetBucketEncryption",
	}, run: (*call).getBucketEncryption},
	{Operation: Operation{
		Name: "GetBucketWebsite", Method: http.MethodGet, Query: "website", Action: "s3:GetBucketWebsite",
		Category: "get_bucket_website", Class: ClassOther, Counter: "GetBucketWebsite",
	}, run: (*call).getWebsite},
	{Operation: Operation{
		Name: "GetBucketLogging", Method: http.MethodGet, Query: "logging", Action: "s3:GetBucketLogging",
		Category: "get_bucket_logging", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).getLogging},
	{Operation: Operation{
		Name: "GetBucketRequestPayment", Method: http.MethodGet, Query: "requestPayment", Action: "s3:GetBucketRequestPayment",
		Category: "get_request_payment", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).getRequestPayment},
	{Operation: Operation{
		Name: "GetBucketAccelerateConfiguration", Method: http.MethodGet, Query: "accelerate", Action: "s3:GetAccelerateConfiguration",
		Category: "get_bucket_accelerate", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).getEmptyDocument},
	{Operation: Operation{
		Name: "GetBucketReplication", Method: http.MethodGet, Query: "replication", Action: "s3:GetReplicationConfiguration",
		Category: "get_bucket_replication", Class: ClassOther, Counter: "GetBucketReplication",
	}, run: (*call).getUnset},
	{Operation: Operation{
		Name: "GetObjectLockConfiguration", Method: http.MethodGet, Query: "object-lock", Action: "s3:GetBucketObjectLockConfiguration",
		Category: "get_bucket_object_lock", Class: ClassOther, Counter: "GetBucketObjectLock",
	}, run: (*call).getLockConfiguration},
	{Operation: Operation{
		Name: "GetBucketAnalyticsConfiguration", Method: http.MethodGet, Query: "analytics", Action: "s3:GetAnalyticsConfiguration",
		Category: "get_bucket_analytics", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).getConfiguration},
	{Operation: Operation{
		Name: "GetBucketIntelligentTieringConfiguration", Method: http.MethodGet, Query: "intelligent-tiering", Action: "s3:GetIntelligentTieringConfiguration",
		Category: "get_bucket_intelligent_tiering", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).getConfiguration},
	{Operation: Operation{
		Name: "GetBucketInventoryConfiguration", Method: http.MethodGet, Query: "inventory", Action: "s3:GetInventoryConfiguration",
		Category: "get_bucket_inventory", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).getConfiguration},
	{Operation: Operation{
		Name: "GetBucketMetricsConfiguration", Method: http.MethodGet, Query: "metrics", Action: "s3:GetMetricsConfiguration",
		Category: "get_bucket_metrics", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).getConfiguration},
	{Operation: Operation{
		Name: "GetBucketMetadataConfiguration", Method: http.MethodGet, Query: "metadataConfiguration", Action: "s3:GetBucketMetadataTableConfiguration",
		Category: "get_bucket_metadata_configuration", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).getUnset},
	{Operation: Operation{
		Name: "GetBucketMetadataTableConfiguration", Method: http.MethodGet, Query: "metadataTable", Action: "s3:GetBucketMetadataTableConfiguration",
		Category: "get_bucket_metadata_table", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).getUnset},
	{Operation: Operation{
		Name: "GetBucketAbac", Method: http.MethodGet, Query: "abac", Action: "s3:GetBucketAbac",
		Category: "get_bucket_abac", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).getABAC},
	{Operation: Operation{
		Name: "CreateSession", Method: http.MethodGet, Query: "session", Action: "s3:CreateSession",
		Category: "create_session", Class: ClassOther, Counter: Uncounted,
	}},
	{Operation: Operation{
		Name: "ListObjects", Method: http.MethodGet, Action: "s3:ListBucket",
		Category: "list_bucket", Class: ClassList, Counter: "ListBucket",
	}, run: (*call).listObjects},
	{Operation: Operation{
		Name: "HeadBucket", Method: http.MethodHead, Action: "s3:ListBucket",
		Category: "stat_bucket", Class: ClassOther, Counter: "HeadBucket",
	}, run: (*call).headBucket},
	{Operation: Operation{
		Name: "PutBucketVersioning", Method: http.MethodPut, Query: "versioning", Action: "s3:PutBucketVersioning",
		Category: "set_bucket_versioning", Class: ClassPut, Counter: "PutBucketVersioning",
	}, run: (*call).putVersioning},
	{Operation: Operation{
		Name: "PutBucketTagging", Method: http.MethodPut, Query: "tagging", Action: "s3:PutBucketTagging",
		Category: "put_bucket_tags", Class: ClassPut, Counter: "PutBucketTagging",
	}, run: (*call).putBucketTagging, late: true},
	{Operation: Operation{
		Name: "PutBucketAcl", Method: http.MethodPut, Query: "acl", Action: "s3:PutBucketAcl",
		Category: "put_acls", Class: ClassPut, Counter: "PutBucketAcl",
	}, run: (*call).putBucketACL},
	{Operation: Operation{
		Name: "PutBucketPolicy", Method: http.MethodPut, Query: "policy", Action: "s3:PutBucketPolicy",
		Category: "put_bucket_policy", Class: ClassPut, Counter: Uncounted,
	}, run: (*call).putPolicy},
	{Operation: Operation{
		Name: "PutPublicAccessBlock", Method: http.MethodPut, Query: "publicAccessBlock", Action: "s3:PutBucketPublicAccessBlock",
		Category: "put_bucket_public_access_block", Class: ClassPut, Counter: Uncounted,
	}, run: (*call).putPublicBlock},
	{Operation: Operation{
		Name: "PutBucketOwnershipControls", Method: http.MethodPut, Query: "ownershipControls", Action: "s3:PutBucketOwnershipControls",
		Category: "put_bucket_ownership_controls", Class: ClassPut, Counter: Uncounted,
	}, run: (*call).putOwnershipControls},
	{Operation: Operation{
		Name: "PutBucketCors", Method: http.MethodPut, Query: "cors", Action: "s3:PutBucketCORS",
		Category: "put_cors", Class: ClassPut, Counter: "PutBucketCors",
	}, run: (*call).putCORS},
	{Operation: Operation{
		Name: "PutBucketLifecycleConfiguration", Method: http.MethodPut, Query: "lifecycle", Action: "s3:PutLifecycleConfiguration",
		Category: "put_lifecycle", Class: ClassPut, Counter: "PutBucketLifecycle",
	}, run: (*call).putLifecycle},
	{Operation: Operation{
		Name: "PutBucketNotificationConfiguration", Method: http.MethodPut, Query: "notification", Action: "s3:PutBucketNotification",
		Category: "pubsub_notif_create", Class: ClassPut, Counter: "PutBucketNotification",
	}, run: (*call).putNotification},
	{Operation: Operation{
		Name: "PutBucketEncryption", Method: http.MethodPut, Query: "encryption", Action: "s3:PutEncryptionConfiguration",
		Category: "put_bucket_encryption", Class: ClassPut, Counter: "PutBucketEncryption",
	}, run: (*call).putBucketEncryption},
	{Operation: Operation{
		Name: "PutBucketWebsite", Method: http.MethodPut, Query: "website", Action: "s3:PutBucketWebsite",
		Category: "set_bucket_website", Class: ClassPut, Counter: "PutBucketWebsite",
	}, run: (*call).putWebsite},
	{Operation: Operation{
		Name: "PutBucketLogging", Method: http.MethodPut, Query: "logging", Action: "s3:PutBucketLogging",
		Category: "put_bucket_logging", Class: ClassPut, Counter: Uncounted,
	}, run: (*call).putLogging},
	{Operation: Operation{
		Name: "PutBucketRequestPayment", Method: http.MethodPut, Query: "requestPayment", Action: "s3:PutBucketRequestPayment",
		Category: "set_request_payment", Class: ClassPut, Counter: Uncounted,
	}, run: (*call).putRequestPayment},
	{Operation: Operation{
		Name: "PutBucketAccelerateConfiguration", Method: http.MethodPut, Query: "accelerate", Action: "s3:PutAccelerateConfiguration",
		Category: "put_bucket_accelerate", Class: ClassPut, Counter: Uncounted,
	}},
	{Operation: Operation{
		Name: "PutBucketReplication", Method: http.MethodPut, Query: "replication", Action: "s3:PutReplicationConfiguration",
		Category: "put_bucket_replication", Class: ClassPut, Counter: "PutBucketReplication",
	}},
	{Operation: Operation{
		Name: "PutObjectLockConfiguration", Method: http.MethodPut, Query: "object-lock", Action: "s3:PutBucketObjectLockConfiguration",
		Category: "put_bucket_object_lock", Class: ClassPut, Counter: "PutBucketObjectLock",
	}, run: (*call).putLockConfiguration},
	{Operation: Operation{
		Name: "PutBucketAnalyticsConfiguration", Method: http.MethodPut, Query: "analytics", Action: "s3:PutAnalyticsConfiguration",
		Category: "put_bucket_analytics", Class: ClassPut, Counter: Uncounted,
	}},
	{Operation: Operation{
		Name: "PutBucketIntelligentTieringConfiguration", Method: http.MethodPut, Query: "intelligent-tiering", Action: "s3:PutIntelligentTieringConfiguration",
		Category: "put_bucket_intelligent_tiering", Class: ClassPut, Counter: Uncounted,
	}},
	{Operation: Operation{
		Name: "PutBucketInventoryConfiguration", Method: http.MethodPut, Query: "inventory", Action: "s3:PutInventoryConfiguration",
		Category: "put_bucket_inventory", Class: ClassPut, Counter: Uncounted,
	}},
	{Operation: Operation{
		Name: "PutBucketMetricsConfiguration", Method: http.MethodPut, Query: "metrics", Action: "s3:PutMetricsConfiguration",
		Category: "put_bucket_metrics", Class: ClassPut, Counter: Uncounted,
	}},
	{Operation: Operation{
		Name: "PutBucketAbac", Method: http.MethodPut, Query: "abac", Action: "s3:PutBucketAbac",
		Category: "put_bucket_abac", Class: ClassPut, Counter: Uncounted,
	}},
	{Operation: Operation{
		Name: "UpdateBucketMetadataInventoryTableConfiguration", Method: http.MethodPut, Query: "metadataInventoryTable", Action: "s3:UpdateBucketMetadataInventoryTableConfiguration",
		Category: "put_bucket_metadata_inventory_table", Class: ClassPut, Counter: Uncounted,
	}},
	{Operation: Operation{
		Name: "UpdateBucketMetadataJournalTableConfiguration", Method: http.MethodPut, Query: "metadataJournalTable", Action: "s3:UpdateBucketMetadataJournalTableConfiguration",
		Category: "put_bucket_metadata_journal_table", Class: ClassPut, Counter: Uncounted,
	}},
	{Operation: Operation{
		Name: "CreateBucket", Method: http.MethodPut, Action: "s3:CreateBucket",
		Category: "create_bucket", Class: ClassPut, Counter: "CreateBucket",
	}, run: (*call).createBucket, creates: true, late: true},
	{Operation: Operation{
		Name: "DeleteObjects", Method: http.MethodPost, Query: "delete", Action: "s3:DeleteObject", VersionAction: "s3:DeleteObjectVersion",
		Category: "multi_object_delete", Class: ClassDelete, Counter: "MultiObjectDelete",
	}, run: (*call).deleteObjects, late: true},
	{Operation: Operation{
		Name: "CreateBucketMetadataConfiguration", Method: http.MethodPost, Query: "metadataConfiguration", Action: "s3:CreateBucketMetadataTableConfiguration",
		Category: "create_bucket_metadata_configuration", Class: ClassPut, Counter: Uncounted,
	}},
	{Operation: Operation{
		Name: "CreateBucketMetadataTableConfiguration", Method: http.MethodPost, Query: "metadataTable", Action: "s3:CreateBucketMetadataTableConfiguration",
		Category: "create_bucket_metadata_table", Class: ClassPut, Counter: Uncounted,
	}},
	{Operation: Operation{
		Name: "PostObject", Method: http.MethodPost, Action: "s3:PutObject",
		Category: "post_obj", Class: ClassPut, Counter: "PutObject",
	}, run: (*call).postObject, form: true},
	{Operation: Operation{
		Name: "DeleteBucketTagging", Method: http.MethodDelete, Query: "tagging", Action: "s3:PutBucketTagging",
		Category: "delete_bucket_tags", Class: ClassDelete, Counter: "DeleteBucketTagging",
	}, run: (*call).deleteBucketTagging},
	{Operation: Operation{
		Name: "DeleteBucketPolicy", Method: http.MethodDelete, Query: "policy", Action: "s3:DeleteBucketPolicy",
		Category: "delete_bucket_policy", Class: ClassDelete, Counter: Uncounted,
	}, run: (*call).deletePolicy},
	{Operation: Operation{
		Name: "DeletePublicAccessBlock", Method: http.MethodDelete, Query: "publicAccessBlock", Action: "s3:PutBucketPublicAccessBlock",
		Category: "delete_bucket_public_access_block", Class: ClassDelete, Counter: Uncounted,
	}, run: (*call).deletePublicBlock},
	{Operation: Operation{
		Name: "DeleteBucketOwnershipControls", Method: http.MethodDelete, Query: "ownershipControls", Action: "s3:PutBucketOwnershipControls",
		Category: "delete_bucket_ownership_controls", Class: ClassDelete, Counter: Uncounted,
	}, run: (*call).deleteOwnershipControls},
	{Operation: Operation{
		Name: "DeleteBucketCors", Method: http.MethodDelete, Query: "cors", Action: "s3:PutBucketCORS",
		Category: "delete_cors", Class: ClassDelete, Counter: "DeleteBucketCors",
	}, run: (*call).deleteCORS},
	{Operation: Operation{
		Name: "DeleteBucketLifecycle", Method: http.MethodDelete, Query: "lifecycle", Action: "s3:PutLifecycleConfiguration",
		Category: "delete_lifecycle", Class: ClassDelete, Counter: "DeleteBucketLifecycle",
	}, run: (*call).deleteLifecycle},
	{Operation: Operation{
		Name: "DeleteBucketEncryption", Method: http.MethodDelete, Query: "encryption", Action: "s3:PutEncryptionConfiguration",
		Category: "delete_bucket_encryption", Class: ClassDelete, Counter: "DeleteBucketEncryption",
	}, run: (*call).deleteBucketEncryption},
	{Operation: Operation{
		Name: "DeleteBucketWebsite", Method: http.MethodDelete, Query: "website", Action: "s3:DeleteBucketWebsite",
		Category: "delete_bucket_website", Class: ClassDelete, Counter: "DeleteBucketWebsite",
	}, run: (*call).deleteWebsite},
	{Operation: Operation{
		Name: "DeleteBucketReplication", Method: http.MethodDelete, Query: "replication", Action: "s3:PutReplicationConfiguration",
		Category: "delete_bucket_replication", Class: ClassDelete, Counter: "DeleteBucketReplication",
	}, run: (*call).deleteUnset},
	{Operation: Operation{
		Name: "DeleteBucketAnalyticsConfiguration", Method: http.MethodDelete, Query: "analytics", Action: "s3:PutAnalyticsConfiguration",
		Category: "delete_bucket_analytics", Class: ClassDelete, Counter: Uncounted,
	}, run: (*call).deleteConfiguration},
	{Operation: Operation{
		Name: "DeleteBucketIntelligentTieringConfiguration", Method: http.MethodDelete, Query: "intelligent-tiering", Action: "s3:PutIntelligentTieringConfiguration",
		Category: "delete_bucket_intelligent_tiering", Class: ClassDelete, Counter: Uncounted,
	}, run: (*call).deleteConfiguration},
	{Operation: Operation{
		Name: "DeleteBucketInventoryConfiguration", Method: http.MethodDelete, Query: "inventory", Action: "s3:PutInventoryConfiguration",
		Category: "delete_bucket_inventory", Class: ClassDelete, Counter: Uncounted,
	}, run: (*call).deleteConfiguration},
	{Operation: Operation{
		Name: "DeleteBucketMetricsConfiguration", Method: http.MethodDelete, Query: "metrics", Action: "s3:PutMetricsConfiguration",
		Category: "delete_bucket_metrics", Class: ClassDelete, Counter: Uncounted,
	}, run: (*call).deleteConfiguration},
	{Operation: Operation{
		Name: "DeleteBucketMetadataConfiguration", Method: http.MethodDelete, Query: "metadataConfiguration", Action: "s3:DeleteBucketMetadataTableConfiguration",
		Category: "delete_bucket_metadata_configuration", Class: ClassDelete, Counter: Uncounted,
	}},
	{Operation: Operation{
		Name: "DeleteBucketMetadataTableConfiguration", Method: http.MethodDelete, Query: "metadataTable", Action: "s3:DeleteBucketMetadataTableConfiguration",
		Category: "delete_bucket_metadata_table", Class: ClassDelete, Counter: Uncounted,
	}},
	{Operation: Operation{
		Name: "DeleteBucket", Method: http.MethodDelete, Action: "s3:DeleteBucket",
		Category: "delete_bucket", Class: ClassDelete, Counter: "DeleteBucket",
	}, run: (*call).deleteBucket},
	{Operation: Operation{
		Name: "Preflight", Method: http.MethodOptions, Action: Unsigned,
		Category: "options_cors", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).preflight, public: true},
}
