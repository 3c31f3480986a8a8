package auth

import (
	"context"

	"github.com/cofferstore/coffer/auth/acl"
	"github.com/cofferstore/coffer/auth/policy"
)

// Authorizer decides whether a request may go on. It is a pure function of the
// request: everything that it judges by is in there; it keeps nothing of it. It returns nil or an
// [*Error] with Reason [ErrAccessDenied].
type Authorizer interface {
	Authorize(ctx context.Context, r *Request) error
}

// Request is one action on one resource by one caller.
type Request struct {
	Identity *Identity

	// Action is the policy action, for example "s3:GetObject".
	Action string

	Resource Resource

	// Context gives the condition keys of policies; nil = none.
	Context policy.Context
}

// Resource is what an action is done to.
type Resource struct {
	Tenant, Bucket, Key, VersionID string

	// BucketOwner and ObjectOwner are full user names (see [Principal.ID]);
	// empty where there is no such thing. An object without owner is one that
	// is not there, or not yet.
	BucketOwner, ObjectOwner string

	// Initiator is who started the multipart upload that it is about; with it,
	// they may go on with that (S3: "Multipart upload API and permissions").
	Initiator string

	// Access is what the bucket says of access; nil = nothing.
	Access *Access

	// ObjectACL is the object's list; nil = full control for its owner alone.
	ObjectACL *acl.ACL
}

// Access is what a bucket says of access to it and its objects.
type Access struct {
	Policy    *policy.Policy // nil = none
	ACL       *acl.ACL       // nil = full control for the owner alone
	Ownership Ownership
	Block     PublicAccessBlock // its own and its account's together
}

// Ownership says whose the objects of a bucket are, and whether ACLs count
// (S3: ObjectOwnership).
type Ownership string

// Ownerships. The zero value is BucketOwnerEnforced.
const (
	// BucketOwnerEnforced switches ACLs off: all objects are the bucket owner's.
	BucketOwnerEnforced Ownership = "BucketOwnerEnforced"
	// BucketOwnerPreferred gives objects to the bucket owner that are written
	// with the canned ACL bucket-owner-full-control.
	BucketOwnerPreferred Ownership = "BucketOwnerPreferred"
	// ObjectWriter leaves objects to who writes them.
	ObjectWriter Ownership = "ObjectWriter"
)

// ACLs tells whether access control lists count.
func (o Ownership) ACLs() bool { return o == BucketOwnerPreferred || o == ObjectWriter }

// PublicAccessBlock is a bucket's or a tenant's safeguard against being public by mistake
// (S3: PublicAccessBlockConfiguration). The two that block are about requests
// that set ACLs and policies, which front ends refuse; [Standard] judges by the
// other two.
type PublicAccessBlock struct {
	BlockPublicACLs, IgnorePublicACLs, BlockPublicPolicy, RestrictPublicBuckets bool
}

// Stricter returns what b and o block together: a bucket is under its own block
// and under that of its account.
func (b PublicAccessBlock) Stricter(o PublicAccessBlock) PublicAccessBlock {
	return PublicAccessBlock{
		BlockPublicACLs:       b.BlockPublicACLs || o.BlockPublicACLs,
		IgnorePublicACLs:      b.IgnorePublicACLs || o.IgnorePublicACLs,
		BlockPublicPolicy:     b.BlockPublicPolicy || o.BlockPublicPolicy,
		RestrictPublicBuckets: b.RestrictPublicBuckets || o.RestrictPublicBuckets,
	}
}

// aboutAccount tells whether an action is on what holds for all buckets of a
// tenant: no user owns that.
func aboutAccount(action string) bool {
	return action == "s3:GetAccountPublicAccessBlock" || action == "s3:PutAccountPublicAccessBlock"
}

// Private is the Authorizer of a store without shared access: administrators
// may do everything, users of the system remove any bucket, a user what concerns a bucket of their own, or neither a
// bucket nor a whole tenant, anybody else nothing.
type Private struct{}

// Authorize implements [Authorizer].
func (Private) Authorize(_ context.Context, r *Request) error {
	id := r.Identity
	switch {
	case id == nil || id.Anonymous():
	case id.Admin, id.removesBuckets(r.Action), r.Resource.Bucket == "" && !aboutAccount(r.Action), r.Resource.BucketOwner == id.ID:
		return nil
	}
	return &Error{Reason: ErrAccessDenied}
}
