package admin

import (
	"context"
	"fmt"
	"math"

	"github.com/cofferstore/coffer/quota"
)

// QuotaSubject is whose quota something is about: a user's, a bucket's, or the
// default of all that have none of their own.
type QuotaSubject struct {
	Kind quota.Kind // user or bucket

	user   string   // full name; "" = the default of the kind
	bucket [16]byte // Ref of the bucket; zero = the default of the kind
}

// DefaultQuota names the quota of users or buckets that have none of their own.
// Another kind is [ErrInvalidArgument].
func DefaultQuota(k quota.Kind) (QuotaSubject, error) {
	if k != quota.KindUser && k != quota.KindBucket {
		return QuotaSubject{}, fmt.Errorf("%w: defaults are of user or bucket", ErrInvalidArgument)
	}
	return QuotaSubject{Kind: k}, nil
}

// QuotaSubject names the quota of a user or, if that is not "", of a bucket,
// which must exist.
func (o *Ostor) QuotaSubject(ctx context.Context, user OstorUser, bucket string) (QuotaSubject, error) {
	if bucket == "" {
		u, err := o.Find(ctx, user)
		return QuotaSubject{Kind: quota.KindUser, user: u.String()}, err
	}
	b, err := o.NamedBucket(ctx, bucket)
	return QuotaSubject{Kind: quota.KindBucket, bucket: b.Ref}, err
}

// Quota returns the quota of the subject's own in gigabytes, rounded up: 0 is
// without bounds, or that none was set.
func (o *Ostor) Quota(ctx context.Context, of QuotaSubject) (gigabytes int64, err error) {
	if o.service.quotas == nil {
		return 0, ErrNotImplemented
	}
	var spec quota.Spec
	switch {
	case of.Kind == quota.KindBucket && of.bucket != [16]byte{}:
		spec, err = o.service.quotas.Bucket(ctx, of.bucket)
	case of.Kind == quota.KindUser && of.user != "":
		var s quota.UserSpecs
		s, err = o.service.quotas.User(ctx, of.user)
		spec = s.User
	default:
		var s quota.UserSpecs
		s, err = o.service.quotas.Defaults(ctx)
		spec = *of.in(&s)
	}
	if err != nil || !spec.Enabled || spec.MaxBytes < 0 {
		return 0, err
	}
	gigabytes = spec.MaxBytes / o.gigabyte
	if spec.MaxBytes%o.gigabyte != 0 {
		gigabytes++
	}
	return gigabytes, nil
}

// SetQuota sets a quota in gigabytes; 0 is without bounds, whatever the default.
// A bound on the number of objects that holds (Admin Ops API) stays.
func (o *Ostor) SetQuota(ctx context.Context, of QuotaSubject, gigabytes int64) error {
	if gigabytes < 0 || gigabytes > math.MaxInt64/o.gigabyte {
		return fmt.Errorf("%w: the size of a quota", ErrInvalidArgument)
	}
	return o.changeQuota(ctx, of, func(s *quota.Spec) {
		if !s.Enabled {
			s.MaxObjects = quota.Unlimited
		}
		s.Enabled, s.MaxBytes = true, quota.Unlimited
		if gigabytes > 0 {
			s.MaxBytes = gigabytes * o.gigabyte
		}
	})
}

// RemoveQuota removes a quota: the default holds from then on, if it was not
// that.
func (o *Ostor) RemoveQuota(ctx context.Context, of QuotaSubject) error {
	return o.changeQuota(ctx, of, func(s *quota.Spec) {
		*s = quota.Spec{MaxBytes: quota.Unlimited, MaxObjects: quota.Unlimited}
	})
}

func (o *Ostor) changeQuota(ctx context.Context, of QuotaSubject, fn func(*quota.Spec)) error {
	if o.service.quotas == nil {
		return ErrNotImplemented
	}
	change := func(s *quota.UserSpecs) error { fn(of.in(s)); return nil }
	switch {
	case of.bucket != [16]byte{}:
		_, err := o.service.quotas.UpdateBucket(ctx, of.bucket, func(s *quota.Spec) error { fn(s); return nil })
		return err
	case of.user != "":
		_, err := o.service.quotas.UpdateUser(ctx, of.user, change)
		return err
	}
	_, err := o.service.quotas.UpdateDefaults(ctx, change)
	return err
}

// in picks the quota of the kind.
func (of QuotaSubject) in(s *quota.UserSpecs) *quota.Spec {
	if of.Kind == quota.KindBucket {
		return &s.Bucket
	}
	return &s.User
}
