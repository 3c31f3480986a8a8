package admin

import (
	"context"
	"fmt"

	"github.com/cofferstore/coffer/auth/iam"
)

// SubuserKey asks for a key of a subuser. Empty members are generated.
type SubuserKey struct {
	S3                bool // a key for S3 instead of one for Swift
	AccessKey, Secret string

	// Renew gives the key to a subuser that is there already as well.
	Renew bool
}

// set gives the subuser the key.
func (k *SubuserKey) set(a *iam.Account, name string) error {
	if k == nil {
		return nil
	}
	if !k.S3 {
		return a.SetSwiftKey(iam.SwiftKey{Subuser: name, Secret: k.Secret})
	}
	_, err := a.SetKey(iam.AccountKey{AccessKey: k.AccessKey, Secret: k.Secret, Subuser: name})
	return err
}

// CreateSubuser adds a subuser with a key (nil = none). One that is there keeps
// its access, and its key unless k says otherwise. It returns all subusers of the
// user.
func (s *Service) CreateSubuser(ctx context.Context, id iam.UserID, sub iam.Subuser, k *SubuserKey) (iam.Account, error) {
	return s.users.UpdateAccount(ctx, id, func(a *iam.Account) error {
		if a.Subuser(sub.Name) != nil {
			if k == nil || !k.Renew {
				return nil
			}
			return k.set(a, sub.Name)
		}
		a.Subusers = append(a.Subusers, sub)
		return k.set(a, sub.Name)
	})
}

// ModifySubuser sets the access of a subuser and gives it a key (nil = none), or
// returns [iam.ErrNoSuchSubuser].
func (s *Service) ModifySubuser(ctx context.Context, id iam.UserID, sub iam.Subuser, k *SubuserKey) (iam.Account, error) {
	return s.users.UpdateAccount(ctx, id, func(a *iam.Account) error {
		have := a.Subuser(sub.Name)
		if have == nil {
			return iam.ErrNoSuchSubuser
		}
		have.Access = sub.Access
		return k.set(a, sub.Name)
	})
}

// RemoveSubuser removes a subuser with its keys, or returns
// [iam.ErrNoSuchSubuser].
func (s *Service) RemoveSubuser(ctx context.Context, id iam.UserID, name string) error {
	_, err := s.users.UpdateAccount(ctx, id, func(a *iam.Account) error {
		if !a.RemoveSubuser(name) {
			return iam.ErrNoSuchSubuser
		}
		return nil
	})
	return err
}

// SetKey gives a user a key for S3, or changes the secret of the one that is
// there; empty members are generated. A key that another user has is
// [iam.ErrKeyExists].
func (s *Service) SetKey(ctx context.Context, id iam.UserID, k iam.AccountKey) (iam.Account, error) {
	return s.users.UpdateAccount(ctx, id, func(a *iam.Account) error {
		_, err := a.SetKey(k)
		return err
	})
}

// SetSwiftKey gives a subuser a Swift secret in place of the one that it may
// have; an empty one is generated.
func (s *Service) SetSwiftKey(ctx context.Context, id iam.UserID, k iam.SwiftKey) (iam.Account, error) {
	return s.users.UpdateAccount(ctx, id, func(a *iam.Account) error { return a.SetSwiftKey(k) })
}

// RemoveKey removes an access key of a user; the zero id is whoever has it. It
// is [ErrNoSuchAccessKey] for a key that is not there or another user's.
func (s *Service) RemoveKey(ctx context.Context, id iam.UserID, accessKey string) error {
	owner, err := s.users.KeyOwner(ctx, accessKey)
	if err != nil || id != (iam.UserID{}) && id != owner {
		return fmt.Errorf("remove key: %w", ErrNoSuchAccessKey)
	}
	return s.users.RemoveKey(ctx, accessKey)
}

// RemoveSwiftKey removes the Swift secret of a subuser, or returns
// [ErrNoSuchAccessKey].
func (s *Service) RemoveSwiftKey(ctx context.Context, id iam.UserID, subuser string) error {
	_, err := s.users.UpdateAccount(ctx, id, func(a *iam.Account) error {
		if !a.RemoveSwiftKey(subuser) {
			return ErrNoSuchAccessKey
		}
		return nil
	})
	return err
}
