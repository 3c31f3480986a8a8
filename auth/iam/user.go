package iam

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/objstore/driver"
)

// User is a user of the directory.
type User struct {
	UserID

	DisplayName string // for people; may be empty

	// Email is "", or the user's alone, upper and lower case being the same; but
	// a user of the system and another one may share an address.
	Email string

	// Suspended cuts off all access with any of the user's keys.
	Suspended bool

	// Ostor marks a user made through the ostor API: while suspended it is
	// refused in that API's words ([auth.ErrUserDisabled]).
	Ostor bool `json:",omitempty"`

	// Admin marks a user who may do everything.
	Admin bool

	// MaxBuckets is how many buckets the user may own: 0 is no limit, negative
	// is none at all (as Ceph has it).
	MaxBuckets int

	// System marks a user of the system itself; only such users and
	// administrators may make others.
	System bool `json:",omitempty"`

	// Withheld are kinds of operations on data that the user must not do with
	// any key (RGW: what the op mask lacks).
	Withheld auth.Ops `json:",omitempty"`

	Caps     Caps      `json:",omitempty"` // what the user may administer
	Subusers []Subuser `json:",omitempty"` // by name, at most [MaxSubusers]
	KeySets  []string  `json:",omitempty"` // names in ascending order, at most [MaxKeySets]

	// DefaultPlacement and PlacementTags are kept for clients that set them;
	// there is one placement.
	DefaultPlacement string   `json:",omitempty"`
	PlacementTags    []string `json:",omitempty"`

	// Created is set by CreateUser and does not change.
	Created time.Time
}

// principal is u as other packages see it.
func (u *User) principal() auth.Principal {
	name := u.DisplayName
	if name == "" {
		name = u.UID
	}
	return auth.Principal{ID: u.String(), Tenant: u.Tenant, DisplayName: name, Admin: u.Admin, System: u.System, Withheld: u.Withheld}
}

func (u *User) check() error {
	return errors.Join(u.UserID.check(), checkEmail(u.Email), checkDisplayName(u.DisplayName), u.checkLists())
}

func (u *User) checkLists() error {
	if len(u.Subusers) > MaxSubusers || len(u.PlacementTags) > maxTags || len(u.Caps) > len(capTypes) {
		return invalid("too many subusers, capabilities or placement tags")
	}
	for i, s := range u.Subusers {
		if err := checkSubuser(s.Name); err != nil {
			return err
		}
		if u.Subuser(s.Name) != &u.Subusers[i] {
			return invalid("two subusers of one name")
		}
	}
	if err := u.checkKeySets(); err != nil {
		return err
	}
	for _, tag := range slices.Concat(u.PlacementTags, []string{u.DefaultPlacement}) {
		if len(tag) > MaxDisplayNameLen || !graphic(tag) {
			return invalid("a placement or placement tag is too long or not printable")
		}
	}
	return nil
}

// CreateUser adds a user and returns it as stored. It is [ErrUserExists] or
// [ErrEmailExists] when the name or the e-mail address is taken.
func (d *Directory) CreateUser(ctx context.Context, u User) (User, error) {
	u.Created = d.now().UTC()
	err := firstInvalid(u.check())
	if err == nil {
		err = d.index.Update(ctx, func(t driver.Txn) error {
			taken, err := exists(t, userRow(u.UserID))
			if err != nil {
				return err
			}
			if taken {
				return ErrUserExists
			}
			return putUser(t, &User{}, &u)
		})
	}
	if err != nil {
		return User{}, wrap("CreateUser", u.String(), err)
	}
	d.log.Info("user created", "user", u.String())
	return u, nil
}

// firstInvalid keeps the first of several findings on arguments.
func firstInvalid(err error) error {
	var i invalid
	if errors.As(err, &i) {
		return i
	}
	return err
}

// putUser writes a user's row and moves its e-mail row.
func putUser(t driver.Txn, old, u *User) error {
	before, after := old.emailRow(), u.emailRow()
	if bytes.Equal(before, after) {
		return store(t, userRow(u.UserID), u)
	}
	if before != nil {
		if err := t.Delete(before); err != nil {
			return err
		}
	}
	if after != nil {
		taken, err := exists(t, after)
		if err != nil {
			return err
		}
		if taken {
			return ErrEmailExists
		}
		if err := t.Set(after, []byte(u.String())); err != nil {
			return err
		}
	}
	return store(t, userRow(u.UserID), u)
}

// emailRow is the row that finds the user by the address, nil without one.
func (u *User) emailRow() []byte {
	if u.Email == "" {
		return nil
	}
	return emailRow(u.Email, u.System)
}

// User returns a user, or [ErrNoSuchUser].
func (d *Directory) User(ctx context.Context, id UserID) (User, error) {
	var u User
	err := id.check()
	if err == nil {
		err = d.index.View(ctx, func(r driver.Reader) error {
			u = User{}
			return load(r, userRow(id), &u, ErrNoSuchUser)
		})
	}
	if err != nil {
		return User{}, wrap("User", id.String(), err)
	}
	return u, nil
}

