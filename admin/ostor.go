package admin

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cofferstore/coffer/auth/iam"
)

// Ostor administers by the rules of the ostor API (Virtuozzo S3 integration
// guide): users are known by e-mail address and a random name, have two keys of
// their own, and accounts with two keys each. Its methods are those of the
// command line ostor-s3-admin. Users made here and otherwise are the same kind
// of users. Safe for concurrent use.
type Ostor struct {
	service  *Service
	gigabyte int64
}

// OstorOptions configure an [Ostor]. The zero value of each field is its default.
type OstorOptions struct {
	// Gigabyte is the unit of quotas, in bytes. Default 2^30.
	Gigabyte int64
}

// NewOstor returns an Ostor of a service.
func NewOstor(s *Service, o *OstorOptions) *Ostor {
	a := &Ostor{service: s, gigabyte: 1 << 30}
	if o != nil && o.Gigabyte > 0 {
		a.gigabyte = o.Gigabyte
	}
	return a
}

// OstorUser names a user, by one of its members.
type OstorUser struct {
	Email string
	ID    string // the full name (ostor: UserId)
}

// MaxOstorKeys is how many keys a user has, and each account of a user.
const MaxOstorKeys = 2

// uidLen is the length of the names of users: hexadecimal digits in lower case.
const uidLen = 16

// attempts is how often a random name is made up that turns out to be taken.
const attempts = 8

// Find returns the user that ref names, or [iam.ErrNoSuchUser]. Where a user of
// the system shares an address, it is the other one.
func (o *Ostor) Find(ctx context.Context, ref OstorUser) (iam.User, error) {
	switch {
	case (ref.Email == "") == (ref.ID == ""):
		return iam.User{}, fmt.Errorf("%w: a user has an e-mail address or an id", ErrInvalidArgument)
	case ref.Email != "":
		return o.service.users.UserByEmail(ctx, ref.Email)
	}
	u, err := o.service.users.User(ctx, iam.ParseUserID(ref.ID))
	if errors.Is(err, iam.ErrInvalidArgument) {
		err = iam.ErrNoSuchUser
	}
	return u, err
}

// CreateUser adds a user with one key. system makes one who may administer. The
// address of another user of the same kind is [iam.ErrEmailExists].
func (o *Ostor) CreateUser(ctx context.Context, email string, system bool) (iam.Account, error) {
	if email == "" {
		return iam.Account{}, fmt.Errorf("create user: %w: no e-mail address", ErrInvalidArgument)
	}
	var a iam.Account
	var err error
	for range attempts {
		a = iam.Account{User: iam.User{UserID: iam.UserID{UID: newUID()}, DisplayName: email, Email: email, System: system, Ostor: true}}
		if _, err = newOstorKey(&a, ""); err != nil {
			return iam.Account{}, err
		}
		a, err = o.service.users.CreateAccount(ctx, a)
		if !errors.Is(err, iam.ErrUserExists) && !errors.Is(err, iam.ErrKeyExists) {
			break
		}
	}
	return a, err
}

func newUID() string {
	var b [uidLen / 2]byte
	_, _ = rand.Read(b[:]) // never fails
	return hex.EncodeToString(b[:])
}

// User returns a user with keys and accounts, or [iam.ErrNoSuchUser].
func (o *Ostor) User(ctx context.Context, ref OstorUser) (iam.Account, error) {
	u, err := o.Find(ctx, ref)
	if err != nil {
		return iam.Account{}, err
	}
	return o.service.users.Account(ctx, u.UserID)
}

// AllUsers returns all users, by full name.
func (o *Ostor) AllUsers(ctx context.Context) ([]iam.User, error) {
	var all []iam.User
	for q := (iam.UsersQuery{}); ; q.After = all[len(all)-1].UserID {
		page, err := o.service.users.Users(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Users...)
		if !page.Truncated {
			break
		}
	}
	slices.SortFunc(all, func(x, y iam.User) int { return cmp.Compare(x.String(), y.String()) })
	return all, nil
}

// AllAccounts returns all users with their keys, by full name.
func (o *Ostor) AllAccounts(ctx context.Context) ([]iam.Account, error) {
	var all []iam.Account
	for q := (iam.UsersQuery{}); ; q.After = all[len(all)-1].UserID {
		page, err := o.service.users.Accounts(ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Accounts...)
		if !page.Truncated {
			break
		}
	}
	slices.SortFunc(all, func(x, y iam.Account) int { return cmp.Compare(x.String(), y.String()) })
	return all, nil
}

// SetDisabled disables or enables a user: the keys of one who is disabled, those
// of accounts included, are refused from the next request on. Data stay.
func (o *Ostor) SetDisabled(ctx context.Context, ref OstorUser, disabled bool) error {
	u, err := o.Find(ctx, ref)
	if err != nil {
		return err
	}
	_, err = o.service.users.UpdateUser(ctx, u.UserID, func(u *iam.User) error { u.Suspended = disabled; return nil })
	return err
}

// DeleteUser removes a user with keys, accounts, limits and quotas, and returns
// who that was. One who owns a bucket is [ErrHasBuckets].
func (o *Ostor) DeleteUser(ctx context.Context, ref OstorUser) (iam.User, error) {
	u, err := o.Find(ctx, ref)
	if err != nil {
		return iam.User{}, err
	}
	return u, o.service.RemoveUser(ctx, u.UserID, false)
}

// OstorFlags are the marks of a user in answers.
func OstorFlags(u *iam.User) []string {
	if u.System || u.Admin {
		return []string{"system"}
	}
	return []string{}
}

// isOstorID tells whether a user has a name as they are made here.
func isOstorID(id iam.UserID) bool {
	return id.Tenant == "" && len(id.UID) == uidLen && strings.Trim(id.UID, "0123456789abcdef") == ""
}
