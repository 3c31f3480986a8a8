package auth

import "context"

// Authorizer decides whether a request may go on. It is a pure function of the
// request: everything that it judges by is in there. It returns nil or an
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
}

// Resource is what an action is done to.
type Resource struct {
	Tenant, Bucket, Key, VersionID string

	// BucketOwner and ObjectOwner are full user names (see [Principal.ID]);
	// empty where there is no such thing.
	BucketOwner, ObjectOwner string
}

// Private is the Authorizer of a store without shared access: administrators
// may do everything, a user what concerns no bucket or a bucket of their own,
// anybody else nothing.
type Private struct{}

// Authorize implements [Authorizer].
func (Private) Authorize(_ context.Context, r *Request) error {
	id := r.Identity
	switch {
	case id == nil || id.Anonymous():
	case id.Admin, r.Resource.Bucket == "", r.Resource.BucketOwner == id.ID:
		return nil
	}
	return &Error{Reason: ErrAccessDenied}
}
