package acl

// Code is the meaning of an [Error]: the S3 error code.
type Code string

// Codes.
const (
	InvalidArgument     Code = "InvalidArgument"
	MalformedACL        Code = "MalformedACLError"
	UnresolvableByEmail Code = "UnresolvableGrantByEmailAddress"
	AmbiguousByEmail    Code = "AmbiguousGrantByEmailAddress"
	UnexpectedContent   Code = "UnexpectedContent"
	errNoSuchUser       Code = "NoSuchUser"
)

func (c Code) Error() string { return string(c) }

// Errors that a [Resolver] returns.
const (
	ErrNoSuchUser = errNoSuchUser
	ErrAmbiguous  = AmbiguousByEmail
)

// Error is an ACL that is refused. Name and Value are the argument at fault.
type Error struct {
	Code        Code
	Message     string
	Name, Value string
}

func (e *Error) Error() string {
	s := string(e.Code)
	if e.Message != "" {
		s += ": " + e.Message
	}
	if e.Name != "" {
		s += " (" + e.Name + ")"
	}
	return s
}

func (e *Error) Unwrap() error { return e.Code }
