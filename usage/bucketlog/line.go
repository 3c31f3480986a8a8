package bucketlog

import (
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/cofferstore/coffer/usage"
)

// maxField bounds each member of a line that a client chooses, in bytes.
const maxField = 4096

// resources are the resource types of operations in the log; others are
// OBJECT or BUCKET.
var resources = map[string]string{
	"ListObjectVersions": "BUCKETVERSIONS", "ListMultipartUploads": "UPLOADS", "GetBucketLocation": "LOCATION",
	"GetBucketVersioning": "VERSIONING", "PutBucketVersioning": "VERSIONING",
	"GetBucketTagging": "TAGGING", "PutBucketTagging": "TAGGING", "DeleteBucketTagging": "TAGGING",
	"ListTagsForResource": "TAGGING", "TagResource": "TAGGING", "UntagResource": "TAGGING",
	"GetBucketAcl": "ACL", "PutBucketAcl": "ACL", "GetObjectAcl": "ACL", "PutObjectAcl": "ACL",
	"GetBucketPolicy": "BUCKETPOLICY", "PutBucketPolicy": "BUCKETPOLICY", "DeleteBucketPolicy": "BUCKETPOLICY",
	"GetBucketPolicyStatus": "POLICY_STATUS",
	"GetPublicAccessBlock":  "PUBLIC_ACCESS_BLOCK", "PutPublicAccessBlock": "PUBLIC_ACCESS_BLOCK", "DeletePublicAccessBlock": "PUBLIC_ACCESS_BLOCK",
	"GetBucketOwnershipControls": "OWNERSHIP_CONTROLS", "PutBucketOwnershipControls": "OWNERSHIP_CONTROLS", "DeleteBucketOwnershipControls": "OWNERSHIP_CONTROLS",
	"GetBucketCors": "CORS", "PutBucketCors": "CORS", "DeleteBucketCors": "CORS", "Preflight": "PREFLIGHT",
	"GetBucketLifecycleConfiguration": "LIFECYCLE", "PutBucketLifecycleConfiguration": "LIFECYCLE", "DeleteBucketLifecycle": "LIFECYCLE",
	"GetBucketNotificationConfiguration": "NOTIFICATION", "PutBucketNotificationConfiguration": "NOTIFICATION",
	"GetBucketEncryption": "ENCRYPTION", "PutBucketEncryption": "ENCRYPTION", "DeleteBucketEncryption": "ENCRYPTION",
	"GetBucketWebsite": "WEBSITE", "PutBucketWebsite": "WEBSITE", "DeleteBucketWebsite": "WEBSITE",
	"GetBucketLogging": "LOGGING_STATUS", "PutBucketLogging": "LOGGING_STATUS",
	"GetBucketRequestPayment": "REQUEST_PAYMENT", "PutBucketRequestPayment": "REQUEST_PAYMENT",
	"GetBucketAccelerateConfiguration": "ACCELERATE", "GetBucketReplication": "REPLICATION", "DeleteBucketReplication": "REPLICATION",
	"GetObjectLockConfiguration": "OBJECT_LOCK_CONFIGURATION", "PutObjectLockConfiguration": "OBJECT_LOCK_CONFIGURATION",
	"GetObjectRetention": "OBJECT_LOCK_RETENTION", "PutObjectRetention": "OBJECT_LOCK_RETENTION",
	"GetObjectLegalHold": "OBJECT_LOCK_LEGALHOLD", "PutObjectLegalHold": "OBJECT_LOCK_LEGALHOLD",
	"GetObjectTagging": "OBJECT_TAGGING", "PutObjectTagging": "OBJECT_TAGGING", "DeleteObjectTagging": "OBJECT_TAGGING",
	"GetObjectAttributes": "OBJECT_ATTRIBUTES", "DeleteObjects": "MULTI_OBJECT_DELETE",
	"CreateMultipartUpload": "UPLOADS", "CompleteMultipartUpload": "UPLOAD", "AbortMultipartUpload": "UPLOAD", "ListParts": "UPLOAD",
	"UploadPart": "PART", "UploadPartCopy": "PART", "PostObject": "OBJECT", "GetPage": "OBJECT", "HeadPage": "OBJECT",
}

// operation is the request's operation as "REST.GET.OBJECT".
func operation(e *usage.Entry) string {
	protocol, method := "REST.", e.Method
	switch e.Operation {
	case "GetPage", "HeadPage":
		protocol = "WEBSITE."
	case "CopyObject", "UploadPartCopy":
		method = "COPY"
	}
	resource := resources[e.Operation]
	switch {
	case resource != "":
	case e.Key != "":
		resource = "OBJECT"
	default:
		resource = "BUCKET"
	}
	return protocol + method + "." + resource
}

// appendLine appends an entry as a line (S3: "Amazon S3 server access log
// format"). No member can end the line or another member early: what a client
// chose is percent-encoded where it would.
func appendLine(b []byte, e *usage.Entry) []byte {
	l := e.Log
	b = word(b, e.Owner)
	b = word(b, bucketName(e.Bucket))
	b = append(e.Start.UTC().AppendFormat(append(b, '['), "02/Jan/2006:15:04:05 -0700"), "] "...)
	b = word(b, remoteIP(e.RemoteAddr))
	b = word(b, e.User)
	b = word(b, e.RequestID)
	b = word(b, operation(e))
	b = word(b, e.Key)
	b = quoted(b, strings.TrimSpace(e.Method+" "+usage.RedactQuery(e.Path)+" "+l.Proto))
	b = number(b, int64(e.Status))
	b = word(b, e.ErrorCode)
	b = number(b, e.BytesSent)
	b = number(b, l.ObjectSize)
	b = append(strconv.AppendInt(b, e.Duration.Milliseconds(), 10), ' ')
	b = millis(b, e.FirstByte)
	b = quoted(b, l.Referer)
	b = quoted(b, e.UserAgent)
	b = word(b, l.VersionID)
	b = word(b, l.HostID)
	b = word(b, l.SignatureVersion)
	b = word(b, l.TLSCipher)
	b = word(b, l.AuthType)
	b = word(b, e.Host)
	b = word(b, l.TLSVersion)
	return append(b, "- -\n"...) // no access points; no access by ACL is told
}

func bucketName(id string) string { return id[strings.IndexByte(id, ':')+1:] }

func remoteIP(addr string) string {
	if host, _, err := net.SplitHostPort(addr); err == nil {
		return host
	}
	return addr
}

// word appends a member that is told without quotes.
func word(b []byte, s string) []byte {
	if s == "" {
		return append(b, "- "...)
	}
	return append(encode(b, s, ' '), ' ')
}

func quoted(b []byte, s string) []byte {
	if s == "" {
		s = "-"
	}
	return append(encode(append(b, '"'), s, '"'), `" `...)
}

// encode appends s with control characters, bytes beyond ASCII, quotes and stop
// percent-encoded.
func encode(b []byte, s string, stop byte) []byte {
	const digits = "0123456789ABCDEF"
	for i := 0; i < min(len(s), maxField); i++ {
		if ch := s[i]; ch < 0x20 || ch >= 0x7F || ch == '"' || ch == stop {
			b = append(b, '%', digits[ch>>4], digits[ch&15])
		} else {
			b = append(b, ch)
		}
	}
	return b
}

func number(b []byte, n int64) []byte {
	if n == 0 {
		return append(b, "- "...)
	}
	return append(strconv.AppendInt(b, n, 10), ' ')
}

func millis(b []byte, d time.Duration) []byte {
	if d <= 0 {
		return append(b, "- "...)
	}
	return append(strconv.AppendInt(b, d.Milliseconds(), 10), ' ')
}
