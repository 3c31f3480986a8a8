package iam

import (
	"context"
	"errors"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/objstore/driver"
)

// Key implements [auth.KeySource]. An unknown access key is
// [auth.ErrInvalidAccessKeyID].
//
// Known keys are answered from a cache that follows every change made through
// this Directory: what a method has changed when it returns, a later Key sees.
func (d *Directory) Key(ctx context.Context, accessKey string) (auth.Key, error) {
	if k, ok := d.cache.get(accessKey); ok {
		return k, nil
	}
	if checkAccessKey(accessKey) != nil {
		return auth.Key{}, &auth.Error{Reason: auth.ErrInvalidAccessKeyID}
	}
	fill := d.cache.begin()
	k, err := d.readKey(ctx, accessKey)
	if errors.Is(err, ErrNoSuchKey) {
		return auth.Key{}, &auth.Error{Reason: auth.ErrInvalidAccessKeyID}
	}
	if err != nil {
		return auth.Key{}, wrap("Key", accessKey, err)
	}
	d.cache.put(fill, accessKey, k)
	return k, nil
}

// readKey reads a key and its user from one snapshot.
func (d *Directory) readKey(ctx context.Context, accessKey string) (auth.Key, error) {
	var stored storedKey
	var u User
	err := d.index.View(ctx, func(r driver.Reader) error {
		stored, u = storedKey{}, User{}
		if err := load(r, keyRow(accessKey), &stored, ErrNoSuchKey); err != nil {
			return err
		}
		return load(r, userRow(stored.User), &u, ErrDamaged)
	})
	if err != nil {
		return auth.Key{}, err
	}
	secret, err := d.sealer.Open(stored.Sealed, keyRow(accessKey))
	if err != nil {
		return auth.Key{}, err
	}
	p := u.principal()
	if stored.Subuser != "" {
		p.Admin, p.Subuser = false, stored.Subuser
		p.Withheld = auth.OpsAll
		if s := u.Subuser(stored.Subuser); s != nil {
			p.Withheld = u.Withheld | s.Access.withheld()
		}
	}
	var refused auth.Reason
	if u.Ostor {
		refused = auth.ErrUserDisabled
	}
	return auth.Key{
		AccessKey: accessKey,
		Secret:    string(secret),
		Principal: p,
		Suspended: u.Suspended || stored.Inactive, SuspendedAs: refused,
	}, nil
}
