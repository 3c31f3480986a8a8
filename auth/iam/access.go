package iam

import (
	"strings"

	"github.com/cofferstore/coffer/auth"
)

// Access is what a subuser may do with the data of its user. The values are
// those of the Admin Ops API.
type Access string

// Levels of access. The zero value is none.
const (
	AccessNone      Access = ""
	AccessRead      Access = "read"
	AccessWrite     Access = "write"
	AccessReadWrite Access = "read-write"
	AccessFull      Access = "full-control"
)

// ParseAccess reads a level as clients ask for it: "read", "write", "readwrite"
// or "full"; also "read-write" and "full-control", as answers spell them. An
// empty string is [AccessNone]. Anything else is [ErrInvalidArgument].
func ParseAccess(s string) (Access, error) {
	switch s {
	case "":
		return AccessNone, nil
	case "read":
		return AccessRead, nil
	case "write":
		return AccessWrite, nil
	case "readwrite", "read-write":
		return AccessReadWrite, nil
	case "full", "full-control":
		return AccessFull, nil
	}
	return AccessNone, &Error{Op: "ParseAccess", Err: ErrInvalidArgument, Detail: "access is read, write, readwrite or full"}
}

func (a Access) String() string {
	if a == AccessNone {
		return "<none>"
	}
	return string(a)
}

// withheld are the kinds of operations that the level does not give.
func (a Access) withheld() auth.Ops {
	switch a {
	case AccessRead:
		return auth.OpWrite | auth.OpDelete
	case AccessWrite:
		return auth.OpRead
	case AccessReadWrite, AccessFull:
		return 0
	}
	return auth.OpsAll
}

// Subuser is a name below a user, with keys of its own.
type Subuser struct {
	Name   string // without the user's: "swift" of "alice:swift"
	Access Access `json:",omitempty"`
}

// SplitSubuser cuts the full name of a subuser, "uid:name" or
// "tenant$uid:name". Without a colon, all of it is the name of the user.
func SplitSubuser(s string) (user UserID, name string) {
	full, name, _ := strings.Cut(s, ":")
	return ParseUserID(full), name
}

func checkSubuser(name string) error {
	if name == "" || len(name) > MaxUIDLen || !graphic(name) || strings.ContainsAny(name, "$:/ ") {
		return invalid("a subuser has 1 to 128 printable characters, none of $ : / and space")
	}
	return nil
}

// opNames is the order in which masks are written.
var opNames = []struct {
	op   auth.Ops
	name string
}{{auth.OpRead, "read"}, {auth.OpWrite, "write"}, {auth.OpDelete, "delete"}}

// ParseOps reads a mask of operations: names out of read, write, delete and *
// with commas between them. Other names are passed over, as RGW does.
func ParseOps(s string) auth.Ops {
	var ops auth.Ops
	for _, word := range words(s) {
		if word == "*" {
			ops = auth.OpsAll
		}
		for _, n := range opNames {
			if word == n.name {
				ops |= n.op
			}
		}
	}
	return ops
}

// FormatOps writes a mask as answers show it: "read, write, delete", or
// "<none>".
func FormatOps(ops auth.Ops) string {
	var names []string
	for _, n := range opNames {
		if ops.Has(n.op) {
			names = append(names, n.name)
		}
	}
	if len(names) == 0 {
		return "<none>"
	}
	return strings.Join(names, ", ")
}

// words splits at commas and white space.
func words(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
}
