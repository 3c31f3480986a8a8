// Package testserver is code that uses S3, with a test that runs it against a
// real server in the same process; the test is the point.
//
//	Backup ── aws-sdk-go-v2 ──> s3test.New(t)
//
// It is a module of its own, because the main one has no use for the SDK.
package testserver
