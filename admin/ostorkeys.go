package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/cofferstore/coffer/auth/iam"
)

// GenerateKey gives a user one more key, or an account of the user unless that
// is "", and returns it. Beyond [MaxOstorKeys] it is [ErrKeyLimit].
func (o *Ostor) GenerateKey(ctx context.Context, ref OstorUser, account string) (iam.Account, iam.AccountKey, error) {
	return o.addKey(ctx, ref, account, func(a *iam.Account) error { return requireAccount(a, account) })
}

// CreateAccount adds an account with one key to a user. A name that is taken is
// [ErrAccountExists].
func (o *Ostor) CreateAccount(ctx context.Context, ref OstorUser, name string) (iam.Account, iam.AccountKey, error) {
	if !iam.ValidKeySet(name) {
		return iam.Account{}, iam.AccountKey{}, errAccountName
	}
	return o.addKey(ctx, ref, name, func(a *iam.Account) error {
		if a.HasKeySet(name) {
			return ErrAccountExists
		}
		a.KeySets = append(a.KeySets, name)
		return nil
	})
}

// addKey adds a key to what prepare has made of a user.
func (o *Ostor) addKey(ctx context.Context, ref OstorUser, set string, prepare func(*iam.Account) error) (a iam.Account, k iam.AccountKey, err error) {
	u, err := o.Find(ctx, ref)
	if err != nil {
		return a, k, err
	}
	for range attempts {
		a, err = o.service.users.UpdateAccount(ctx, u.UserID, func(a *iam.Account) error {
			if err := prepare(a); err != nil {
				return err
			}
			if len(a.KeysOf(set)) >= MaxOstorKeys {
				return ErrKeyLimit
			}
			k, err = newOstorKey(a, set)
			return err
		})
		if !errors.Is(err, iam.ErrKeyExists) {
			break
		}
	}
	return a, k, err
}

// newOstorKey adds a key that begins with the name of the user.
func newOstorKey(a *iam.Account, set string) (iam.AccountKey, error) {
	prefix := ""
	if isOstorID(a.UserID) {
		prefix = a.UID
	}
	for {
		name, err := iam.NewAccessKey(prefix)
		if err != nil {
			return iam.AccountKey{}, err
		}
		if a.Key(name) == nil {
			return a.SetKey(iam.AccountKey{AccessKey: name, Set: set})
		}
	}
}

var errAccountName = fmt.Errorf("%w: an account has a name of 1 to 64 letters, digits and . _ @ + = -", ErrInvalidArgument)

func requireAccount(a *iam.Account, name string) error {
	switch {
	case name == "" || a.HasKeySet(name):
		return nil
	case !iam.ValidKeySet(name):
		return errAccountName
	}
	return ErrNoSuchAccount
}

// RevokeKey removes a key of a user's own, or of an account unless that is "".
// One that is not there is [ErrNoSuchAccessKey].
func (o *Ostor) RevokeKey(ctx context.Context, ref OstorUser, account, accessKey string) error {
	_, err := o.update(ctx, ref, func(a *iam.Account) error {
		if err := requireAccount(a, account); err != nil {
			return err
		}
		k := a.Key(accessKey)
		if k == nil || k.Set != account || k.Subuser != "" {
			return ErrNoSuchAccessKey
		}
		a.RemoveKey(accessKey)
		return nil
	})
	return err
}

// RevokeAnyKey removes a key of a user's own or of any account, and returns
// which account that was.
func (o *Ostor) RevokeAnyKey(ctx context.Context, ref OstorUser, accessKey string) (u iam.User, account string, err error) {
	a, err := o.update(ctx, ref, func(a *iam.Account) error {
		k := a.Key(accessKey)
		if k == nil || k.Subuser != "" {
			return ErrNoSuchAccessKey
		}
		account = k.Set
		a.RemoveKey(accessKey)
		return nil
	})
	return a.User, account, err
}

// OstorAccount returns the user who has the account, or [ErrNoSuchAccount].
func (o *Ostor) OstorAccount(ctx context.Context, ref OstorUser, name string) (iam.Account, error) {
	a, err := o.User(ctx, ref)
	if err != nil {
		return iam.Account{}, err
	}
	if name == "" {
		return iam.Account{}, errAccountName
	}
	return a, requireAccount(&a, name)
}

// DeleteAccount removes an account with its keys. Buckets are the user's and
// stay.
func (o *Ostor) DeleteAccount(ctx context.Context, ref OstorUser, name string) error {
	if !iam.ValidKeySet(name) {
		return errAccountName
	}
	_, err := o.update(ctx, ref, func(a *iam.Account) error {
		if !a.RemoveKeySet(name) {
			return ErrNoSuchAccount
		}
		return nil
	})
	return err
}

func (o *Ostor) update(ctx context.Context, ref OstorUser, fn func(*iam.Account) error) (iam.Account, error) {
	u, err := o.Find(ctx, ref)
	if err != nil {
		return iam.Account{}, err
	}
	return o.service.users.UpdateAccount(ctx, u.UserID, fn)
}
