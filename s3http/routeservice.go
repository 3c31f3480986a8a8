package s3http

import "net/http"

// serviceRoutes are the operations on no bucket.
var serviceRoutes = []route{
	{Operation: Operation{
		Name: "ListBuckets", Method: http.MethodGet, Action: "s3:ListAllMyBuckets",
		Category: "list_buckets", Class: ClassGet, Counter: Uncounted,
	}, run: (*call).listBuckets},

	// The query protocol of STS, IAM and SNS is spoken to the same address.
	{Operation: Operation{
		Name: "Query", Method: http.MethodPost, Action: "sts:*",
		Category: "query", Class: ClassOther, Counter: Uncounted,
	}},

	{Operation: Operation{
		Name: "Preflight", Method: http.MethodOptions, Action: Unsigned,
		Category: "options_cors", Class: ClassOther, Counter: Uncounted,
	}, run: (*call).preflight, public: true},
}
