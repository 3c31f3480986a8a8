// Package s3test runs a real S3 server inside a test: all operations and real
// signatures over a store in memory, gone when it is closed.
//
//	client (any SDK) --- URL, AccessKey, SecretKey
//	   |
//	   v
//	httptest.Server
//	   |   journal: every answered request      Journal, Usage
//	   |   faults: delay, error, cut body       Inject
//	   v
//	s3http.Handler -- awssig -- iam (AddUser)   one Clock for all
//	   |
//	objstore.Store on memengine                 Store
//
// [New] is for tests and closes the server with the test; [NewServer] needs no
// testing.T, as httptest does not.
//
// The server's clock runs with the real one, from an offset that a test
// changes: Clock.Advance(24 * time.Hour) makes things expire. Clients go on
// signing with the real time, so signatures in headers are accepted at either
// time; presigned URLs and everything else go by the Clock alone. See
// [Config.StrictClock].
package s3test
