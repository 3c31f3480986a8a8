package iam

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"time"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/objstore/driver"
)

// Options configure a [Directory]. The zero value of each field is its default.
type Options struct {
	Now    func() time.Time // default time.Now
	Logger *slog.Logger     // default: discard

	// Sealer seals secrets. The default is a random key that ends with the
	// process: right for an index in memory only, because an index that is
	// opened again with another key is [ErrWrongMasterKey].
	Sealer Sealer

	// MaxStale is how old a cached access key may be. The default 0 is for an
	// index that no other process writes: the cache is then exact. Where
	// others write too, changes that they make are seen after MaxStale at the
	// latest; a second is a good value.
	MaxStale time.Duration

	// CacheSize bounds how many access keys are cached. Default 4096.
	CacheSize int
}

var _ auth.KeySource = (*Directory)(nil)

// Directory holds users and access keys. Its methods are safe for concurrent
// use; it owns no resource of its own.
type Directory struct {
	index  driver.Index
	sealer Sealer
	now    func() time.Time
	log    *slog.Logger
	cache  keyCache
}

// Open opens the directory that is in ix. It is [ErrWrongMasterKey] when the
// directory was made with another Sealer.
func Open(ix driver.Index, o *Options) (*Directory, error) {
	var opts Options
	if o != nil {
		opts = *o
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	if opts.CacheSize <= 0 {
		opts.CacheSize = 4096
	}
	if opts.Sealer == nil {
		key := make([]byte, MasterKeySize)
		if _, err := rand.Read(key); err != nil {
			return nil, wrap("Open", "", err)
		}
		master, err := NewMasterKey(key)
		if err != nil {
			return nil, wrap("Open", "", err)
		}
		opts.Sealer = master
	}
	d := &Directory{index: ix, sealer: opts.Sealer, now: opts.Now, log: opts.Logger}
	d.cache.init(opts.CacheSize, opts.MaxStale, opts.Now)
	if err := d.checkSealer(context.Background()); err != nil {
		return nil, wrap("Open", "", err)
	}
	return d, nil
}

// sealerCheck is what the sealer's row holds when it is opened.
const sealerCheck = "coffer directory"

// checkSealer compares the sealer with the one that the directory was made
// with, so that a wrong key shows at the start and not at a user's request.
func (d *Directory) checkSealer(ctx context.Context) error {
	sealed, err := d.sealer.Seal([]byte(sealerCheck), sealerRow())
	if err != nil {
		return err
	}
	return d.index.Update(ctx, func(t driver.Txn) error {
		stored, err := t.Get(sealerRow())
		if errors.Is(err, driver.ErrNotFound) {
			return t.Set(sealerRow(), sealed)
		}
		if err != nil {
			return err
		}
		if plain, err := d.sealer.Open(stored, sealerRow()); err != nil || string(plain) != sealerCheck {
			return ErrWrongMasterKey
		}
		return nil
	})
}
