package s3http

import "net/http"

// objectRoutes are the operations on an object. Of those with the same method the
// first that matches counts.
var objectRoutes = []route{
	{Operation: Operation{
		Name: "GetObjectAcl", Method: http.MethodGet, Query: "acl", Action: "s3:GetObjectAcl", VersionAction: "s3:GetObjectVersionAcl",
		Category: "get_acls", Class: ClassGet, Counter: "GetObjectAcl",
	}, run: (*call).getObjectACL, late: true},
	{Operation: Operation{
		Name: "GetObjectTagging", Method: http.MethodGet, Query: "tagging", Action: "s3:GetObjectTagging", VersionAction: "s3:GetObjectVersionTagging",
		Category: "get_obj_tags", Class: ClassGet, Counter: "GetObjectTagging",
	}, run: (*call).getObjectTagging, late: true},
	{Operation: Operation{
		Name: "GetObjectAttributes", Method: http.MethodGet, Query: "attributes", Action: "s3:GetObjectAttributes", VersionAction: "s3:GetObjectVersionAttributes",
		Category: "get_obj_attrs", Class: ClassGet, Counter: Uncounted,
	}, run: (*call).getAttributes, late: true},
	{Operation: Operation{
		Name: "ListParts", Method: http.MethodGet, Query: "uploadId", Action: "s3:ListMultipartUploadParts",
		Category: "list_multipart", Class: ClassList, Counter: "ListMultipartUploadParts",
	}, run: (*call).listParts, late: true},
	{Operation: Operation{
		Name: "GetObjectTorrent", Method: http.MethodGet, Query: "torrent", Action: "s3:GetObjectTorrent", VersionAction: "s3:GetObjectVersionTorrent",
		Category: "get_obj", Class: ClassGet, Counter: Uncounted,
	}, run: (*call).refuseObject, late: true},
	{Operation: Operation{
		Name: "GetObjectRetention", Method: http.MethodGet, Query: "retention", Action: "s3:GetObjectRetention", VersionAction: "s3:GetObjectRetention",
		Category: "get_obj_retention", Class: ClassGet, Counter: "GetObjectRetention",
	}, run: (*call).getRetention, late: true},
	{Operation: Operation{
		Name: "GetObjectLegalHold", Method: http.MethodGet, Query: "legal-hold", Action: "s3:GetObjectLegalHold", VersionAction: "s3:GetObjectLegalHold",
		Category: "get_obj_legal_hold", Class: ClassGet, Counter: "GetObjectLegalHold",
	}, run: (*call).getLegalHold, late: true},
	{Operation: Operation{
		Name: "GetObject", Method: http.MethodGet, Action: "s3:GetObject", VersionAction: "s3:GetObjectVersion",
		Category: "get_obj", Class: ClassGet, Counter: "GetObject",
	}, run: (*call).getObject, late: true},
	{Operation: Operation{
		Name: "HeadObject", Method: http.MethodHead, Action: "s3:GetObject", VersionAction: "s3:GetObjectVersion",
		Category: "get_obj", Class: ClassGet, Counter: "HeadObject",
	}, run: (*call).headObject, late: true},
	{Operation: Operation{
		Name: "UploadPartCopy", Method: http.MethodPut, Query: "uploadId", Header: hdrCopySource, Action: "s3:PutObject",
		Category: "put_obj", Class: ClassPut, Counter: "UploadPartCopy",
	}, run: (*call).uploadPartCopy},
	{Operation: Operation{
		Name: "UploadPart", Method: http.MethodPut, Query: "uploadId", Action: "s3:PutObject",
		Category: "put_obj", Class: ClassPut, Counter: "UploadPart",
	}, run: (*call).uploadPart},
	{Operation: Operation{
		Name: "PutObjectTagging", Method: http.MethodPut, Query: "tagging", Action: "s3:PutObjectTagging", VersionAction: "s3:PutObjectVersionTagging",
		Category: "put_obj_tags", Class: ClassPut, Counter: "PutObjectTagging",
	}, run: (*call).putObjectTagging, late: true},
	{Operation: Operation{
		Name: "PutObjectAcl", Method: http.MethodPut, Query: "acl", Action: "s3:PutObjectAcl", VersionAction: "s3:PutObjectVersionAcl",
		Category: "put_acls", Class: ClassPut, Counter: "PutObjectAcl",
	}, run: (*call).putObjectACL, late: true},
	{Operation: Operation{
		Name: "PutObjectRetention", Method: http.MethodPut, Query: "retention", Action: "s3:PutObjectRetention", VersionAction: "s3:PutObjectRetention",
		Category: "put_obj_retention", Class: ClassPut, Counter: "PutObjectRetention",
	}, run: (*call).putRetention, late: true},
	{Operation: Operation{
		Name: "PutObjectLegalHold", Method: http.MethodPut, Query: "legal-hold", Action: "s3:PutObjectLegalHold", VersionAction: "s3:PutObjectLegalHold",
		Category: "put_obj_legal_hold", Class: ClassPut, Counter: "PutObjectLegalHold",
	}, run: (*call).putLegalHold, late: true},
	{Operation: Operation{
		Name: "RenameObject", Method: http.MethodPut, Query: "renameObject", Action: "s3:PutObject",
		Category: "put_obj", Class: ClassPut, Counter: Uncounted,
	}},
	{Operation: Operation{
		Name: "UpdateObjectEncryption", Method: http.MethodPut, Query: "encryption", Action: "s3:UpdateObjectEncryption",
		Category: "put_obj", Class: ClassPut, Counter: Uncounted,
	}},
	{Operation: Operation{
		Name: "CopyObject", Method: http.MethodPut, Header: hdrCopySource, Action: "s3:PutObject",
		Category: "copy_obj", Class: ClassPut, Counter: "CopyObject",
	}, run: (*call).copyObject},
	{Operation: Operation{
		Name: "PutObject", Method: http.MethodPut, Action: "s3:PutObject",
		Category: "put_obj", Class: ClassPut, Counter: "PutObject",
	}, run: (*call).putObject},
	{Operation: Operation{
		Name: "CreateMultipartUpload", Method: http.MethodPost, Query: "uploads", Action: "s3:PutObject",
		Category: "init_multipart", Class: ClassPut, Counter: "InitiateMultipartUpload",
	}, run: (*call).createUpload},
	{Operation: Operation{
		Name: "CompleteMultipartUpload", Method: http.MethodPost, Query: "uploadId", Action: "s3:PutObject",
		Category: "complete_multipart", Class: ClassPut, Counter: "CompleteMultipartUpload",
	}, run: (*call).completeUpload},
	{Operation: Operation{
		Name: "RestoreObject", Method: http.MethodPost, Query: "restore", Action: "s3:RestoreObject",
		Category: "restore_obj", Class: ClassPut, Counter: Uncounted,
	}, run: (*call).restoreObject},
	{Operation: Operation{
		Name: "SelectObjectContent", Method: http.MethodPost, Query: "select", Action: "s3:GetObject",
		Category: "get_obj", Class: ClassGet, Counter: Uncounted,
	}, run: (*call).refuseObject, late: true},
	{Operation: Operation{
		Name: "AbortMultipartUpload", Method: http.MethodDelete, Query: "uploadId", Action: "s3:AbortMultipartUpload",
		Category: "abort_multipart", Class: ClassDelete, Counter: "AbortMultipartUpload",
	}, run: (*call).abortUpload, late: true},
	{Operation: Operation{
		Name: "DeleteObjectTagging", Method: http.MethodDelete, Query: "tagging", Action: "s3:DeleteObjectTagging", VersionAction: "s3:DeleteObjectVersionTagging",
		Category: "delete_obj_tags", Class: ClassDelete, Counter: "DeleteObjectTagging",
	}, run: (*call).deleteObjectTagging, late: true},
	{Operation: Operation{
		Name: "DeleteObject", Method: http.MethodDelete, Action: "s3:DeleteObject", VersionAction: "s3:DeleteObjectVersion",
		Category: "delete_obj", Class: ClassDelete, Counter: "DeleteObject",
	}, run: (*call).deleteObject},
	{Operation: Operation{
		Name: "Preflight", Method: http.MethodOptions, Action: Unsigned,
		Category: "options_cors", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).preflight, public: true},
}
