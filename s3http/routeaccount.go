package s3http

import "net/http"

// pathPublicBlock is that of the account's public access block.
const pathPublicBlock = accountPrefix + "configuration/publicAccessBlock"

// accountRoutes are the operations of the S3 Control API, on an account.
var accountRoutes = []route{
	{Operation: Operation{
		Name: "GetPublicAccessBlock", Method: http.MethodGet, Path: pathPublicBlock, Action: "s3:GetAccountPublicAccessBlock",
		Category: "get_account_public_access_block", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).getAccountBlock},
	{Operation: Operation{
		Name: "PutPublicAccessBlock", Method: http.MethodPut, Path: pathPublicBlock, Action: "s3:PutAccountPublicAccessBlock",
		Category: "put_account_public_access_block", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).putAccountBlock},
	{Operation: Operation{
		Name: "DeletePublicAccessBlock", Method: http.MethodDelete, Path: pathPublicBlock, Action: "s3:PutAccountPublicAccessBlock",
		Category: "delete_account_public_access_block", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).deleteAccountBlock},
}
