// Package ostorhttp serves the management API of Virtuozzo's object storage
// ("ostor"): users, accounts, buckets, limits, quotas and statistics, on the root
// path of the S3 endpoint.
//
//	request  PUT /?ostor-users&emailAddress=user@example.com
//	   |  Verifier: who asks         (auth)
//	   |  authorize: a user of the system
//	   |  route table: service, method, flag -> operation
//	   v
//	operation -> admin.Ostor -> JSON
//	                \-> error -> XML, X-Amz-Err-Code, X-Amz-Err-Message
//
// Requests, answers and members follow the S3 integration guide of Virtuozzo
// Hybrid Infrastructure and the API reference of its object storage. Clients of
// signature version 2 sign the name of the service alone, so that who sees such
// a request can send it again with other parameters for as long as its date is
// good: a quarter of an hour. Use TLS, or version 4.
package ostorhttp
