package iam

import (
	"context"
	"errors"

	"github.com/cofferstore/coffer/auth/acl"
)

// Grantees finds the users that ACLs name: by full name, which is the canonical
// id, and by e-mail address.
func (d *Directory) Grantees() acl.Resolver { return grantees{d} }

type grantees struct{ d *Directory }

// ByID implements [acl.Resolver].
func (g grantees) ByID(ctx context.Context, id string) (acl.Owner, error) {
	uid := ParseUserID(id)
	if uid.check() != nil {
		return acl.Owner{}, acl.ErrNoSuchUser
	}
	u, err := g.d.User(ctx, uid)
	return owner(&u, err)
}

// ByEmail implements [acl.Resolver].
func (g grantees) ByEmail(ctx context.Context, email string) (acl.Owner, error) {
	u, err := g.d.UserByEmail(ctx, email)
	return owner(&u, err)
}

func owner(u *User, err error) (acl.Owner, error) {
	if errors.Is(err, ErrNoSuchUser) {
		return acl.Owner{}, acl.ErrNoSuchUser
	}
	if err != nil {
		return acl.Owner{}, err
	}
	p := u.principal()
	return acl.Owner{ID: p.ID, DisplayName: p.DisplayName}, nil
}
