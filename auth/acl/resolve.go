package acl

import (
	"context"
	"errors"
	"strings"
)

// Resolver finds users by what ACLs call them.
type Resolver interface {
	// ByID returns the user with a canonical id, or [ErrNoSuchUser].
	ByID(ctx context.Context, id string) (Owner, error)
	// ByEmail returns the user with an e-mail address, [ErrNoSuchUser], or
	// [ErrAmbiguous].
	ByEmail(ctx context.Context, email string) (Owner, error)
}

// grantee is one named party before it was looked up.
type grantee struct{ kind, value string }

const (
	byID    = "id"
	byEmail = "emailAddress"
	byURI   = "uri"
)

// grant looks the grantee up and makes a grant of it.
func (g grantee) grant(ctx context.Context, r Resolver, p Permission) (Grant, error) {
	switch g.kind {
	case byURI:
		switch g.value {
		case AllUsers, AuthenticatedUsers, LogDelivery:
			return Grant{Group: g.value, Permission: p}, nil
		}
		return Grant{}, &Error{Code: InvalidArgument, Message: "Invalid group uri", Name: byURI, Value: g.value}
	case byEmail:
		u, err := r.ByEmail(ctx, g.value)
		switch {
		case errors.Is(err, ErrNoSuchUser):
			return Grant{}, &Error{Code: UnresolvableByEmail, Message: "The e-mail address you provided does not match any account on record.", Name: byEmail, Value: g.value}
		case errors.Is(err, ErrAmbiguous):
			return Grant{}, &Error{Code: AmbiguousByEmail, Message: "The e-mail address you provided is associated with more than one account.", Name: byEmail, Value: g.value}
		}
		return Grant{User: u, Permission: p}, err
	case byID:
		u, err := r.ByID(ctx, g.value)
		if errors.Is(err, ErrNoSuchUser) {
			return Grant{}, &Error{Code: InvalidArgument, Message: "Invalid id", Name: "CanonicalUser/ID", Value: g.value}
		}
		return Grant{User: u, Permission: p}, err
	}
	return Grant{}, &Error{Code: InvalidArgument, Message: "Argument format not recognized", Name: g.kind, Value: g.value}
}

// Headers are the values of the grant headers, "" where one is absent.
type Headers struct {
	Canned                                      string // x-amz-acl
	FullControl, Read, Write, ReadACP, WriteACP string // x-amz-grant-...
}

// Any tells whether any of them is there.
func (h Headers) Any() bool { return h != Headers{} }

// FromHeaders makes an ACL of the headers of a request (S3: "Specifying an
// ACL"): a canned one or explicit grants, not both. Explicit grants do not
// include the owner.
func FromHeaders(ctx context.Context, r Resolver, h Headers, owner, bucketOwner Owner) (*ACL, error) {
	explicit := h
	explicit.Canned = ""
	if !explicit.Any() {
		return Canned(h.Canned, owner, bucketOwner)
	}
	if h.Canned != "" {
		return nil, &Error{Code: InvalidArgument, Message: "Specifying both Canned ACLs and Header Grants is not allowed", Name: "x-amz-acl", Value: h.Canned}
	}
	a := &ACL{Owner: owner}
	for _, v := range []struct {
		list string
		p    Permission
	}{{h.FullControl, FullControl}, {h.Read, Read}, {h.Write, Write}, {h.ReadACP, ReadACP}, {h.WriteACP, WriteACP}} {
		if v.list == "" {
			continue
		}
		if err := a.addList(ctx, r, v.list, v.p); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// addList adds the grantees of one header: id="...", emailAddress="...", uri="...".
func (a *ACL) addList(ctx context.Context, r Resolver, list string, p Permission) error {
	for item := range strings.SplitSeq(list, ",") {
		kind, value, ok := strings.Cut(strings.TrimSpace(item), "=")
		value = strings.Trim(strings.TrimSpace(value), `"`)
		if !ok || value == "" {
			return &Error{Code: InvalidArgument, Message: "Argument format not recognized", Name: "x-amz-grant", Value: item}
		}
		if len(a.Grants) == MaxGrants {
			return &Error{Code: InvalidArgument, Message: "An ACL holds at most 100 grants"}
		}
		g, err := grantee{kind: strings.TrimSpace(kind), value: value}.grant(ctx, r, p)
		if err != nil {
			return err
		}
		a.Grants = append(a.Grants, g)
	}
	return nil
}