// UserIn returns a user as a snapshot or a transaction of the directory's index
// has it, or [ErrNoSuchUser]: for hooks that must see users in the transaction of
// what depends on them.
func (d *Directory) UserIn(r driver.Reader, id UserID) (u User, err error) {
	if err = id.check(); err == nil {
		err = load(r, userRow(id), &u, ErrNoSuchUser)
	}
	return u, wrap("UserIn", id.String(), err)
}

// UserByEmail returns the user who has an e-mail address, or [ErrNoSuchUser].
// Where a user of the system shares it, that is the other one.
func (d *Directory) UserByEmail(ctx context.Context, email string) (User, error) {
	if email == "" || checkEmail(email) != nil {
		return User{}, wrap("UserByEmail", "", ErrNoSuchUser)
	}
	var u User
	err := d.index.View(ctx, func(r driver.Reader) error {
		u = User{}
		name, err := r.Get(emailRow(email, false))
		if errors.Is(err, driver.ErrNotFound) {
			name, err = r.Get(emailRow(email, true))
		}
		if errors.Is(err, driver.ErrNotFound) {
			return ErrNoSuchUser
		}
		if err != nil {
			return err
		}
		return load(r, userRow(ParseUserID(string(name))), &u, ErrDamaged)
	})
	if err != nil {
		return User{}, wrap("UserByEmail", "", err)
	}
	return u, nil
}

// DisplayName returns how to show the user of a full name to people: the
// display name, else the uid, else id as it is.
func (d *Directory) DisplayName(ctx context.Context, id string) string {
	u, err := d.User(ctx, ParseUserID(id))
	if err != nil {
		return id
	}
	return u.principal().DisplayName
}

// MaxBuckets returns how many buckets the user of a full name may own: 0 is no
// limit, negative is none at all (see [User]).
func (d *Directory) MaxBuckets(ctx context.Context, id string) (int, error) {
	u, err := d.User(ctx, ParseUserID(id))
	return u.MaxBuckets, err
}

// UpdateUser changes a user: fn gets the user as stored, and what it leaves is
// stored. An error from fn changes nothing and is returned wrapped. The name
// and the time of creation cannot change. fn may run more than once and must
// be short.
func (d *Directory) UpdateUser(ctx context.Context, id UserID, fn func(*User) error) (User, error) {
	var u User
	var keys []string
	err := id.check()
	if err == nil {
		err = d.index.Update(ctx, func(t driver.Txn) error {
			var old User
			if err := load(t, userRow(id), &old, ErrNoSuchUser); err != nil {
				return err
			}
			u = old
			if err := fn(&u); err != nil {
				return err
			}
			if u.UserID != old.UserID || !u.Created.Equal(old.Created) {
				return invalid("the name and the time of creation of a user do not change")
			}
			if err := firstInvalid(u.check()); err != nil {
				return err
			}
			if err := putUser(t, &old, &u); err != nil {
				return err
			}
			keys, err = ownedKeys(t, id)
			return err
		})
		d.cache.invalidate(keys)
	}
	if err != nil {
		return User{}, wrap("UpdateUser", id.String(), err)
	}
	return u, nil
}

// RemoveUser removes a user with all access keys, Swift keys and MFA devices, or
// returns [ErrNoSuchUser].
// What the user owns elsewhere stays.
func (d *Directory) RemoveUser(ctx context.Context, id UserID) error {
	var keys []string
	err := id.check()
	if err == nil {
		err = d.index.Update(ctx, func(t driver.Txn) error {
			var u User
			if err := load(t, userRow(id), &u, ErrNoSuchUser); err != nil {
				return err
			}
			if keys, err = ownedKeys(t, id); err != nil {
				return err
			}
			for _, k := range keys {
				if err := deleteKey(t, id, k); err != nil {
					return err
				}
			}
			devices, err := mfaRows(t, id)
			if err != nil {
				return err
			}
			for _, row := range devices {
				if err := t.Delete(row); err != nil {
					return err
				}
			}
			if err := deleteRows(t, swiftRow(id, "")); err != nil {
				return err
			}
			if row := u.emailRow(); row != nil {
				if err := t.Delete(row); err != nil {
					return err
				}
			}
			return t.Delete(userRow(id))
		})
		d.cache.invalidate(keys)
	}
	if err != nil {
		return wrap("RemoveUser", id.String(), err)
	}
	d.log.Info("user removed", "user", id.String())
	return nil
}

// deleteRows deletes the rows that begin with prefix; they are few.
func deleteRows(t driver.Txn, prefix []byte) error {
	c := t.Scan(prefix, after(prefix), driver.ScanOptions{KeysOnly: true})
	defer c.Close()
	var keys [][]byte
	for c.Next() {
		keys = append(keys, append([]byte(nil), c.Key()...))
	}
	if err := c.Close(); err != nil {
		return err
	}
	for _, k := range keys {
		if err := t.Delete(k); err != nil {
			return err
		}
	}
	return nil
}
