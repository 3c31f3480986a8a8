package iam

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Bounds of what belongs to one user, so that a user is changed and removed in
// one small transaction.
const (
	MaxSubusers = 256
	maxTags     = 64
)

// Account is a user with everything that belongs to it, secrets included: do
// not log it.
type Account struct {
	User

	Keys      []AccountKey // by access key
	SwiftKeys []SwiftKey   // by subuser; each subuser has one at the most
}

// AccountKey is an access key for S3 with its secret.
type AccountKey struct {
	AccessKey, Secret string

	// Subuser is whose key it is; "" is the user's own. A key of a subuser may
	// do what both the user's mask and the access of the subuser allow.
	Subuser string

	// Set is the key set that it is in; "" is none. It proves the user all the
	// same. A key of a subuser is in no set.
	Set string

	Created  time.Time // set when the account is stored; no two of one user are the same
	Inactive bool      // must not be used
}

// SwiftKey is the secret with which a subuser logs in to Swift.
type SwiftKey struct{ Subuser, Secret string }

// Key returns the key of that name, or nil.
func (a *Account) Key(accessKey string) *AccountKey {
	i := slices.IndexFunc(a.Keys, func(k AccountKey) bool { return k.AccessKey == accessKey })
	if i < 0 {
		return nil
	}
	return &a.Keys[i]
}

// Subuser returns the subuser of that name, or nil.
func (u *User) Subuser(name string) *Subuser {
	i := slices.IndexFunc(u.Subusers, func(s Subuser) bool { return s.Name == name })
	if i < 0 {
		return nil
	}
	return &u.Subusers[i]
}

// SetKey adds a key or changes the secret of the one that is there, which keeps
// its state, and its subuser or set unless k names one. Empty members are
// generated; the stored ones are returned.
func (a *Account) SetKey(k AccountKey) (AccountKey, error) {
	c, err := complete(Credentials{AccessKey: k.AccessKey, Secret: k.Secret})
	if err != nil {
		return AccountKey{}, wrap("SetKey", a.String(), err)
	}
	k.AccessKey, k.Secret = c.AccessKey, c.Secret
	old := a.Key(k.AccessKey)
	if old == nil {
		a.Keys = append(a.Keys, k)
		return k, nil
	}
	if old.Secret = k.Secret; k.Subuser != "" || k.Set != "" {
		old.Subuser, old.Set = k.Subuser, k.Set
	}
	return *old, nil
}

// SetSwiftKey gives a subuser a Swift secret in place of the one that it may
// have. An empty secret is generated.
func (a *Account) SetSwiftKey(k SwiftKey) error {
	if k.Secret == "" {
		secret, err := random(secretAlphabet, secretLen)
		if err != nil {
			return wrap("SetSwiftKey", a.String(), err)
		}
		k.Secret = secret
	}
	a.RemoveSwiftKey(k.Subuser)
	a.SwiftKeys = append(a.SwiftKeys, k)
	return nil
}

// RemoveSwiftKey removes the Swift secret of a subuser and tells whether there
// was one.
func (a *Account) RemoveSwiftKey(subuser string) bool {
	n := len(a.SwiftKeys)
	a.SwiftKeys = slices.DeleteFunc(a.SwiftKeys, func(k SwiftKey) bool { return k.Subuser == subuser })
	return len(a.SwiftKeys) < n
}

// RemoveSubuser removes a subuser with its keys and tells whether there was one.
func (a *Account) RemoveSubuser(name string) bool {
	n := len(a.Subusers)
	a.Subusers = slices.DeleteFunc(a.Subusers, func(s Subuser) bool { return s.Name == name })
	a.Keys = slices.DeleteFunc(a.Keys, func(k AccountKey) bool { return k.Subuser == name })
	a.RemoveSwiftKey(name)
	return len(a.Subusers) < n
}

// normalize sorts what is sorted.
func (a *Account) normalize() {
	slices.SortFunc(a.Keys, func(x, y AccountKey) int { return cmp.Compare(x.AccessKey, y.AccessKey) })
	slices.SortFunc(a.SwiftKeys, func(x, y SwiftKey) int { return cmp.Compare(x.Subuser, y.Subuser) })
	slices.SortFunc(a.Subusers, func(x, y Subuser) int { return cmp.Compare(x.Name, y.Name) })
	slices.Sort(a.KeySets)
}

