package iam

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cofferstore/coffer/auth/policy"
	"github.com/cofferstore/coffer/objstore/driver"
)

// Bounds of roles ("IAM and AWS STS quotas" and the IAM API reference).
const (
	MaxRoleNameLen     = 64  // characters
	MaxRolePathLen     = 512 // characters
	MaxRolePolicies    = 32
	MaxRolePolicyName  = 128       // characters
	MaxRolePolicyBytes = 10240     // of all inline policies of a role together
	MinSession         = time.Hour // the shortest MaxSession, and the default
	MaxSession         = 12 * time.Hour
	maxRoleTags        = 50
	maxTagKey          = 128
	maxTagValue        = 256
)

// RoleID names a role. Unlike names of users, those of roles are no full names:
// a role is always told by its tenant and name, or by its ARN.
type RoleID struct{ Tenant, Name string }

// RolePolicy is an inline policy of a role.
type RolePolicy struct {
	Name     string
	Document string // JSON, as it was given
}

// RoleTag is a tag of a role.
type RoleTag struct{ Key, Value string }

// Role is what a caller may assume to do what its policies allow (IAM: CreateRole).
type Role struct {
	RoleID

	ID      string    // a UUID; set by CreateRole
	Path    string    // begins and ends with "/"; default "/"
	Created time.Time // set by CreateRole

	// MaxSession is how long a session may last, in whole seconds from
	// [MinSession] to [MaxSession].
	MaxSession time.Duration

	// Trust is the policy that says who may assume the role: JSON, as it was
	// given.
	Trust string

	Policies []RolePolicy `json:",omitempty"` // by name, at most [MaxRolePolicies]
	Tags     []RoleTag    `json:",omitempty"`
}

// ARN returns the name of the role in policies.
func (r *Role) ARN() string { return "arn:aws:iam::" + r.Tenant + ":role" + r.Path + r.Name }

// Policy returns the inline policy of that name, or nil.
func (r *Role) Policy(name string) *RolePolicy {
	i := slices.IndexFunc(r.Policies, func(p RolePolicy) bool { return p.Name == name })
	if i < 0 {
		return nil
	}
	return &r.Policies[i]
}

// SetPolicy adds an inline policy or replaces the one of that name.
func (r *Role) SetPolicy(p RolePolicy) {
	if old := r.Policy(p.Name); old != nil {
		*old = p
		return
	}
	r.Policies = append(r.Policies, p)
	slices.SortFunc(r.Policies, func(x, y RolePolicy) int { return strings.Compare(x.Name, y.Name) })
}

// RemovePolicy removes an inline policy and tells whether there was one.
func (r *Role) RemovePolicy(name string) bool {
	n := len(r.Policies)
	r.Policies = slices.DeleteFunc(r.Policies, func(p RolePolicy) bool { return p.Name == name })
	return len(r.Policies) < n
}

func (r *Role) complete() {
	if r.Path == "" {
		r.Path = "/"
	}
	if r.MaxSession == 0 {
		r.MaxSession = MinSession
	}
}

// roleWord tells whether a name has the characters that IAM allows in it.
func roleWord(s string, most int) bool {
	odd := func(r rune) bool { return !isWord(r) && !strings.ContainsRune("+=,.@-", r) }
	return s != "" && len(s) <= most && strings.IndexFunc(s, odd) < 0
}

func (id RoleID) check() error {
	switch {
	case !roleWord(id.Name, MaxRoleNameLen):
		return invalid("the name of a role has 1 to 64 letters, digits and _ + = , . @ -")
	case !ValidTenant(id.Tenant):
		return invalid("a tenant has letters, digits, - and _ only")
	}
	return nil
}

func validRolePath(s string) bool {
	odd := func(r rune) bool { return r <= ' ' || r > '~' }
	return len(s) <= MaxRolePathLen && strings.HasPrefix(s, "/") && strings.HasSuffix(s, "/") && strings.IndexFunc(s, odd) < 0
}

// check tells what is wrong with a role. A policy that cannot be read is
// [ErrMalformedPolicy].
func (r *Role) check() error {
	if err := r.RoleID.check(); err != nil {
		return err
	}
	switch {
	case !validRolePath(r.Path):
		return invalid("a path has up to 512 printable characters and begins and ends with /")
	case r.MaxSession < MinSession || r.MaxSession > MaxSession || r.MaxSession%time.Second != 0:
		return invalid("a session may last 3600 to 43200 seconds")
	case len(r.Policies) > MaxRolePolicies:
		return invalid("a role has at most 32 inline policies")
	case len(r.Tags) > maxRoleTags:
		return invalid("a role has at most 50 tags")
	}
	if err := checkPolicy(r.Trust, policy.ParseOptions{Kind: policy.Trust, Account: r.Tenant}); err != nil {
		return err
	}
	if err := r.checkPolicies(); err != nil {
		return err
	}
	return r.checkTags()
}

