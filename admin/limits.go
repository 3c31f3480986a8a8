package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/quota"
	"github.com/cofferstore/coffer/usage/rgwlog"
)

// UserQuotas returns the quotas of a user, or [iam.ErrNoSuchUser].
func (s *Service) UserQuotas(ctx context.Context, id iam.UserID) (quota.UserSpecs, error) {
	if s.quotas == nil {
		return quota.UserSpecs{}, ErrNotImplemented
	}
	if _, err := s.users.User(ctx, id); err != nil {
		return quota.UserSpecs{}, err
	}
	return s.quotas.User(ctx, id.String())
}

// UpdateUserQuotas changes the quotas of a user: fn gets them as they are. An
// error of fn changes nothing. A user who does not exist is
// [iam.ErrNoSuchUser].
func (s *Service) UpdateUserQuotas(ctx context.Context, id iam.UserID, fn func(*quota.UserSpecs) error) error {
	if _, err := s.UserQuotas(ctx, id); err != nil {
		return err
	}
	_, err := s.quotas.UpdateUser(ctx, id.String(), fn)
	return err
}

// BucketQuota returns the quota of one bucket, or [objstore.ErrNoSuchBucket].
func (s *Service) BucketQuota(ctx context.Context, id objstore.BucketID) (quota.Spec, error) {
	if s.quotas == nil {
		return quota.Spec{}, ErrNotImplemented
	}
	b, err := s.store.Bucket(ctx, id)
	if err != nil {
		return quota.Spec{}, err
	}
	return s.quotas.Bucket(ctx, b.Info().Ref)
}

// SetBucketQuota sets the quota of one bucket, or returns
// [objstore.ErrNoSuchBucket].
func (s *Service) SetBucketQuota(ctx context.Context, id objstore.BucketID, q quota.Spec) error {
	if s.quotas == nil {
		return ErrNotImplemented
	}
	b, err := s.store.Bucket(ctx, id)
	if err != nil {
		return err
	}
	return s.quotas.SetBucket(ctx, b.Info().Ref, q)
}

// limited finds who a limit is for: the user or the bucket must exist.
func (s *Service) limited(ctx context.Context, k quota.Kind, id string) error {
	if s.rates == nil {
		return ErrNotImplemented
	}
	switch k {
	case quota.KindUser:
		_, err := s.users.User(ctx, iam.ParseUserID(id))
		return err
	case quota.KindBucket:
		_, err := s.store.Bucket(ctx, parseBucketID(id))
		return err
	}
	return ErrInvalidArgument
}

// Rates returns the rate limits of a user, by full name, or of a bucket, by the
// text of its [objstore.BucketID].
func (s *Service) Rates(ctx context.Context, k quota.Kind, id string) (quota.RateSpec, error) {
	if err := s.limited(ctx, k, id); err != nil {
		return quota.RateSpec{}, err
	}
	l, err := s.rates.Limits(ctx, k, id)
	return l.Rate, err
}

// UpdateRates changes what [Service.Rates] returns; fn gets it as it is.
func (s *Service) UpdateRates(ctx context.Context, k quota.Kind, id string, fn func(*quota.RateSpec)) error {
	if err := s.limited(ctx, k, id); err != nil {
		return err
	}
	_, err := s.rates.UpdateLimits(ctx, k, id, func(l *quota.Limits) error { fn(&l.Rate); return nil })
	return invalidLimit(err)
}

// DefaultRates returns the rate limits of users, buckets or anonymous callers
// that have none of their own.
func (s *Service) DefaultRates(ctx context.Context, k quota.Kind) (quota.RateSpec, error) {
	if s.rates == nil {
		return quota.RateSpec{}, ErrNotImplemented
	}
	return s.rates.Default(ctx, k)
}

// SetDefaultRates sets what [Service.DefaultRates] returns.
func (s *Service) SetDefaultRates(ctx context.Context, k quota.Kind, r quota.RateSpec) error {
	if s.rates == nil {
		return ErrNotImplemented
	}
	return invalidLimit(s.rates.SetDefault(ctx, k, r))
}

func invalidLimit(err error) error {
	if errors.Is(err, quota.ErrInvalid) {
		return fmt.Errorf("%w: %w", ErrInvalidArgument, err)
	}
	return err
}

// forget removes the limits of a user who is gone, so that a new user of that
// name starts without.
func (s *Service) forget(ctx context.Context, id iam.UserID) error {
	var errs []error
	if s.quotas != nil {
		errs = append(errs, s.quotas.ForgetUser(ctx, id.String()))
	}
	if s.rates != nil {
		errs = append(errs, s.rates.ForgetLimits(ctx, quota.KindUser, id.String()))
	}
	return errors.Join(errs...)
}

// Usage returns usage; see [rgwlog.Log.Show].
func (s *Service) Usage(ctx context.Context, q rgwlog.Query) (rgwlog.Report, error) {
	if s.usage == nil {
		return rgwlog.Report{}, ErrNotImplemented
	}
	return s.usage.Show(ctx, q)
}

// TrimUsage removes usage; see [rgwlog.Log.Trim]. Without a user and without All
// it is [ErrInvalidArgument].
func (s *Service) TrimUsage(ctx context.Context, q rgwlog.TrimQuery) error {
	if s.usage == nil {
		return ErrNotImplemented
	}
	err := s.usage.Trim(ctx, q)
	if errors.Is(err, rgwlog.ErrNotAll) {
		return fmt.Errorf("%w: %w", ErrInvalidArgument, err)
	}
	return err
}
