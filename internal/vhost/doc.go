// Package vhost tells which bucket of S3 a host name stands for.
//
//	domains: s3.example.com
//
//	photos.s3.example.com:9000 --Bucket--> photos
//	s3.example.com             --Bucket--> (none: the bucket is in the path)
//
// Who routes a request and who verifies its signature must agree on it: version 2
// signs the name of the bucket, and not the host.
package vhost
