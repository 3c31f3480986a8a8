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

// DefaultQuotas returns the quotas of users and buckets that have none.
func (s *Service) DefaultQuotas(ctx context.Context) (quota.UserSpecs, error) {
	if s.quotas == nil {
		return quota.UserSpecs{}, ErrNotImplemented
	}
	return s.quotas.Defaults(ctx)
}

// UpdateDefaultQuotas changes the quotas of users and buckets that have none: fn
// gets them as they are. An error of fn changes nothing.
func (s *Service) UpdateDefaultQuotas(ctx context.Context, fn func(*quota.UserSpecs) error) error {
	if s.quotas == nil {
		return ErrNotImplemented
	}
	_, err := s.quotas.UpdateDefaults(ctx, fn)
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

// UserRates names the rate limits of a user, who must exist.
func (s *Service) UserRates(ctx context.Context, id iam.UserID) (RateSubject, error) {
	_, err := s.users.User(ctx, id)
	return RateSubject{quota.KindUser, id.String()}, err
}

// BucketRates names the rate limits of a bucket, which must exist.
func (s *Service) BucketRates(ctx context.Context, id objstore.BucketID) (RateSubject, error) {
	b, err := s.store.Bucket(ctx, id)
	if err != nil {
		return RateSubject{}, err
	}
	ref := b.Info().Ref // what the S3 front end names it by
	return RateSubject{quota.KindBucket, string(ref[:])}, nil
}

// RateSubject is whose rate limits something is about. Without an id it is those
// of all of a kind that have none of their own.
type RateSubject struct {
	Kind quota.Kind
	id   string
}

// Rates returns rate limits.
func (s *Service) Rates(ctx context.Context, of RateSubject) (quota.RateSpec, error) {
	if s.rates == nil {
		return quota.RateSpec{}, ErrNotImplemented
	}
	if of.id == "" {
		return s.rates.Default(ctx, of.Kind)
	}
	l, err := s.rates.Limits(ctx, of.Kind, of.id)
	return l.Rate, err
}

// UpdateRates changes rate limits: fn gets them as they are. Limits that cannot
// be are [ErrInvalidArgument].
func (s *Service) UpdateRates(ctx context.Context, of RateSubject, fn func(*quota.RateSpec)) error {
	if s.rates == nil {
		return ErrNotImplemented
	}
	if of.id == "" {
		r, err := s.rates.Default(ctx, of.Kind)
		if err != nil {
			return err
		}
		fn(&r)
		return invalidLimit(s.rates.SetDefault(ctx, of.Kind, r))
	}
	_, err := s.rates.UpdateLimits(ctx, of.Kind, of.id, func(l *quota.Limits) error { fn(&l.Rate); return nil })
	return invalidLimit(err)
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