func (r *Role) checkPolicies() error {
	total := 0
	for _, p := range r.Policies {
		if !roleWord(p.Name, MaxRolePolicyName) {
			return invalid("the name of a policy has 1 to 128 letters, digits and _ + = , . @ -")
		}
		if total += len(p.Document); total > MaxRolePolicyBytes {
			return invalid("the inline policies of a role have at most 10240 bytes together")
		}
		if err := checkPolicy(p.Document, policy.ParseOptions{Kind: policy.Identity, Account: r.Tenant}); err != nil {
			return err
		}
	}
	return nil
}

func (r *Role) checkTags() error {
	seen := make(map[string]bool)
	for _, t := range r.Tags {
		if t.Key == "" || len(t.Key) > maxTagKey || len(t.Value) > maxTagValue || !graphic(t.Key+t.Value) || seen[t.Key] {
			return invalid("a tag has a key of its own of 1 to 128 bytes and a value of up to 256")
		}
		seen[t.Key] = true
	}
	return nil
}

func checkPolicy(doc string, o policy.ParseOptions) error {
	if _, err := policy.Parse([]byte(doc), o); err != nil {
		return fmt.Errorf("%w: %w", ErrMalformedPolicy, err)
	}
	return nil
}

// CreateRole adds a role and returns it as stored, or is [ErrRoleExists].
func (d *Directory) CreateRole(ctx context.Context, r Role) (Role, error) {
	r.complete()
	r.ID, r.Created = newUUID(), d.now().UTC()
	err := r.check()
	if err == nil {
		err = d.index.Update(ctx, func(t driver.Txn) error {
			taken, err := exists(t, roleRow(r.RoleID))
			if err != nil {
				return err
			}
			if taken {
				return ErrRoleExists
			}
			return store(t, roleRow(r.RoleID), &r)
		})
	}
	if err != nil {
		return Role{}, wrap("CreateRole", r.Name, err)
	}
	d.log.Info("role created", "tenant", r.Tenant, "role", r.Name)
	return r, nil
}

// newUUID returns a random UUID (RFC 9562, version 4).
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (see crypto/rand)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	s := hex.EncodeToString(b[:])
	return strings.Join([]string{s[:8], s[8:12], s[12:16], s[16:20], s[20:]}, "-")
}

// Role returns a role, or [ErrNoSuchRole].
func (d *Directory) Role(ctx context.Context, id RoleID) (Role, error) {
	var r Role
	err := id.check()
	if err == nil {
		err = d.index.View(ctx, func(reader driver.Reader) error {
			r = Role{}
			return load(reader, roleRow(id), &r, ErrNoSuchRole)
		})
	}
	if err != nil {
		return Role{}, wrap("Role", id.Name, err)
	}
	return r, nil
}

// UpdateRole changes a role: fn gets it as stored, and what it leaves is stored.
// An error from fn changes nothing and is returned wrapped. The name, the id and
// the time of creation cannot change. fn may run more than once and must be
// short.
func (d *Directory) UpdateRole(ctx context.Context, id RoleID, fn func(*Role) error) (Role, error) {
	var r Role
	err := id.check()
	if err == nil {
		err = d.index.Update(ctx, func(t driver.Txn) error {
			r = Role{}
			if err := load(t, roleRow(id), &r, ErrNoSuchRole); err != nil {
				return err
			}
			own, created := r.ID, r.Created
			if err := fn(&r); err != nil {
				return err
			}
			if r.RoleID != id || r.ID != own || !r.Created.Equal(created) {
				return invalid("the name, the id and the time of creation of a role do not change")
			}
			if err := r.check(); err != nil {
				return err
			}
			return store(t, roleRow(id), &r)
		})
	}
	if err != nil {
		return Role{}, wrap("UpdateRole", id.Name, err)
	}
	return r, nil
}

// RemoveRole removes a role, or returns [ErrNoSuchRole]. One that has inline
// policies is [ErrRoleHasPolicies].
func (d *Directory) RemoveRole(ctx context.Context, id RoleID) error {
	err := id.check()
	if err == nil {
		err = d.index.Update(ctx, func(t driver.Txn) error {
			var r Role
			if err := load(t, roleRow(id), &r, ErrNoSuchRole); err != nil {
				return err
			}
			if len(r.Policies) > 0 {
				return ErrRoleHasPolicies
			}
			return t.Delete(roleRow(id))
		})
	}
	if err != nil {
		return wrap("RemoveRole", id.Name, err)
	}
	d.log.Info("role removed", "tenant", id.Tenant, "role", id.Name)
	return nil
}
