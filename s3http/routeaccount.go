package s3http

import "net/http"

// pathPublicBlock is that of the account's public access block.
const pathPublicBlock = accountPrefix + "configuration/publicAccessBlock"

// pathTags is that of the tags of a resource, which follows as an ARN.
const pathTags = tagsPrefix + "{resourceArn+}"

// accountRoutes are the operations of the S3 Control API, on an account or on a
// bucket of it.
var accountRoutes = []route{
	{Operation: Operation{
		Name: "GetPublicAccessBlock", Method: http.MethodGet, Path: pathPublicBlock, Action: "s3:GetAccountPublicAccessBlock",
		Category: "get_account_public_access_block", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).getAccountBlock},
	{Operation: Operation{
		Name: "ListTagsForResource", Method: http.MethodGet, Path: pathTags, Action: "s3:ListTagsForResource",
		Category: "get_bucket_tags", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).listTags},
	{Operation: Operation{
		Name: "PutPublicAccessBlock", Method: http.MethodPut, Path: pathPublicBlock, Action: "s3:PutAccountPublicAccessBlock",
		Category: "put_account_public_access_block", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).putAccountBlock},
	{Operation: Operation{
		Name: "TagResource", Method: http.MethodPost, Path: pathTags, Action: actionTag,
		Category: "put_bucket_tags", Class: ClassPut, Counter: Uncounted,
	}, run: (*call).tagResource, late: true},
	{Operation: Operation{
		Name: "DeletePublicAccessBlock", Method: http.MethodDelete, Path: pathPublicBlock, Action: "s3:PutAccountPublicAccessBlock",
		Category: "delete_account_public_access_block", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).deleteAccountBlock},
	{Operation: Operation{
		Name: "UntagResource", Method: http.MethodDelete, Path: pathTags, Query: "tagKeys", Action: "s3:UntagResource",
		Category: "delete_bucket_tags", Class: ClassDelete, Counter: Uncounted,
	}, run: (*call).untagResource, late: true},
}
