package policy

import "strings"

// Context gives the values of condition keys and policy variables. Key is in
// lower case, for example "aws:sourceip" or "s3:existingobjecttag/project" (the
// part after the slash keeps its case). ok is false when the request has no
// such key; a key may have several values.
type Context interface {
	Values(key string) (values []string, ok bool)
}

// Map is a Context over a fixed set of values; keys are as [Context] says.
type Map map[string][]string

// Values implements [Context].
func (m Map) Values(key string) ([]string, bool) {
	v, ok := m[key]
	return v, ok
}

// Principal is who makes a request, in the words of the Principal element.
type Principal struct {
	// ARNs name the caller: for a user "arn:aws:iam::tenant:user/name"; for an
	// assumed role the role's and the session's. None: anonymous.
	ARNs []string

	// Account is the caller's tenant, of which "arn:aws:iam::account:root" and
	// the bare account name speak.
	Account string

	// CanonicalID is the caller's canonical user id.
	CanonicalID string

	// Federated names the identity provider of a web identity, Service a service.
	Federated, Service string
}

func (p Principal) anonymous() bool {
	return len(p.ARNs) == 0 && p.CanonicalID == "" && p.Federated == "" && p.Service == ""
}

// Resource is what is acted on.
type Resource struct {
	// Service is "s3", "iam", "sns", ...
	Service string

	// Account is the tenant that the resource belongs to.
	Account string

	// Path is what follows the account in the ARN: "bucket" or "bucket/key".
	Path string
}

// Request is what a policy judges.
type Request struct {
	Principal Principal
	Action    string // "s3:GetObject"
	Resource  Resource
	Context   Context // nil = no keys
}

// lookup normalises a key as [Context] promises and asks c.
func lookup(c Context, key string) ([]string, bool) {
	if c == nil {
		return nil, false
	}
	return c.Values(key)
}

// conditionKey puts a key in the form of [Context]: lower case up to a slash.
func conditionKey(key string) string {
	name, tail, tagged := strings.Cut(key, "/")
	name = strings.ToLower(name)
	if tagged {
		return name + "/" + tail
	}
	return name
}
