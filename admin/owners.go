package admin

import (
	"context"
	"errors"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
)

// Owners is a hook of a store whose index is that of a directory: buckets are
// made for users only who are there and not suspended when the bucket is
// committed, and given to users only who are there. Without it a request that is
// on its way while its user is removed leaves a bucket behind, which the next
// user of that name would own. Refusals are of the type [auth.Error].
type Owners struct{ users *iam.Directory }

var _ objstore.Hook = Owners{}

// NewOwners returns the hook for the users of a directory.
func NewOwners(users *iam.Directory) Owners { return Owners{users} }

// Check implements [objstore.Hook]: only the commit counts.
func (Owners) Check(context.Context, *objstore.Mutation) error { return nil }

// Commit implements [objstore.Hook].
func (o Owners) Commit(_ context.Context, txn driver.Txn, m *objstore.Mutation) error {
	owner := m.Bucket.Owner
	switch m.Op {
	case objstore.OpCreateBucket:
	case objstore.OpMoveBucket:
		owner = m.To.Owner
	default:
		return nil
	}
	u, err := o.users.UserIn(txn, iam.ParseUserID(owner))
	switch {
	case errors.Is(err, iam.ErrNoSuchUser), errors.Is(err, iam.ErrInvalidArgument):
		return &auth.Error{Reason: auth.ErrInvalidAccessKeyID}
	case err == nil && u.Suspended && m.Op == objstore.OpCreateBucket:
		return &auth.Error{Reason: auth.ErrUserSuspended}
	}
	return err
}
