package rgwdoc

import (
	"context"
	"errors"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/quota"
)

// CollectUser collects what there is to say of a user. A server without quotas
// has none to tell of.
func CollectUser(ctx context.Context, s *admin.Service, a *iam.Account) (*User, error) {
	q, err := s.UserQuotas(ctx, a.UserID)
	if errors.Is(err, admin.ErrNotImplemented) {
		q, err = quota.UserSpecs{User: noQuota(), Bucket: noQuota()}, nil
	}
	if err != nil {
		return nil, err
	}
	devices, err := s.MFADevices(ctx, a.UserID)
	return &User{Account: a, Quotas: q, Devices: devices}, err
}

// CollectBucket describes a bucket with its quota.
func CollectBucket(ctx context.Context, s *admin.Service, b *admin.BucketStats) (Object, error) {
	q, err := BucketQuota(ctx, s, b.BucketID)
	return Bucket(b, q), err
}

// BucketQuota returns the quota of a bucket, none where the server has no quotas.
func BucketQuota(ctx context.Context, s *admin.Service, id objstore.BucketID) (quota.Spec, error) {
	q, err := s.BucketQuota(ctx, id)
	if errors.Is(err, admin.ErrNotImplemented) {
		return noQuota(), nil
	}
	return q, err
}

func noQuota() quota.Spec {
	return quota.Spec{MaxBytes: quota.Unlimited, MaxObjects: quota.Unlimited}
}
