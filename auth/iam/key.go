package iam

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

// MaxKeysPerUser bounds the access keys of one user, those in key sets
// included, so that a user is changed and removed in one small transaction.
const MaxKeysPerUser = 1024

// Credentials are an access key and its secret.
type Credentials struct{ AccessKey, Secret string }

// AccessKey describes an access key without its secret.
type AccessKey struct {
	AccessKey string
	User      UserID
	Created   time.Time
	Inactive  bool // must not be used
}

// storedKey is the row of an access key.
type storedKey struct {
	User     UserID
	Subuser  string `json:",omitempty"`
	Set      string `json:",omitempty"`
	Sealed   []byte
	Created  time.Time
	Inactive bool `json:",omitempty"`
}

// Alphabets of generated credentials, those of Amazon's: 20 characters carry
// 103 bits, 40 carry 238.
const (
	accessKeyAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	accessKeyLen      = 20
	secretAlphabet    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	secretLen         = 40
)

// random returns n characters of the alphabet, each with the same probability.
func random(alphabet string, n int) (string, error) {
	out := make([]byte, 0, n)
	buf := make([]byte, 2*n)
	fair := 256 - 256%len(alphabet)
	for {
		if _, err := rand.Read(buf); err != nil {
			return "", err
		}
		for _, b := range buf {
			if int(b) >= fair {
				continue
			}
			if out = append(out, alphabet[int(b)%len(alphabet)]); len(out) == n {
				return string(out), nil
			}
		}
	}
}

// complete checks given credentials and makes up what is missing.
func complete(c Credentials) (Credentials, error) {
	var err error
	if c.AccessKey == "" {
		if c.AccessKey, err = random(accessKeyAlphabet, accessKeyLen); err != nil {
			return c, err
		}
	}
	if c.Secret == "" {
		if c.Secret, err = random(secretAlphabet, secretLen); err != nil {
			return c, err
		}
	}
	if err := checkAccessKey(c.AccessKey); err != nil {
		return c, err
	}
	return c, checkSecret(c.Secret)
}

// NewAccessKey makes up a name of 20 characters for an access key: the prefix
// and what is missing, four characters at the least, at random.
func NewAccessKey(prefix string) (string, error) {
	tail, err := random(accessKeyAlphabet, max(accessKeyLen-len(prefix), 4))
	if err != nil {
		return "", wrap("NewAccessKey", prefix, err)
	}
	return prefix + tail, nil
}

// CreateKey gives a user a further access key. Empty members of c are
// generated; the whole is returned. It is [ErrKeyExists] when the access key
// is taken, by whomever, and [ErrTooManyKeys] beyond [MaxKeysPerUser].
func (d *Directory) CreateKey(ctx context.Context, id UserID, c Credentials) (Credentials, error) {
	c, k, err := d.newKey(id, c)
	if err == nil {
		err = d.index.Update(ctx, func(t driver.Txn) error { return addKey(t, c.AccessKey, k) })
	}
	if err != nil {
		return Credentials{}, wrap("CreateKey", id.String(), err)
	}
	d.log.Info("access key created", "user", id.String(), "accessKey", c.AccessKey)
	return c, nil
}

// newKey makes credentials and the row that holds them.
func (d *Directory) newKey(id UserID, c Credentials) (Credentials, *storedKey, error) {
	if err := id.check(); err != nil {
		return c, nil, err
	}
	c, err := complete(c)
	if err != nil {
		return c, nil, err
	}
	sealed, err := d.sealer.Seal([]byte(c.Secret), keyRow(c.AccessKey))
	if err != nil {
		return c, nil, err
	}
	return c, &storedKey{User: id, Sealed: sealed, Created: d.now().UTC()}, nil
}

// addKey writes the rows of a new key.
func addKey(t driver.Txn, accessKey string, k *storedKey) error {
	if err := load(t, userRow(k.User), &User{}, ErrNoSuchUser); err != nil {
		return err
	}
	taken, err := exists(t, keyRow(accessKey))
	if err != nil {
		return err
	}
	if taken {
		return ErrKeyExists
	}
	keys, err := ownedKeys(t, k.User)
	if err != nil {
		return err
	}
	if len(keys) >= MaxKeysPerUser {
		return ErrTooManyKeys
	}
	if err := t.Set(ownedRow(k.User, accessKey), nil); err != nil {
		return err
	}
	return store(t, keyRow(accessKey), k)
}

func deleteKey(t driver.Txn, id UserID, accessKey string) error {
	if err := t.Delete(ownedRow(id, accessKey)); err != nil {
		return err
	}
	return t.Delete(keyRow(accessKey))
}

// ownedKeys returns the access keys of a user in ascending order.
func ownedKeys(r driver.Reader, id UserID) ([]string, error) {
	prefix := ownedRows(id)
	c := r.Scan(prefix, after(prefix), driver.ScanOptions{KeysOnly: true})
	defer c.Close()
	var keys []string
	for c.Next() {
		keys = append(keys, string(c.Key()[len(prefix):]))
	}
	return keys, c.Close()
}

// RemoveKey removes an access key, or returns [ErrNoSuchKey].
func (d *Directory) RemoveKey(ctx context.Context, accessKey string) error {
	err := checkAccessKey(accessKey)
	if err == nil {
		err = d.index.Update(ctx, func(t driver.Txn) error {
			var k storedKey
			if err := load(t, keyRow(accessKey), &k, ErrNoSuchKey); err != nil {
				return err
			}
			return deleteKey(t, k.User, accessKey)
		})
		d.cache.invalidate([]string{accessKey})
	}
	if err != nil {
		return wrap("RemoveKey", accessKey, err)
	}
	d.log.Info("access key removed", "accessKey", accessKey)
	return nil
}

// SetKeyActive allows or forbids the use of an access key (IAM:
// UpdateAccessKey), or returns [ErrNoSuchKey].
func (d *Directory) SetKeyActive(ctx context.Context, accessKey string, active bool) error {
	err := checkAccessKey(accessKey)
	if err == nil {
		err = d.index.Update(ctx, func(t driver.Txn) error {
			var k storedKey
			if err := load(t, keyRow(accessKey), &k, ErrNoSuchKey); err != nil {
				return err
			}
			k.Inactive = !active
			return store(t, keyRow(accessKey), &k)
		})
		d.cache.invalidate([]string{accessKey})
	}
	return wrap("SetKeyActive", accessKey, err)
}

// Keys lists the access keys of a user, or returns [ErrNoSuchUser].
func (d *Directory) Keys(ctx context.Context, id UserID) ([]AccessKey, error) {
	var keys []AccessKey
	err := id.check()
	if err == nil {
		err = d.index.View(ctx, func(r driver.Reader) error {
			keys = nil
			if err := load(r, userRow(id), &User{}, ErrNoSuchUser); err != nil {
				return err
			}
			names, err := ownedKeys(r, id)
			if err != nil {
				return err
			}
			for _, name := range names {
				var k storedKey
				if err := load(r, keyRow(name), &k, ErrDamaged); err != nil {
					return err
				}
				keys = append(keys, AccessKey{AccessKey: name, User: k.User, Created: k.Created, Inactive: k.Inactive})
			}
			return nil
		})
	}
	if err != nil {
		return nil, wrap("Keys", id.String(), err)
	}
	return keys, nil
}
