package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/lifecycle/worker"
	"github.com/cofferstore/coffer/quota"
	"github.com/cofferstore/coffer/usage/rgwlog"
)

// Service administers a directory and a store. Safe for concurrent use.
type Service struct {
	users *iam.Directory
	store *objstore.Store

	quotas    *quota.Enforcer
	rates     *quota.RateLimiter
	usage     *rgwlog.Log
	lifecycle *worker.Worker
}

// Options are further parts that a [Service] administers. What concerns one that
// is nil is [ErrNotImplemented].
type Options struct {
	Quotas *quota.Enforcer
	Rates  *quota.RateLimiter
	Usage  *rgwlog.Log

	Lifecycle *worker.Worker
}

// New returns a Service of a directory and a store. All parts stay the caller's.
func New(users *iam.Directory, store *objstore.Store, o *Options) *Service {
	s := &Service{users: users, store: store}
	if o != nil {
		s.quotas, s.rates, s.usage, s.lifecycle = o.Quotas, o.Rates, o.Usage, o.Lifecycle
	}
	return s
}

// StoreID names the store that is administered; see [objstore.Store.ID].
func (s *Service) StoreID(ctx context.Context) (string, error) {
	id, err := s.store.ID(ctx)
	return id.String(), err
}

// Account returns a user with everything that belongs to it, or
// [iam.ErrNoSuchUser].
func (s *Service) Account(ctx context.Context, id iam.UserID) (iam.Account, error) {
	return s.users.Account(ctx, id)
}

// AccountByKey returns the user whose access key it is, or [iam.ErrNoSuchKey].
func (s *Service) AccountByKey(ctx context.Context, accessKey string) (iam.Account, error) {
	id, err := s.users.KeyOwner(ctx, accessKey)
	if err != nil {
		return iam.Account{}, err
	}
	return s.users.Account(ctx, id)
}

// Users lists users, sorted by tenant and uid.
func (s *Service) Users(ctx context.Context, q iam.UsersQuery) (iam.UserPage, error) {
	return s.users.Users(ctx, q)
}

// UserTotals returns what the buckets of a user hold, exact at this moment.
func (s *Service) UserTotals(ctx context.Context, id iam.UserID) (objstore.Totals, error) {
	return s.store.OwnerTotals(ctx, id.String())
}

// CreateUser adds a user; see [iam.Directory.CreateAccount]. A user needs a
// display name, else it is [ErrInvalidArgument].
func (s *Service) CreateUser(ctx context.Context, a iam.Account) (iam.Account, error) {
	if a.DisplayName == "" {
		// Whoever asks for a user that is there learns that first.
		if _, err := s.users.User(ctx, a.UserID); err == nil {
			return iam.Account{}, fmt.Errorf("create user %s: %w", a.UserID, iam.ErrUserExists)
		}
		return iam.Account{}, fmt.Errorf("create user %s: %w: no display name", a.UserID, ErrInvalidArgument)
	}
	return s.users.CreateAccount(ctx, a)
}

// UpdateUser changes a user; see [iam.Directory.UpdateAccount].
func (s *Service) UpdateUser(ctx context.Context, id iam.UserID, fn func(*iam.Account) error) (iam.Account, error) {
	return s.users.UpdateAccount(ctx, id, fn)
}

// RemoveUser removes a user. One who owns buckets is [ErrHasBuckets] unless
// purge is set: then the user is cut off first, and buckets go with all that is
// in them, in steps. When that fails half way the user is still there,
// suspended, and the call may be repeated.
//
// A bucket that was unlinked was taken out of the user's hands to be kept, so
// purge does not reach it; and it must not stay behind for whoever comes to have
// the name. While there is one, the user is not removed at all (ErrHasBuckets):
// link it to somebody else or remove it first.
func (s *Service) RemoveUser(ctx context.Context, id iam.UserID, purge bool) error {
	if _, err := s.users.User(ctx, id); err != nil {
		return err
	}
	next, err := s.nextOwned(ctx, id)
	if err != nil {
		return err
	}
	if next != nil {
		if !purge {
			return fmt.Errorf("remove user %s: %w", id, ErrHasBuckets)
		}
		if _, err := s.users.UpdateUser(ctx, id, func(u *iam.User) error { u.Suspended = true; return nil }); err != nil {
			return err
		}
	}
	for next != nil {
		if err := s.RemoveBucket(ctx, next.BucketID, true); err != nil && !errors.Is(err, objstore.ErrNoSuchBucket) {
			return err
		}
		if next, err = s.nextOwned(ctx, id); err != nil {
			return err
		}
	}
	if err := s.forget(ctx, id); err != nil {
		return err
	}
	return s.users.RemoveUser(ctx, id)
}

// nextOwned returns a bucket in the list of a user, or nil. An unlinked one is
// [ErrHasBuckets].
func (s *Service) nextOwned(ctx context.Context, id iam.UserID) (*objstore.BucketInfo, error) {
	q := objstore.BucketsQuery{Owner: id.String(), Limit: 1, Unlinked: true}
	page, err := s.store.Buckets(ctx, q)
	if err != nil {
		return nil, err
	}
	if len(page.Buckets) > 0 {
		return nil, fmt.Errorf("remove user %s: %w: bucket %s is unlinked but theirs", id, ErrHasBuckets, page.Buckets[0].BucketID)
	}
	q.Unlinked = false
	if page, err = s.store.Buckets(ctx, q); err != nil || len(page.Buckets) == 0 {
		return nil, err
	}
	return &page.Buckets[0], nil
}

// AddCaps gives a user capabilities and returns all that it has then.
func (s *Service) AddCaps(ctx context.Context, id iam.UserID, more iam.Caps) (iam.Caps, error) {
	u, err := s.users.UpdateUser(ctx, id, func(u *iam.User) error { u.Caps = u.Caps.Add(more); return nil })
	return u.Caps, err
}

// RemoveCaps takes capabilities from a user and returns what is left. Taking
// what the user does not have is no error.
func (s *Service) RemoveCaps(ctx context.Context, id iam.UserID, less iam.Caps) (iam.Caps, error) {
	u, err := s.users.UpdateUser(ctx, id, func(u *iam.User) error { u.Caps = u.Caps.Remove(less); return nil })
	return u.Caps, err
}
