package admin

import (
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"

	"github.com/cofferstore/coffer/auth/acl"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
)

// purgeStep is how many versions one step of a removal deletes.
const purgeStep = 1000

// BucketStats are a bucket with what it holds.
type BucketStats struct {
	objstore.BucketInfo
	objstore.Totals

	Tags []objstore.Tag // of the bucket
}

// Buckets lists buckets, sorted by tenant and name.
func (s *Service) Buckets(ctx context.Context, q objstore.BucketsQuery) (objstore.BucketPage, error) {
	return s.store.Buckets(ctx, q)
}

// Bucket returns a bucket, or [objstore.ErrNoSuchBucket].
func (s *Service) Bucket(ctx context.Context, id objstore.BucketID) (*objstore.Bucket, error) {
	return s.store.Bucket(ctx, id)
}

// BucketStats returns a bucket with its totals, exact at this moment, or
// [objstore.ErrNoSuchBucket].
func (s *Service) BucketStats(ctx context.Context, id objstore.BucketID) (BucketStats, error) {
	b, err := s.store.Bucket(ctx, id)
	if err != nil {
		return BucketStats{}, err
	}
	stats := BucketStats{BucketInfo: b.Info()}
	if stats.Totals, err = b.Totals(ctx); err != nil || stats.Documents == 0 {
		return stats, err
	}
	data, err := b.Document(ctx, documentTagging)
	if errors.Is(err, objstore.ErrNoSuchDocument) {
		return stats, nil
	}
	var doc struct {
		Tags []objstore.Tag `xml:"TagSet>Tag"`
	}
	if err == nil {
		err = xml.Unmarshal(data, &doc)
	}
	stats.Tags = doc.Tags
	return stats, err
}

// RemoveBucket removes a bucket. One that is not empty is
// [objstore.ErrBucketNotEmpty] unless purge is set: then its versions go first,
// in steps, and the call may be repeated when it fails half way. Unfinished
// uploads never keep a bucket.
func (s *Service) RemoveBucket(ctx context.Context, id objstore.BucketID, purge bool) error {
	if purge {
		b, err := s.store.Bucket(ctx, id)
		if err != nil {
			return err
		}
		if err := purgeBucket(ctx, b); err != nil {
			return err
		}
	}
	return s.store.DeleteBucket(ctx, id)
}

// purgeBucket deletes every version that is there.
func purgeBucket(ctx context.Context, b *objstore.Bucket) error {
	var q objstore.VersionsQuery
	q.Limit = purgeStep
	for {
		page, err := b.ListVersions(ctx, q)
		if err != nil {
			return err
		}
		var step []objstore.DeleteRequest
		for _, v := range page.Versions {
			step = append(step, objstore.DeleteRequest{Key: v.Key, Version: v.VersionID})
		}
		if len(step) > 0 {
			results, err := b.DeleteMany(ctx, step)
			if err != nil {
				return err
			}
			for i, r := range results {
				if r.Err != nil {
					return fmt.Errorf("purge %s: version %s of %q stays: %w", b.Info().BucketID, step[i].Version, step[i].Key, r.Err)
				}
			}
		}
		if !page.Truncated {
			return nil
		}
		q.AfterKey, q.AfterVersion = page.NextKey, page.NextVersion
	}
}

// RemoveObject removes the current version of an object for good, without a
// delete marker, or returns [objstore.ErrNoSuchKey].
func (s *Service) RemoveObject(ctx context.Context, id objstore.BucketID, key string) error {
	return s.RemoveVersion(ctx, id, key, "")
}

// RemoveVersion removes a version of an object ("" = current) for good, or
// returns [objstore.ErrNoSuchKey] or [objstore.ErrNoSuchVersion].
func (s *Service) RemoveVersion(ctx context.Context, id objstore.BucketID, key, version string) error {
	b, info, err := s.object(ctx, id, key, version)
	if err != nil {
		return err
	}
	_, err = b.Delete(ctx, objstore.DeleteRequest{Key: key, Version: info.VersionID})
	return err
}

// ObjectInfo describes a version of an object ("" = current), or is
// [objstore.ErrNoSuchBucket], [objstore.ErrNoSuchKey] or
// [objstore.ErrNoSuchVersion].
func (s *Service) ObjectInfo(ctx context.Context, id objstore.BucketID, key, version string) (objstore.ObjectInfo, error) {
	_, info, err := s.object(ctx, id, key, version)
	return info, err
}

