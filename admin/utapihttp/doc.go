// Package utapihttp serves utilization metrics as scality/utapi 8.1 does.
//
//	POST /buckets?Action=ListMetrics   {"buckets": ["photos"], "timeRange": [start, end]}
//	        |
//	   parse (errors before anybody is asked who they are)
//	        |
//	   verify: Signature Version 4 in the header, service s3, hash of the body
//	        |
//	   rights: what the caller may not see is left out
//	        |
//	   utapi.Metrics.List, for one resource after the other
//
// Answers and errors are JSON. A [Handler] is served on a listener of its own,
// or beside S3 on one (see [Handler.Beside]).
package utapihttp