func (a *Account) check() error {
	if err := firstInvalid(a.User.check()); err != nil {
		return err
	}
	if len(a.Keys) > MaxKeysPerUser {
		return ErrTooManyKeys
	}
	if len(a.SwiftKeys) > MaxSubusers {
		return invalid("too many Swift keys")
	}
	for i, k := range a.Keys {
		if i > 0 && a.Keys[i-1].AccessKey == k.AccessKey {
			return ErrKeyExists
		}
		if err := errors.Join(checkAccessKey(k.AccessKey), checkSecret(k.Secret)); err != nil {
			return firstInvalid(err)
		}
		if k.Subuser != "" && a.Subuser(k.Subuser) == nil {
			return ErrNoSuchSubuser
		}
		if k.Set != "" && (k.Subuser != "" || !a.HasKeySet(k.Set)) {
			return invalid("an access key is in a key set that is not there, or a subuser's")
		}
	}
	for i, k := range a.SwiftKeys {
		if i > 0 && a.SwiftKeys[i-1].Subuser == k.Subuser {
			return ErrKeyExists
		}
		if err := checkSecret(k.Secret); err != nil {
			return err
		}
		if a.Subuser(k.Subuser) == nil {
			return ErrNoSuchSubuser
		}
	}
	return nil
}

// CreateAccount adds a user with its subusers and keys in one transaction. It
// is [ErrUserExists], [ErrEmailExists] or [ErrKeyExists] when something is
// taken; nothing is stored then.
func (d *Directory) CreateAccount(ctx context.Context, a Account) (Account, error) {
	a.Created = d.now().UTC()
	a.normalize()
	err := a.check()
	if err == nil {
		err = d.index.Update(ctx, func(t driver.Txn) error {
			taken, err := exists(t, userRow(a.UserID))
			if err != nil {
				return err
			}
			if taken {
				return ErrUserExists
			}
			return d.storeAccount(t, &Account{User: User{UserID: a.UserID}}, &a)
		})
	}
	if err != nil {
		return Account{}, wrap("CreateAccount", a.String(), err)
	}
	d.log.Info("user created", "user", a.String())
	return a, nil
}

// Account returns a user with everything that belongs to it, or
// [ErrNoSuchUser].
func (d *Directory) Account(ctx context.Context, id UserID) (Account, error) {
	var a Account
	err := id.check()
	if err == nil {
		err = d.index.View(ctx, func(r driver.Reader) (err error) {
			a, err = d.loadAccount(r, id)
			return err
		})
	}
	if err != nil {
		return Account{}, wrap("Account", id.String(), err)
	}
	return a, nil
}

// KeyOwner returns whose access key it is, or [ErrNoSuchKey].
func (d *Directory) KeyOwner(ctx context.Context, accessKey string) (UserID, error) {
	var k storedKey
	err := checkAccessKey(accessKey)
	if err == nil {
		err = d.index.View(ctx, func(r driver.Reader) error {
			k = storedKey{}
			return load(r, keyRow(accessKey), &k, ErrNoSuchKey)
		})
	}
	if err != nil {
		return UserID{}, wrap("KeyOwner", "", err)
	}
	return k.User, nil
}

// UpdateAccount changes a user and what belongs to it in one transaction: fn
// gets all as stored, and what it leaves is stored. An error from fn changes
// nothing and is returned wrapped. The name and the time of creation cannot
// change. fn may run more than once and must be short.
func (d *Directory) UpdateAccount(ctx context.Context, id UserID, fn func(*Account) error) (Account, error) {
	var a Account
	var touched []string
	err := id.check()
	if err == nil {
		err = d.index.Update(ctx, func(t driver.Txn) error {
			old, err := d.loadAccount(t, id)
			if err != nil {
				return err
			}
			a = old.clone()
			if err := fn(&a); err != nil {
				return err
			}
			if a.UserID != old.UserID || !a.Created.Equal(old.Created) {
				return invalid("the name and the time of creation of a user do not change")
			}
			a.normalize()
			touched = append(old.accessKeys(), a.accessKeys()...)
			if err := a.check(); err != nil {
				return err
			}
			return d.storeAccount(t, &old, &a)
		})
		d.cache.invalidate(touched)
	}
	if err != nil {
		return Account{}, wrap("UpdateAccount", id.String(), err)
	}
	return a, nil
}

func (a *Account) clone() Account {
	c := *a
	c.Keys, c.SwiftKeys = slices.Clone(a.Keys), slices.Clone(a.SwiftKeys)
	c.Subusers, c.Caps, c.PlacementTags = slices.Clone(a.Subusers), slices.Clone(a.Caps), slices.Clone(a.PlacementTags)
	c.KeySets = slices.Clone(a.KeySets)
	return c
}