func (s *Service) object(ctx context.Context, id objstore.BucketID, key, version string) (*objstore.Bucket, objstore.ObjectInfo, error) {
	b, err := s.store.Bucket(ctx, id)
	if err != nil {
		return nil, objstore.ObjectInfo{}, err
	}
	o, err := b.Object(ctx, key, &objstore.GetOptions{Version: version, NoBody: true})
	if err != nil {
		return nil, objstore.ObjectInfo{}, err
	}
	return b, *o.Info(), o.Close()
}

// HasUser tells whether there is such a user.
func (s *Service) HasUser(ctx context.Context, id iam.UserID) (bool, error) {
	_, err := s.users.User(ctx, id)
	if errors.Is(err, iam.ErrNoSuchUser) || errors.Is(err, iam.ErrInvalidArgument) {
		return false, nil
	}
	return err == nil, err
}

// Documents of a bucket, as the S3 front end stores them.
const (
	documentTagging = "tagging" // XML
	documentACL     = "acl"
	documentPolicy  = "policy"
)

// LinkBucket gives a bucket to a user, under a new name unless that is "". The
// ACL becomes that of a private bucket of the user. A user who does not exist is
// [iam.ErrNoSuchUser]; a new name for a bucket with a policy, which names the
// bucket, is [ErrInvalidArgument].
func (s *Service) LinkBucket(ctx context.Context, id objstore.BucketID, owner iam.UserID, name string) error {
	u, err := s.users.User(ctx, owner)
	if err != nil {
		return err
	}
	b, err := s.store.Bucket(ctx, id)
	if err != nil {
		return err
	}
	if name != "" && name != id.Name {
		_, err := b.Document(ctx, documentPolicy)
		if err == nil {
			return fmt.Errorf("link %s: %w: its policy names it; remove that before the name changes", id, ErrInvalidArgument)
		}
		if !errors.Is(err, objstore.ErrNoSuchDocument) {
			return err
		}
	}
	data, err := private(u.String(), u.DisplayName).Encode()
	if err != nil {
		return err
	}
	return s.store.MoveBucket(ctx, id, u.String(), &objstore.MoveBucketOptions{
		Name: name, Documents: map[string][]byte{documentACL: data},
	})
}

// UnlinkBucket takes a bucket out of the list of its owner, who stays its owner;
// see [objstore.Store.UnlinkBucket]. A user who does not exist is
// [iam.ErrNoSuchUser], one who does not own it [objstore.ErrInvalidArgument].
// [Service.LinkBucket] undoes it.
func (s *Service) UnlinkBucket(ctx context.Context, id objstore.BucketID, owner iam.UserID) error {
	if _, err := s.users.User(ctx, owner); err != nil {
		return err
	}
	return s.store.UnlinkBucket(ctx, id, owner.String())
}

// private is the ACL that gives the owner full control and nobody else anything.
func private(id, name string) *acl.ACL {
	u := acl.Owner{ID: id, DisplayName: name}
	return &acl.ACL{Owner: u, Grants: []acl.Grant{{User: u, Permission: acl.FullControl}}}
}

// BucketACL returns the ACL of a bucket, or [objstore.ErrNoSuchBucket].
func (s *Service) BucketACL(ctx context.Context, id objstore.BucketID) (*acl.ACL, error) {
	b, err := s.store.Bucket(ctx, id)
	if err != nil {
		return nil, err
	}
	data, err := b.Document(ctx, documentACL)
	if errors.Is(err, objstore.ErrNoSuchDocument) {
		return s.privateOf(ctx, b.Info().Owner), nil
	}
	if err != nil {
		return nil, err
	}
	return acl.Decode(data)
}

// ObjectACL returns the ACL of the current version of an object, or
// [objstore.ErrNoSuchKey].
func (s *Service) ObjectACL(ctx context.Context, id objstore.BucketID, key string) (*acl.ACL, error) {
	b, info, err := s.object(ctx, id, key, "")
	if err != nil {
		return nil, err
	}
	return s.ObjectACLOf(ctx, b, &info)
}

// ObjectACLOf returns the ACL of a version of an object that is described in
// full.
func (s *Service) ObjectACLOf(ctx context.Context, b *objstore.Bucket, info *objstore.ObjectInfo) (*acl.ACL, error) {
	if info.ACL != nil {
		return acl.Decode(info.ACL)
	}
	return s.privateOf(ctx, cmp.Or(info.Owner, b.Info().Owner)), nil
}

func (s *Service) privateOf(ctx context.Context, owner string) *acl.ACL {
	return private(owner, s.users.DisplayName(ctx, owner))
}

// CheckBucket recounts a bucket, and with repair mends its counters; see
// [objstore.Store.CheckBucket].
func (s *Service) CheckBucket(ctx context.Context, id objstore.BucketID, repair bool) (objstore.BucketCheck, error) {
	return s.store.CheckBucket(ctx, id, repair)
}
