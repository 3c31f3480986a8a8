// Package e2e drives the finished server with the clients that people use.
//
//	go test ── builds cmd/coffer ── starts it on a free port, data in a temporary directory
//	   │                                        ^
//	   ├── aws-sdk-go-v2, minio-go (in process) ┤
//	   ├── boto, boto3, aws, s3cmd, rclone, ... ┤   each downloads what it uploaded
//	   ├── go-ceph, rgwadmin, radosgw-admin4j ──┤   the Admin Ops API; curl signs it by hand
//	   ├── curl, Chromium on a page of ours ────┤   access, websites, CORS, form uploads
//	   ├── PHP scripts of WHMCS ────────────────┤   users sold by a billing system
//	   ├── radosgw-admin, a link to the binary ─┤   in the server and on the stopped store; bash completes it
//	   └── writers, SIGKILL, restart, check ────┘   nothing that was acknowledged is lost
//
// It is a module of its own, so that the heavy clients stay out of the main
// one. A client that is not installed is skipped, unless COFFER_E2E_REQUIRE is
// set: then its absence fails the test.
//
// Environment: COFFER_BIN is a server to use instead of building one,
// COFFER_E2E_PYTHON a Python that has boto3 and rgwadmin (default python3). Maven
// keeps what it fetches in the user's cache directory. With the build tag
// ceph_preview, go-ceph has some more calls, and they are tested. The flags
// -kills and -seed belong to the kill test. COFFER_E2E_BARBICAN is a Python that
// has OpenStack's key manager (requirements-barbican.txt, default python3): the
// tests of keys start Barbican beside the server, with neither Keystone nor a
// system service.
package e2e
