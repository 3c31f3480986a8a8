package iam

import (
	"slices"
	"strings"
)

// Perm is what a capability allows.
type Perm uint8

// Permissions of capabilities.
const (
	PermRead Perm = 1 << iota
	PermWrite
)

func (p Perm) String() string {
	switch p {
	case PermRead:
		return "read"
	case PermWrite:
		return "write"
	case PermRead | PermWrite:
		return "*"
	}
	return "<none>"
}

// capTypes are the types of capabilities: those of RGW 16, and ratelimit and
// info, which came with RGW 17.
var capTypes = []string{
	"amz-cache", "bilog", "buckets", "datalog", "info", "mdlog", "metadata", "oidc-provider",
	"ratelimit", "roles", "usage", "user-policy", "users", "zone",
}

// Cap is a capability: the right to administer resources of one type.
type Cap struct {
	Type string
	Perm Perm
}

// Caps are the capabilities of a user, sorted by type, each type once.
type Caps []Cap

// ParseCaps reads capabilities as the Admin Ops API has them:
// "users=read,write;buckets=*". Spaces do not count. A permission that does not
// exist is none; a type that does not exist, a missing "=" and an empty string
// are [ErrInvalidCapability].
func ParseCaps(s string) (Caps, error) {
	var caps Caps
	for item := range strings.SplitSeq(s, ";") {
		if strings.TrimSpace(item) == "" {
			continue
		}
		kind, perms, ok := strings.Cut(item, "=")
		kind = strings.TrimSpace(kind)
		if !ok || !slices.Contains(capTypes, kind) {
			return nil, &Error{Op: "ParseCaps", Err: ErrInvalidCapability}
		}
		var p Perm
		for _, word := range words(perms) {
			switch word {
			case "*":
				p |= PermRead | PermWrite
			case "read":
				p |= PermRead
			case "write":
				p |= PermWrite
			}
		}
		caps = caps.Add(Caps{{kind, p}})
	}
	if caps == nil {
		return nil, &Error{Op: "ParseCaps", Err: ErrInvalidCapability}
	}
	return caps, nil
}

// Allow tells whether the capability for a type has a permission.
func (c Caps) Allow(kind string, p Perm) bool {
	return slices.ContainsFunc(c, func(have Cap) bool { return have.Type == kind && have.Perm&p == p })
}

// Add returns the union of both; neither changes.
func (c Caps) Add(more Caps) Caps {
	sum := slices.Clone(c)
	for _, m := range more {
		i, found := slices.BinarySearchFunc(sum, m.Type, func(c Cap, t string) int { return strings.Compare(c.Type, t) })
		if found {
			sum[i].Perm |= m.Perm
		} else {
			sum = slices.Insert(sum, i, m)
		}
	}
	return sum
}

// Remove returns c without the permissions of less; a capability that keeps
// none goes. Neither changes.
func (c Caps) Remove(less Caps) Caps {
	var rest Caps
	for _, have := range c {
		for _, l := range less {
			if l.Type == have.Type {
				have.Perm &^= l.Perm
			}
		}
		if have.Perm != 0 {
			rest = append(rest, have)
		}
	}
	return rest
}
