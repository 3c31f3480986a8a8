package quota

import (
	"context"
	"encoding/hex"
	"fmt"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
)

// Options configure an [Enforcer]. The zero value of each field is its default.
type Options struct {
	// Defaults hold for users and buckets for which the index has none, that
	// is until SetDefaults. Default: no quota.
	Defaults UserSpecs
}

// Enforcer holds writes to quotas; give it to a store as one of its hooks.
// Quotas are those of the owner of the bucket, whoever writes. Two must hold:
//
//   - of the user: the user's own, else the default for users;
//   - of the bucket: its own, else the one that the owner set for all of the
//     owner's buckets, else the default for buckets.
//
// A quota that is not enabled is passed over. Room for a body whose size is known
// is set aside while it arrives, in this process, so that others that would not
// fit beside it are refused before theirs; what the commit says counts. Changes of quotas hold from the
// next write on. The methods are safe for concurrent use.
type Enforcer struct {
	index    driver.Index
	defaults UserSpecs
	arriving arriving
}

var _ objstore.Hook = (*Enforcer)(nil)

// Open returns an Enforcer of the quotas that are in ix, which must be the
// index of the store that it is a hook of.
func Open(ix driver.Index, o *Options) (*Enforcer, error) {
	if ix == nil {
		return nil, wrap("Open", "", fmt.Errorf("%w: an index is needed", ErrInvalid))
	}
	e := &Enforcer{index: ix, defaults: noSpecs(), arriving: arriving{bytes: make(map[name]int64)}}
	if o != nil && o.Defaults.User.Enabled {
		e.defaults.User = o.Defaults.User.normal()
	}
	if o != nil && o.Defaults.Bucket.Enabled {
		e.defaults.Bucket = o.Defaults.Bucket.normal()
	}
	return e, nil
}

// User returns the quotas of a user, by full name; where none was set they are
// switched off and without limits.
func (e *Enforcer) User(ctx context.Context, owner string) (s UserSpecs, err error) {
	err = e.index.View(ctx, func(r driver.Reader) error {
		s = noSpecs()
		return s.read(r, row(kindUser, owner))
	})
	return s, wrap("User", owner, err)
}

// UpdateUser changes the quotas of a user: fn gets them as they are. An error
// of fn changes nothing. fn may run more than once. The user need not exist.
func (e *Enforcer) UpdateUser(ctx context.Context, owner string, fn func(*UserSpecs) error) (UserSpecs, error) {
	s := noSpecs()
	err := checkName(owner)
	if err == nil {
		err = e.update(ctx, row(kindUser, owner), &s, noSpecs(), fn)
	}
	return s, wrap("UpdateUser", owner, err)
}

// ForgetUser removes the quotas of a user; there need be none.
func (e *Enforcer) ForgetUser(ctx context.Context, owner string) error {
	return wrap("ForgetUser", owner, e.remove(ctx, row(kindUser, owner)))
}

// Bucket returns the quota of a bucket's own, by [objstore.BucketInfo.Ref].
func (e *Enforcer) Bucket(ctx context.Context, ref [16]byte) (s Spec, err error) {
	err = e.index.View(ctx, func(r driver.Reader) error {
		s = none()
		return readSpecs(r, bucketRow(ref), &s)
	})
	return s, wrap("Bucket", hex.EncodeToString(ref[:]), err)
}

// UpdateBucket changes the quota of one bucket; see UpdateUser. It ends with the
// bucket.
func (e *Enforcer) UpdateBucket(ctx context.Context, ref [16]byte, fn func(*Spec) error) (s Spec, err error) {
	err = e.index.Update(ctx, func(txn driver.Txn) error {
		s = none()
		if err := readSpecs(txn, bucketRow(ref), &s); err != nil {
			return err
		}
		if err := fn(&s); err != nil {
			return err
		}
		s = s.normal()
		return txn.Set(bucketRow(ref), s.append(nil))
	})
	return s, wrap("UpdateBucket", hex.EncodeToString(ref[:]), err)
}

// SetBucket sets the quota of one bucket. It ends with the bucket.
func (e *Enforcer) SetBucket(ctx context.Context, ref [16]byte, s Spec) error {
	_, err := e.UpdateBucket(ctx, ref, func(have *Spec) error { *have = s; return nil })
	return err
}

// ForgetBucket removes the quota of one bucket, so that more general ones hold.
func (e *Enforcer) ForgetBucket(ctx context.Context, ref [16]byte) error {
	return wrap("ForgetBucket", hex.EncodeToString(ref[:]), e.remove(ctx, bucketRow(ref)))
}

// Defaults returns the quotas of users and buckets that have none.
func (e *Enforcer) Defaults(ctx context.Context) (s UserSpecs, err error) {
	err = e.index.View(ctx, func(r driver.Reader) error {
		s = e.defaults
		return s.read(r, row(kindDefaults, ""))
	})
	return s, wrap("Defaults", "", err)
}

