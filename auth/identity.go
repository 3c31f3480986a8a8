package auth

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/cofferstore/coffer/auth/policy"
)

// Principal is a user as other packages see it. The zero value is nobody: an
// anonymous caller.
type Principal struct {
	// ID is the user's full name in the directory: "uid" in the default tenant
	// and "tenant$uid" elsewhere.
	ID string

	// Tenant is the user's tenant; "" is the default one.
	Tenant string

	// Subuser is the name of the subuser whose key it is, without the user's; ""
	// is the user's own.
	Subuser string

	// DisplayName is for people to read.
	DisplayName string

	// Admin marks a user who may do everything (the root user).
	Admin bool

	// System marks a user of the system itself, whom no rate limit holds.
	System bool

	// Policies are the user's identity policies, compiled. Without any, a user
	// may do everything with what is their own.
	Policies []*policy.Policy

	// Withheld are kinds of operations that the caller must not do, whatever
	// policies and ownership allow: the user's mask, and that of a subuser.
	Withheld Ops
}

// UID returns the user's name within the tenant.
func (p Principal) UID() string {
	if p.Tenant == "" {
		return p.ID
	}
	return strings.TrimPrefix(p.ID, p.Tenant+"$")
}

// ARN names the user as policies do: "arn:aws:iam::tenant:user/uid".
func (p Principal) ARN() string { return "arn:aws:iam::" + p.Tenant + ":user/" + p.UID() }

// Anonymous tells whether p is nobody.
func (p Principal) Anonymous() bool { return p.ID == "" }

// Scheme is the kind of signature that proved an identity.
type Scheme string

// Schemes, spelled as the condition key s3:signatureversion spells them.
const (
	SchemeNone Scheme = ""
	SchemeV2   Scheme = "AWS"
	SchemeV4   Scheme = "AWS4-HMAC-SHA256"
)

// Transport is where the credentials were in the request.
type Transport string

// Transports, spelled as the condition key s3:authType spells them.
const (
	TransportNone   Transport = ""
	TransportHeader Transport = "REST-HEADER"
	TransportQuery  Transport = "REST-QUERY-STRING"
	TransportPOST   Transport = "POST"
)

// Identity is who made a request, as proved by its credentials.
type Identity struct {
	Principal

	AccessKey string
	Scheme    Scheme
	Transport Transport

	// Region and Service are those of a version 4 credential scope.
	Region, Service string
}

// Key is an access key with its secret.
type Key struct {
	AccessKey string
	Secret    string
	Principal Principal

	// SessionToken is not empty for temporary credentials: the request must
	// carry it.
	SessionToken string

	// Expires is when temporary credentials end; zero is never.
	Expires time.Time

	// Suspended is set when the key or its user must not be used.
	Suspended bool

	// SuspendedAs is how a suspended key is refused. Default
	// [ErrUserSuspended].
	SuspendedAs Reason
}

// KeySource finds access keys. Key returns an error with Reason
// [ErrInvalidAccessKeyID] for one that does not exist. Safe for concurrent use.
type KeySource interface {
	Key(ctx context.Context, accessKey string) (Key, error)
}

// Verifier proves who made a request.
//
// It returns an error that wraps [ErrNoCredentials] when the request carries
// none of the kind that it knows; the request is then untouched. It may replace
// r.Body by a reader that verifies and unwraps the payload as it is read, set
// r.ContentLength to the length of the payload, and fill r.Trailer at its end:
// a handler behind it sees the request as if it had been sent plain. A payload
// that turns out false makes Read fail with an *Error.
type Verifier interface {
	Verify(r *http.Request) (*Identity, error)
}

// Chain returns a Verifier that asks each in turn until one finds credentials.
func Chain(vs ...Verifier) Verifier { return chain(vs) }

type chain []Verifier

func (c chain) Verify(r *http.Request) (*Identity, error) {
	for _, v := range c {
		id, err := v.Verify(r)
		if Is(err, ErrNoCredentials) {
			continue
		}
		return id, err
	}
	return nil, &Error{Reason: ErrNoCredentials}
}
