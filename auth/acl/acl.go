package acl

// Permission is what a grant gives.
type Permission string

// Permissions, as S3 spells them.
const (
	Read        Permission = "READ"
	Write       Permission = "WRITE"
	ReadACP     Permission = "READ_ACP"
	WriteACP    Permission = "WRITE_ACP"
	FullControl Permission = "FULL_CONTROL"
)

func (p Permission) valid() bool {
	switch p {
	case Read, Write, ReadACP, WriteACP, FullControl:
		return true
	}
	return false
}

// Groups that S3 predefines.
const (
	AllUsers           = "http://acs.amazonaws.com/groups/global/AllUsers"
	AuthenticatedUsers = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
	LogDelivery        = "http://acs.amazonaws.com/groups/s3/LogDelivery"
)

// MaxGrants is how many grants one ACL holds at most.
const MaxGrants = 100

// Owner is a user as ACLs name them.
type Owner struct {
	ID          string `json:"id"`
	DisplayName string `json:"name,omitempty"`
}

// Grant gives a permission to one user or one group: exactly one of User.ID and
// Group is set.
type Grant struct {
	User       Owner      `json:"user,omitzero"`
	Group      string     `json:"group,omitempty"`
	Permission Permission `json:"perm"`
}

// ACL is an access control list. It is not changed after it was made.
type ACL struct {
	Owner  Owner   `json:"owner"`
	Grants []Grant `json:"grants,omitempty"`
}

// Caller is who asks.
type Caller struct {
	ID string // canonical id; "" is anonymous

	// LogDelivery is set for the store's own delivery of logs.
	LogDelivery bool

	// NotPublic leaves out what is granted to everybody and to all
	// authenticated users (S3: IgnorePublicAcls).
	NotPublic bool
}

// Allows returns the first grant that gives the caller the permission. The
// owner always may read and write the ACL itself (S3: an owner cannot lock
// themselves out).
func (a *ACL) Allows(c Caller, p Permission) (Grant, bool) {
	if a == nil {
		return Grant{}, false
	}
	if c.ID != "" && c.ID == a.Owner.ID && (p == ReadACP || p == WriteACP) {
		return Grant{User: a.Owner, Permission: p}, true
	}
	for _, g := range a.Grants {
		if (g.Permission == p || g.Permission == FullControl) && g.reaches(c) {
			return g, true
		}
	}
	return Grant{}, false
}

func (g *Grant) reaches(c Caller) bool {
	switch g.Group {
	case AllUsers:
		return !c.NotPublic
	case AuthenticatedUsers:
		return c.ID != "" && !c.NotPublic
	case LogDelivery:
		return c.LogDelivery
	}
	return c.ID != "" && g.User.ID == c.ID
}

// Public tells whether the ACL grants anything to everybody or to every
// authenticated user (S3: "The meaning of public").
func (a *ACL) Public() bool {
	if a == nil {
		return false
	}
	for _, g := range a.Grants {
		if g.Group == AllUsers || g.Group == AuthenticatedUsers {
			return true
		}
	}
	return false
}

// OwnerOnly tells whether the ACL grants nothing but full control to its owner,
// or to the owner of the bucket as well: what is still accepted where ACLs are
// switched off (S3: BucketOwnerEnforced).
func (a *ACL) OwnerOnly(bucketOwner string) bool {
	for _, g := range a.Grants {
		if g.Group != "" || g.Permission != FullControl || g.User.ID != a.Owner.ID && g.User.ID != bucketOwner {
			return false
		}
	}
	return true
}
