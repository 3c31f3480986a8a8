// Package acl is the access control lists of S3: their grants, canned forms,
// XML and header forms, and the question whether they allow something.
//
//	x-amz-acl ───────────┐
//	x-amz-grant-* ───────┼──► *ACL ── Encode ──► bytes beside the bucket or object
//	<AccessControlPolicy>┘      │
//	                            └── Allows(caller, permission) ──► the grant that does
//
// An ACL only ever allows. How it combines with policies, ownership and public
// access blocks is decided by the caller. The package knows no HTTP and looks
// nobody up: names and e-mail addresses are resolved by the [Resolver] that the
// caller brings.
//
// Source: "Access control list (ACL) overview", Amazon S3 User Guide.
package acl
