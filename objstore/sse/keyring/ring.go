package keyring

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/cofferstore/coffer/objstore/sse"
)

// DefaultKey is the key that a new ring has, and that is used where none is
// named.
const DefaultKey = "default"

// Error is a constant error; compare with errors.Is.
type Error string

func (e Error) Error() string { return string(e) }

// Errors of the methods that change a ring, beside those of package sse.
const (
	ErrKeyExists  Error = "keyring: there is a key of that id"
	ErrBadID      Error = "keyring: a key id has 1 to 128 letters, digits and . _ - /, and begins with a letter or digit"
	ErrUnreadable Error = "keyring: the file cannot be read with this master key"
)

var validID = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$`)

// Sealer encrypts the file; auth/iam.MasterKey is one.
type Sealer interface {
	Seal(plain, place []byte) ([]byte, error)
	Open(sealed, place []byte) ([]byte, error)
}

// Options are optional arguments of [Open].
type Options struct {
	Now func() time.Time // default time.Now
}

// Ring is a file of keys. It is a [sse.KeyProvider], safe for concurrent use.
// Several processes may read a ring; those that change it must take turns.
type Ring struct {
	path   string
	sealer Sealer
	now    func() time.Time

	mu    sync.Mutex
	state fs.FileInfo // of the file that was read
	keys  map[string]*key
}

var _ sse.KeyProvider = (*Ring)(nil)

// key is a master key.
type key struct {
	Disabled bool      `json:"disabled,omitempty"`
	Versions []version `json:"versions"` // version 1 first
}

type version struct {
	Created time.Time `json:"created"`
	Secret  []byte    `json:"secret"`
}

// KeyInfo describes a key.
type KeyInfo struct {
	ID       string
	Disabled bool
	Versions int
	Created  time.Time // of the first version
	Rotated  time.Time // when the newest version was made
}

// Open opens the ring in a file, which it makes, with [DefaultKey] in it, where
// there is none.
func Open(path string, s Sealer, o *Options) (*Ring, error) {
	r := &Ring{path: path, sealer: s, now: time.Now}
	if o != nil && o.Now != nil {
		r.now = o.Now
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	err := r.refresh()
	if errors.Is(err, fs.ErrNotExist) {
		r.keys = map[string]*key{}
		return r, r.add(DefaultKey)
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// NewMemory returns a ring without a file, with [DefaultKey] in it, for tests:
// what it wraps is lost with it.
func NewMemory() *Ring {
	r := &Ring{now: time.Now, keys: map[string]*key{}}
	r.mu.Lock()
	defer r.mu.Unlock()
	_ = r.add(DefaultKey) // without a file nothing can fail
	return r
}

// DataKey implements [sse.KeyProvider].
func (r *Ring) DataKey(_ context.Context, keyID string, additional []byte) (sse.DataKey, error) {
	if keyID == "" {
		keyID = DefaultKey
	}
	k, err := r.find(keyID)
	if err != nil {
		return sse.DataKey{}, err
	}
	newest := len(k.Versions)
	d := sse.DataKey{Key: sse.NewKey(), KeyID: keyID}
	d.Wrapped = binary.AppendUvarint(nil, uint64(newest))
	d.Wrapped = append(d.Wrapped, sse.Key(k.Versions[newest-1].Secret).Wrap(d.Key, additional)...)
	return d, nil
}

// Unwrap implements [sse.KeyProvider].
func (r *Ring) Unwrap(_ context.Context, keyID string, wrapped, additional []byte) (sse.Key, error) {
	k, err := r.find(keyID)
	if err != nil {
		return sse.Key{}, err
	}
	number, n := binary.Uvarint(wrapped)
	if n <= 0 || number == 0 || number > uint64(len(k.Versions)) {
		return sse.Key{}, sse.ErrWrongKey
	}
	return sse.Key(k.Versions[number-1].Secret).Unwrap(wrapped[n:], additional)
}

// find returns a copy of a key that may be used.
func (r *Ring) find(id string) (key, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refresh(); err != nil {
		return key{}, fmt.Errorf("%w: %w", sse.ErrUnavailable, err)
	}
	k := r.keys[id]
	switch {
	case k == nil:
		return key{}, sse.ErrKeyNotFound
	case k.Disabled:
		return key{}, sse.ErrKeyDisabled
	}
	return *k, nil
}

// WithDefault returns the ring as a provider whose default is another key.
func (r *Ring) WithDefault(id string) sse.KeyProvider { return otherDefault{r, id} }

type otherDefault struct {
	ring *Ring
	id   string
}

func (o otherDefault) DataKey(ctx context.Context, keyID string, additional []byte) (sse.DataKey, error) {
	if keyID == "" {
		keyID = o.id
	}
	return o.ring.DataKey(ctx, keyID, additional)
}

func (o otherDefault) Unwrap(ctx context.Context, keyID string, wrapped, additional []byte) (sse.Key, error) {
	return o.ring.Unwrap(ctx, keyID, wrapped, additional)
}

// Keys describes the keys, in the order of their ids.
func (r *Ring) Keys() ([]KeyInfo, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refresh(); err != nil {
		return nil, err
	}
	var infos []KeyInfo
	for _, id := range slices.Sorted(maps.Keys(r.keys)) {
		k := r.keys[id]
		infos = append(infos, KeyInfo{
			ID: id, Disabled: k.Disabled, Versions: len(k.Versions),
			Created: k.Versions[0].Created, Rotated: k.Versions[len(k.Versions)-1].Created,
		})
	}
	return infos, nil
}

// Create makes a key. One of that id is [ErrKeyExists], an impossible id
// [ErrBadID].
func (r *Ring) Create(id string) error {
	return r.change(func() error {
		switch {
		case !validID.MatchString(id):
			return ErrBadID
		case r.keys[id] != nil:
			return ErrKeyExists
		}
		return r.add(id)
	})
}

// Rotate gives a key a new version. What older versions have wrapped stays
// readable.
func (r *Ring) Rotate(id string) error {
	return r.update(id, func(k *key) { k.Versions = append(slices.Clone(k.Versions), r.newVersion()) })
}

// SetDisabled makes a key unusable, or usable again.
func (r *Ring) SetDisabled(id string, disabled bool) error {
	return r.update(id, func(k *key) { k.Disabled = disabled })
}

func (r *Ring) update(id string, change func(*key)) error {
	return r.change(func() error {
		old := r.keys[id]
		if old == nil {
			return sse.ErrKeyNotFound
		}
		k := *old
		change(&k)
		return r.store(id, &k)
	})
}

// change runs fn on what is in the file now.
func (r *Ring) change(fn func() error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.refresh(); err != nil {
		return err
	}
	return fn()
}

func (r *Ring) newVersion() version {
	secret := sse.NewKey()
	return version{Created: r.now().UTC(), Secret: secret[:]}
}

func (r *Ring) add(id string) error { return r.store(id, &key{Versions: []version{r.newVersion()}}) }

// store writes the ring with one key changed.
func (r *Ring) store(id string, k *key) error {
	keys := maps.Clone(r.keys)
	keys[id] = k
	if err := r.write(keys); err != nil {
		return err
	}
	if r.path == "" {
		r.keys = keys
		return nil
	}
	info, err := os.Stat(r.path)
	if err != nil {
		return err
	}
	r.keys, r.state = keys, info
	return nil
}
