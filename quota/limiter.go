package quota

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

// LimiterOptions configure a [RateLimiter]. The zero value of each field is its
// default.
type LimiterOptions struct {
	Now func() time.Time // default time.Now

	// Wait returns when d has passed by the clock of Now, or an error when ctx
	// ends before. Default: a timer.
	Wait func(ctx context.Context, d time.Duration) error

	// MaxStale bounds how long a change by another process is not seen; changes
	// through this RateLimiter hold from the next request on. Default 1 second.
	MaxStale time.Duration

	// MaxSubjects bounds how many users and buckets are kept in memory. One
	// that is forgotten has all its tokens when it comes back. Default 16384.
	MaxSubjects int
}

func (o *LimiterOptions) withDefaults() LimiterOptions {
	var d LimiterOptions
	if o != nil {
		d = *o
	}
	if d.Now == nil {
		d.Now = time.Now
	}
	if d.Wait == nil {
		d.Wait = waitTimer
	}
	if d.MaxStale <= 0 {
		d.MaxStale = time.Second
	}
	if d.MaxSubjects <= 0 {
		d.MaxSubjects = 16384
	}
	return d
}

func waitTimer(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// RateLimiter holds the limits of users and buckets, and their tokens: those
// of this process alone. Its methods are safe for concurrent use. See
// [RateLimit].
type RateLimiter struct {
	index driver.Index
	opt   LimiterOptions

	mu       sync.Mutex
	subjects map[name]*subject
	changes  uint64 // made through this RateLimiter
}

// name is that of a subject.
type name struct {
	kind Kind
	id   string
}

// OpenLimiter returns a RateLimiter of the limits that are in ix.
func OpenLimiter(ix driver.Index, o *LimiterOptions) (*RateLimiter, error) {
	if ix == nil {
		return nil, wrap("OpenLimiter", "", fmt.Errorf("%w: an index is needed", ErrInvalid))
	}
	return &RateLimiter{index: ix, opt: o.withDefaults(), subjects: make(map[name]*subject)}, nil
}

func (n name) row() []byte {
	if n.kind == KindBucket {
		return row(kindLimits, "b"+n.id)
	}
	return row(kindLimits, "u"+n.id)
}

func defaultRow(k Kind) []byte { return row(kindLimits, "d"+string(k)) }

func checkSubject(k Kind, id string) error {
	if k != KindUser && k != KindBucket {
		return fmt.Errorf("%w: limits are of a user or a bucket", ErrInvalid)
	}
	return checkName(id)
}

// Limits returns what was set for a user, by full name, or a bucket, by the
// name that [Subject] has for it; zeroes where nothing was.
func (l *RateLimiter) Limits(ctx context.Context, k Kind, id string) (limits Limits, err error) {
	if err := checkSubject(k, id); err != nil {
		return limits, wrap("Limits", id, err)
	}
	err = l.index.View(ctx, func(r driver.Reader) error {
		limits = Limits{}
		return readJSON(r, name{k, id}.row(), &limits)
	})
	return limits, wrap("Limits", id, err)
}

// UpdateLimits changes the limits of a user or bucket: fn gets them as they
// are. An error of fn, or a limit that cannot be ([ErrInvalid]), changes
// nothing. fn may run more than once. The user or bucket need not exist.
func (l *RateLimiter) UpdateLimits(ctx context.Context, k Kind, id string, fn func(*Limits) error) (limits Limits, err error) {
	if err := checkSubject(k, id); err != nil {
		return limits, wrap("UpdateLimits", id, err)
	}
	key := name{k, id}.row()
	err = l.index.Update(ctx, func(txn driver.Txn) error {
		limits = Limits{}
		if err := readJSON(txn, key, &limits); err != nil {
			return err
		}
		if err := fn(&limits); err != nil {
			return err
		}
		if err := limits.check(); err != nil {
			return err
		}
		return writeJSON(txn, key, &limits)
	})
	l.changed()
	return limits, wrap("UpdateLimits", id, err)
}

// ForgetLimits removes the limits of a user or bucket; there need be none.
func (l *RateLimiter) ForgetLimits(ctx context.Context, k Kind, id string) error {
	err := checkSubject(k, id)
	if err == nil {
		err = l.index.Update(ctx, func(txn driver.Txn) error { return txn.Delete(name{k, id}.row()) })
	}
	l.changed()
	return wrap("ForgetLimits", id, err)
}

// Default returns the RateSpec of subjects whose own is not enabled.
func (l *RateLimiter) Default(ctx context.Context, k Kind) (s RateSpec, err error) {
	err = l.index.View(ctx, func(r driver.Reader) error {
		s = RateSpec{}
		return readJSON(r, defaultRow(k), &s)
	})
	return s, wrap("Default", string(k), err)
}

// SetDefault sets the RateSpec of subjects whose own is not enabled.
func (l *RateLimiter) SetDefault(ctx context.Context, k Kind, s RateSpec) error {
	limits := Limits{Rate: s}
	err := limits.check()
	if err == nil && k != KindUser && k != KindBucket && k != KindAnonymous {
		err = fmt.Errorf("%w: kind of subject", ErrInvalid)
	}
	if err == nil {
		err = l.index.Update(ctx, func(txn driver.Txn) error { return writeJSON(txn, defaultRow(k), &s) })
	}
	l.changed()
	return wrap("SetDefault", string(k), err)
}

// changed makes all limits be read again.
func (l *RateLimiter) changed() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changes++
	for _, s := range l.subjects {
		s.expires = time.Time{}
	}
}

// subject returns the state of a subject, with limits that are not stale.
func (l *RateLimiter) subject(ctx context.Context, n name) (*subject, error) {
	now := l.opt.Now()
	l.mu.Lock()
	s, changes := l.subjects[n], l.changes
	if s != nil && now.Before(s.expires) {
		s.used = now
		l.mu.Unlock()
		return s, nil
	}
	l.mu.Unlock()
	limits, err := l.effective(ctx, n)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if s = l.subjects[n]; s == nil {
		s = &subject{}
		l.makeRoom(now)
		l.subjects[n] = s
	}
	s.set(limits, now)
	s.used = now
	if changes == l.changes { // else they may be out of date already
		s.expires = now.Add(l.opt.MaxStale)
	}
	return s, nil
}

// effective reads the limits that hold for a subject.
func (l *RateLimiter) effective(ctx context.Context, n name) (limits Limits, err error) {
	err = l.index.View(ctx, func(r driver.Reader) error {
		limits = Limits{}
		if n.kind != KindAnonymous {
			if err := readJSON(r, n.row(), &limits); err != nil {
				return err
			}
		}
		if limits.Rate.Enabled {
			return nil
		}
		limits.Rate = RateSpec{}
		return readJSON(r, defaultRow(n.kind), &limits.Rate)
	})
	return limits, wrap("Admit", n.id, err)
}

// idleAfter is how long a subject is kept that nobody asks for.
const idleAfter = 10 * time.Minute

// makeRoom forgets subjects when there are too many: those without limits and
// those that were not asked for lately, and then any.
func (l *RateLimiter) makeRoom(now time.Time) {
	if len(l.subjects) < l.opt.MaxSubjects {
		return
	}
	for n, s := range l.subjects {
		if s.unlimited() || now.Sub(s.used) > idleAfter {
			delete(l.subjects, n)
		}
	}
	for n := range l.subjects {
		if len(l.subjects) < l.opt.MaxSubjects {
			return
		}
		delete(l.subjects, n)
	}
}
