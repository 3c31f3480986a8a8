package admin

import (
	"context"
	"errors"

	"github.com/cofferstore/coffer/auth/acl"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
)

// ChownBucket gives a bucket to a user as [Service.LinkBucket] does, and then
// all versions of its objects: what an ACL gave to the owner before it gives to
// the user, other grants stay. It goes in steps, and progress (nil = not told)
// learns after each how many objects are done and where the next one begins.
// When it fails half way the bucket is the user's already, and the call may be
// repeated.
func (s *Service) ChownBucket(ctx context.Context, id objstore.BucketID, owner iam.UserID, progress func(done int, marker string)) error {
	if err := s.LinkBucket(ctx, id, owner, ""); err != nil {
		return err
	}
	b, err := s.store.Bucket(ctx, id)
	if err != nil {
		return err
	}
	to := acl.Owner{ID: owner.String(), DisplayName: s.users.DisplayName(ctx, owner.String())}
	q := objstore.VersionsQuery{Limit: purgeStep}
	for done := 0; ; {
		page, err := b.ListVersions(ctx, q)
		if err != nil {
			return err
		}
		for i := range page.Versions {
			if err := s.chownVersion(ctx, b, &page.Versions[i], to); err != nil {
				return err
			}
		}
		done += len(page.Versions)
		if progress != nil {
			progress(done, page.NextKey)
		}
		if !page.Truncated {
			return nil
		}
		q.AfterKey, q.AfterVersion = page.NextKey, page.NextVersion
	}
}

// chownVersion gives one version to another owner. One that is gone by now needs
// none, and a delete marker has no ACL.
func (s *Service) chownVersion(ctx context.Context, b *objstore.Bucket, v *objstore.ObjectInfo, to acl.Owner) error {
	if v.DeleteMarker {
		return nil
	}
	_, info, err := s.object(ctx, b.Info().BucketID, v.Key, v.VersionID)
	if err == nil {
		var list *acl.ACL
		if list, err = s.ObjectACLOf(ctx, b, &info); err == nil {
			var data []byte
			if data, err = handedOver(list, to).Encode(); err == nil {
				_, err = b.SetOwner(ctx, v.Key, v.VersionID, to.ID, data)
			}
		}
	}
	if errors.Is(err, objstore.ErrNoSuchKey) || errors.Is(err, objstore.ErrNoSuchVersion) {
		return nil
	}
	return err
}

// handedOver is a list with another owner, who has full control, and without the
// grants of the owner before.
func handedOver(list *acl.ACL, to acl.Owner) *acl.ACL {
	grants := []acl.Grant{{User: to, Permission: acl.FullControl}}
	for _, g := range list.Grants {
		if g.Group != "" || g.User.ID != list.Owner.ID && g.User.ID != to.ID {
			grants = append(grants, g)
		}
	}
	return &acl.ACL{Owner: to, Grants: grants}
}
