package kms

import (
	"context"
	"encoding/binary"
	"sync"
	"time"

	"github.com/cofferstore/coffer/objstore/sse"
)

// Secret is a master key as a store gives it.
type Secret struct {
	Key     sse.Key
	Version uint64 // 1 where a store has no versions
}

// Fetch reads a master key from a store: its given version, or the newest for
// version 0. Errors are those of [sse.KeyProvider].
type Fetch func(ctx context.Context, keyID string, version uint64) (Secret, error)

// Options are optional arguments of [NewSecrets].
type Options struct {
	// DefaultKey is the id of the key where none is named. Default: none.
	DefaultKey string

	// KeyAge is how long a master key is kept in memory; it bounds how late a
	// rotated or removed key is noticed. Default 5 minutes; negative: it is
	// fetched for every object.
	KeyAge time.Duration

	Now func() time.Time // default time.Now
}

// maxSecrets bounds how many master keys are kept.
const maxSecrets = 1024

// Secrets is a [sse.KeyProvider] over a store of secrets. Data keys are wrapped
// in this process.
type Secrets struct {
	fetch Fetch
	opt   Options

	mu   sync.Mutex
	kept map[secretID]keptSecret
}

var _ sse.KeyProvider = (*Secrets)(nil)

type secretID struct {
	id      string
	version uint64
}

type keptSecret struct {
	secret  Secret
	expires time.Time
}

// NewSecrets returns a provider of the keys that fetch reads.
func NewSecrets(fetch Fetch, o *Options) *Secrets {
	s := &Secrets{fetch: fetch, kept: make(map[secretID]keptSecret)}
	if o != nil {
		s.opt = *o
	}
	if s.opt.KeyAge == 0 {
		s.opt.KeyAge = 5 * time.Minute
	}
	if s.opt.Now == nil {
		s.opt.Now = time.Now
	}
	return s
}

// DataKey implements [sse.KeyProvider].
func (s *Secrets) DataKey(ctx context.Context, keyID string, additional []byte) (sse.DataKey, error) {
	if keyID == "" {
		keyID = s.opt.DefaultKey
	}
	if keyID == "" {
		return sse.DataKey{}, sse.ErrKeyNotFound
	}
	master, err := s.get(ctx, keyID, 0)
	if err != nil {
		return sse.DataKey{}, err
	}
	d := sse.DataKey{Key: sse.NewKey(), KeyID: keyID, Wrapped: binary.AppendUvarint(nil, master.Version)}
	d.Wrapped = append(d.Wrapped, master.Key.Wrap(d.Key, additional)...)
	return d, nil
}

// Unwrap implements [sse.KeyProvider].
func (s *Secrets) Unwrap(ctx context.Context, keyID string, wrapped, additional []byte) (sse.Key, error) {
	version, n := binary.Uvarint(wrapped)
	if n <= 0 || version == 0 {
		return sse.Key{}, sse.ErrWrongKey
	}
	master, err := s.get(ctx, keyID, version)
	if err != nil {
		return sse.Key{}, err
	}
	return master.Key.Unwrap(wrapped[n:], additional)
}

func (s *Secrets) get(ctx context.Context, keyID string, version uint64) (Secret, error) {
	id, now := secretID{keyID, version}, s.opt.Now()
	s.mu.Lock()
	kept, ok := s.kept[id]
	s.mu.Unlock()
	if ok && now.Before(kept.expires) {
		return kept.secret, nil
	}
	secret, err := s.fetch(ctx, keyID, version)
	if err != nil || s.opt.KeyAge < 0 {
		return secret, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) >= maxSecrets {
		clear(s.kept)
	}
	s.kept[id] = keptSecret{secret, now.Add(s.opt.KeyAge)}
	return secret, nil
}
