package auth

import "net/http"

// Ops is a set of kinds of operations on data (RGW: op mask). The zero value is
// the empty set.
type Ops uint8

// Kinds of operations.
const (
	OpRead Ops = 1 << iota
	OpWrite
	OpDelete

	OpsAll = OpRead | OpWrite | OpDelete
)

// Has tells whether all of o are in the set.
func (s Ops) Has(o Ops) bool { return s&o == o }

// OpOf returns the kind of an HTTP request: GET, HEAD and OPTIONS read, DELETE
// and the multi-object delete of S3 (POST with the parameter "delete") delete,
// everything else writes.
func OpOf(method string, deletes bool) Ops {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions:
		return OpRead
	case http.MethodDelete:
		return OpDelete
	case http.MethodPost:
		if deletes {
			return OpDelete
		}
	}
	return OpWrite
}
