package quota

import (
	"fmt"

	"github.com/cofferstore/coffer/objstore"
)

// Unlimited is no limit; so is every other negative number.
const Unlimited = -1

// Spec is a quota. The zero value is switched off and applies to nothing.
type Spec struct {
	// Enabled tells whether the quota holds. One that does not leaves the
	// decision to the next one that is more general (see [Enforcer]).
	Enabled bool `json:"enabled"`

	// MaxBytes bounds the bytes of all versions and of the parts of unfinished
	// uploads, MaxObjects their number. Negative is no limit, 0 lets nothing in.
	MaxBytes   int64 `json:"max_bytes"`
	MaxObjects int64 `json:"max_objects"`
}

// normal returns s with one spelling of "no limit".
func (s Spec) normal() Spec {
	return Spec{Enabled: s.Enabled, MaxBytes: max(s.MaxBytes, Unlimited), MaxObjects: max(s.MaxObjects, Unlimited)}
}

// none is what there is where nothing was ever set.
func none() Spec { return Spec{MaxBytes: Unlimited, MaxObjects: Unlimited} }

// UserSpecs are the two quotas of a user.
type UserSpecs struct {
	User   Spec `json:"user"`   // of all that is in the user's buckets
	Bucket Spec `json:"bucket"` // of each of the user's buckets that has none of its own
}

func noSpecs() UserSpecs { return UserSpecs{User: none(), Bucket: none()} }

// use is what a quota counts.
type use struct{ objects, bytes int64 }

func useOf(t objstore.Totals) use {
	return use{
		objects: t.Objects + t.Noncurrent + t.Parts,
		bytes:   t.Bytes + t.NoncurrentBytes + t.PartBytes,
	}
}

// frees tells whether a change takes less than it gives back: such a change is
// let through however far the quota is exceeded.
func (d use) frees() bool { return d.bytes < 0 }

// brings is what a change adds to the objects. A body that arrives counts as
// one more also where it replaces another, as Ceph has it.
func brings(m *objstore.Mutation) use {
	d := useOf(m.Delta)
	if arrives(m.Op) {
		d.objects = max(d.objects, 1)
	}
	return d
}

func arrives(op objstore.Op) bool {
	return op == objstore.OpPut || op == objstore.OpCopy || op == objstore.OpPutPart
}

// admits tells whether a change fits beside what is there. It returns why not.
func (s Spec) admits(have, d use) error {
	switch {
	case s.MaxObjects >= 0 && have.objects+d.objects > s.MaxObjects:
		return fmt.Errorf("%w: at most %d objects", ErrExceeded, s.MaxObjects)
	case s.MaxBytes >= 0 && have.bytes+d.bytes > s.MaxBytes:
		return fmt.Errorf("%w: at most %d bytes", ErrExceeded, s.MaxBytes)
	}
	return nil
}

// room is how many bytes a body may have whose size is not known; d is of an
// empty one. A negative answer is that not even that fits. bounded is false
// when there is no limit.
func (s Spec) room(have, d use) (n int64, bounded bool) {
	smaller := -d.bytes - 1 // than what is replaced
	switch {
	case s.MaxObjects >= 0 && have.objects+d.objects > s.MaxObjects:
		return smaller, true
	case s.MaxBytes >= 0:
		return max(s.MaxBytes-have.bytes-d.bytes, smaller), true
	}
	return 0, false
}