// UpdateDefaults changes the quotas of users and buckets that have none; see
// UpdateUser. From then on [Options.Defaults] is of no effect.
func (e *Enforcer) UpdateDefaults(ctx context.Context, fn func(*UserSpecs) error) (UserSpecs, error) {
	s := e.defaults
	err := e.update(ctx, row(kindDefaults, ""), &s, e.defaults, fn)
	return s, wrap("UpdateDefaults", "", err)
}

func (e *Enforcer) update(ctx context.Context, key []byte, s *UserSpecs, from UserSpecs, fn func(*UserSpecs) error) error {
	return e.index.Update(ctx, func(txn driver.Txn) error {
		*s = from
		if err := s.read(txn, key); err != nil {
			return err
		}
		if err := fn(s); err != nil {
			return err
		}
		s.User, s.Bucket = s.User.normal(), s.Bucket.normal()
		return s.write(txn, key)
	})
}

func (e *Enforcer) remove(ctx context.Context, key []byte) error {
	return e.index.Update(ctx, func(txn driver.Txn) error { return txn.Delete(key) })
}

// Check implements [objstore.Hook]: it refuses what is known not to fit before
// its body is read, and bounds a body of unknown size by what fits.
func (e *Enforcer) Check(ctx context.Context, m *objstore.Mutation) error {
	if !arrives(m.Op) || m.Size >= 0 && brings(m).frees() {
		return nil
	}
	var held holding
	err := e.index.View(ctx, func(r driver.Reader) (err error) {
		held, err = e.holding(r, m.Bucket)
		return err
	})
	if err != nil {
		return wrap("Check", m.Bucket.Owner, err)
	}
	if m.Size >= 0 {
		return e.arriving.admit(held, m)
	}
	return e.arriving.bound(held, m)
}

// Commit implements [objstore.Hook]: it judges by the totals of the
// transaction. The quota and the rate limits of a bucket go with the bucket.
func (e *Enforcer) Commit(_ context.Context, txn driver.Txn, m *objstore.Mutation) error {
	if m.Op == objstore.OpDeleteBucket {
		if err := txn.Delete(name{KindBucket, string(m.Bucket.Ref[:])}.row()); err != nil {
			return err
		}
		return txn.Delete(bucketRow(m.Bucket.Ref))
	}
	if d := brings(m); d.frees() || d.bytes == 0 && d.objects <= 0 {
		return nil
	}
	held, err := e.holding(txn, m.Bucket)
	if err != nil {
		return wrap("Commit", m.Bucket.Owner, err)
	}
	return held.admit(m)
}

// holding is the pair of quotas that holds for a bucket.
type holding struct{ user, bucket Spec }

func (e *Enforcer) holding(r driver.Reader, b objstore.BucketInfo) (h holding, err error) {
	owner, bucket := noSpecs(), none()
	if err := owner.read(r, row(kindUser, b.Owner)); err != nil {
		return h, err
	}
	if err := readSpecs(r, bucketRow(b.Ref), &bucket); err != nil {
		return h, err
	}
	if !bucket.Enabled {
		bucket = owner.Bucket
	}
	h = holding{user: owner.User, bucket: bucket}
	if h.user.Enabled && h.bucket.Enabled {
		return h, nil
	}
	general := e.defaults
	if err := general.read(r, row(kindDefaults, "")); err != nil {
		return h, err
	}
	if !h.user.Enabled {
		h.user = general.User
	}
	if !h.bucket.Enabled {
		h.bucket = general.Bucket
	}
	return h, nil
}

// rule is a quota that holds, and what it is held against.
type rule struct {
	kind Kind
	spec Spec
	have use
}

// rules are those that hold for a change, the first n of them.
func (h holding) rules(m *objstore.Mutation) (all [2]rule, n int, err error) {
	if h.user.Enabled {
		t, err := m.OwnerTotals()
		if err != nil {
			return all, 0, err
		}
		all[n] = rule{KindUser, h.user, useOf(t)}
		n++
	}
	if h.bucket.Enabled {
		t, err := m.BucketTotals()
		if err != nil {
			return all, 0, err
		}
		all[n] = rule{KindBucket, h.bucket, useOf(t)}
		n++
	}
	return all, n, nil
}

// admit refuses a change that does not fit.
func (h holding) admit(m *objstore.Mutation) error {
	all, n, err := h.rules(m)
	if err != nil {
		return err
	}
	d := brings(m)
	for i := range all[:n] {
		if err := all[i].admit(d); err != nil {
			return err
		}
	}
	return nil
}

func (r *rule) admit(d use) error {
	if err := r.spec.admits(r.have, d); err != nil {
		return fmt.Errorf("quota of the %s: %w", r.kind, err)
	}
	return nil
}

// bound limits a body of unknown size to what fits.
func (r *rule) bound(m *objstore.Mutation) error {
	n, bounded := r.spec.room(r.have, brings(m))
	if !bounded {
		return nil
	}
	err := fmt.Errorf("quota of the %s: %w: at most %d bytes, %d objects", r.kind, ErrExceeded, r.spec.MaxBytes, r.spec.MaxObjects)
	if n < 0 {
		return err
	}
	m.LimitBody(n, err)
	return nil
}