func (a *Account) accessKeys() []string {
	var names []string
	for _, k := range a.Keys {
		names = append(names, k.AccessKey)
	}
	return names
}

// loadAccount reads the rows of an account.
func (d *Directory) loadAccount(r driver.Reader, id UserID) (Account, error) {
	var a Account
	if err := load(r, userRow(id), &a.User, ErrNoSuchUser); err != nil {
		return a, err
	}
	names, err := ownedKeys(r, id)
	if err != nil {
		return a, err
	}
	for _, name := range names {
		k, err := d.accountKey(r, name)
		if err != nil {
			return a, err
		}
		a.Keys = append(a.Keys, k)
	}
	a.SwiftKeys, err = d.swiftKeys(r, id)
	return a, err
}

// accountKey reads an access key that some user owns.
func (d *Directory) accountKey(r driver.Reader, name string) (AccountKey, error) {
	var k storedKey
	if err := load(r, keyRow(name), &k, ErrDamaged); err != nil {
		return AccountKey{}, err
	}
	secret, err := d.sealer.Open(k.Sealed, keyRow(name))
	return AccountKey{
		AccessKey: name, Secret: string(secret), Subuser: k.Subuser, Set: k.Set, Created: k.Created, Inactive: k.Inactive,
	}, err
}

// swiftKeys reads the Swift secrets of a user.
func (d *Directory) swiftKeys(r driver.Reader, id UserID) ([]SwiftKey, error) {
	prefix := swiftRow(id, "")
	c := r.Scan(prefix, after(prefix), driver.ScanOptions{})
	defer c.Close()
	var keys []SwiftKey
	for c.Next() {
		sealed, err := c.Value()
		if err != nil {
			return nil, err
		}
		name := strings.Clone(string(c.Key()[len(prefix):]))
		secret, err := d.sealer.Open(sealed, swiftRow(id, name))
		if err != nil {
			return nil, err
		}
		keys = append(keys, SwiftKey{Subuser: name, Secret: string(secret)})
	}
	return keys, c.Close()
}

// storeAccount writes the rows in which two states of an account differ.
func (d *Directory) storeAccount(t driver.Txn, old, a *Account) error {
	if err := putUser(t, &old.User, &a.User); err != nil {
		return err
	}
	for _, k := range old.Keys {
		if a.Key(k.AccessKey) == nil {
			if err := deleteKey(t, a.UserID, k.AccessKey); err != nil {
				return err
			}
		}
	}
	created := d.now().UTC()
	for i := range old.Keys {
		if after := old.Keys[i].Created.Add(1); after.After(created) {
			created = after
		}
	}
	for i := range a.Keys {
		before := old.Key(a.Keys[i].AccessKey)
		if before == nil {
			a.Keys[i].Created = created
			created = created.Add(1)
		}
		if err := d.storeKey(t, before, a.UserID, &a.Keys[i]); err != nil {
			return err
		}
	}
	for _, k := range old.SwiftKeys {
		if err := t.Delete(swiftRow(a.UserID, k.Subuser)); err != nil {
			return err
		}
	}
	for _, k := range a.SwiftKeys {
		place := swiftRow(a.UserID, k.Subuser)
		sealed, err := d.sealer.Seal([]byte(k.Secret), place)
		if err != nil {
			return err
		}
		if err := t.Set(place, sealed); err != nil {
			return err
		}
	}
	return nil
}

// storeKey writes a key that is new (old is nil) or may have changed.
func (d *Directory) storeKey(t driver.Txn, old *AccountKey, id UserID, k *AccountKey) error {
	if old != nil && *old == *k {
		return nil
	}
	if old == nil {
		taken, err := exists(t, keyRow(k.AccessKey))
		if err != nil {
			return err
		}
		if taken {
			return ErrKeyExists
		}
		if err := t.Set(ownedRow(id, k.AccessKey), nil); err != nil {
			return err
		}
	}
	sealed, err := d.sealer.Seal([]byte(k.Secret), keyRow(k.AccessKey))
	if err != nil {
		return err
	}
	return store(t, keyRow(k.AccessKey), &storedKey{User: id, Subuser: k.Subuser, Set: k.Set, Sealed: sealed, Created: k.Created, Inactive: k.Inactive})
}
