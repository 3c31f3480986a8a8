// Package admintest has what the tests of the administration work on.
//
//	          Lab
//	           |
//	     admin.Service
//	    /    |    |    \
//	users store quotas usage     on one index in memory
//
// A test adds what is its own: a front end with its verifier, a tool, hooks of the
// store. Servers that speak S3 are in s3http/s3test.
package admintest
