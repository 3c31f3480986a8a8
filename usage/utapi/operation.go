package utapi

import "slices"

// operations are the names of operations without "s3:", in the order in which
// answers have them: those of scality/utapi 8.1 and then those that only its
// version 2 has. New ones go to the end: rows name them by their place.
var operations = []string{
	"DeleteBucket", "DeleteBucketCors", "DeleteBucketWebsite", "DeleteObjectTagging", "ListBucket",
	"GetBucketAcl", "GetBucketCors", "GetBucketWebsite", "GetBucketLocation", "CreateBucket",
	"PutBucketAcl", "PutBucketCors", "PutBucketWebsite", "PutObject", "CopyObject", "UploadPart",
	"UploadPartCopy", "ListBucketMultipartUploads", "ListMultipartUploadParts",
	"InitiateMultipartUpload", "CompleteMultipartUpload", "AbortMultipartUpload", "DeleteObject",
	"MultiObjectDelete", "GetObject", "GetObjectAcl", "GetObjectTagging", "PutObjectAcl",
	"PutObjectTagging", "HeadBucket", "HeadObject", "PutBucketVersioning", "GetBucketVersioning",
	"PutBucketReplication", "GetBucketReplication", "DeleteBucketReplication", "PutBucketObjectLock",
	"GetBucketObjectLock", "PutObjectRetention", "GetObjectRetention", "PutObjectLegalHold",
	"GetObjectLegalHold", "ReplicateObject", "ReplicateTags", "ReplicateDelete",

	"DeleteBucketEncryption", "DeleteBucketLifecycle", "DeleteBucketTagging", "GetBucketEncryption",
	"GetBucketLifecycle", "GetBucketNotification", "GetBucketTagging", "PutBucketEncryption",
	"PutBucketLifecycle", "PutBucketNotification", "PutBucketTagging",
}

// Operations returns the names of all operations that are counted, in the order
// of [Metric.Operations], without the prefix "s3:" that answers have.
func Operations() []string { return slices.Clone(operations) }

// field is a counter of a subject. Rows name it by its number.
type field uint8

// Fields. Those of operations follow, in their order.
const (
	fieldIn field = iota
	fieldOut
	fieldStorage // bytes stored; see subject.counted
	fieldObjects // versions and delete markers
	firstOperation

	maxFields = 64
)

// noField is what an event without an operation counts.
const noField = field(maxFields)

// fieldsByName are the fields of operations.
var fieldsByName = fieldTable()

func fieldTable() map[string]field {
	t := make(map[string]field, len(operations))
	for i, name := range operations {
		t[name] = firstOperation + field(i)
	}
	return t
}

// commits tells whether an operation is counted in the transaction of what it
// changes.
func commits(operation string) bool {
	switch operation {
	case "CreateBucket", "DeleteBucket", "PutObject", "CopyObject", "UploadPart", "UploadPartCopy", "DeleteObject",
		"InitiateMultipartUpload", "CompleteMultipartUpload", "AbortMultipartUpload":
		return true
	}
	return false
}

// multiDelete is counted once a request, whatever is deleted. It changes
// storage all the same, and is the bucket owner's therefore.
const multiDelete = "MultiObjectDelete"
