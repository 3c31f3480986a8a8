package awssig

import (
	"net/http"
	"strings"

	"github.com/cofferstore/coffer/auth"
)

// Anonymous returns a Verifier of requests without credentials; it belongs at
// the end of a chain. The identity is the zero one. A framed body is unwrapped
// and an x-amz-content-sha256 header holds, as for other requests. A request
// with credentials that no verifier before it knew is refused.
func Anonymous() auth.Verifier {
	return anonymous{&payloadGuard{buffers: &bufferPool{}}}
}

type anonymous struct{ guard *payloadGuard }

// Verify implements [auth.Verifier].
func (a anonymous) Verify(r *http.Request) (*auth.Identity, error) {
	in := queryMechanisms(messageOf(r).query)
	if header, ok := r.Header["Authorization"]; ok || in.v2 || in.v4 {
		return nil, errUnsupportedScheme(strings.Join(header, ", "))
	}
	if err := a.guard.attachUnsigned(r); err != nil {
		return nil, err
	}
	return &auth.Identity{}, nil
}
