package iam

import "strings"

// Code is the meaning of an error; compare with errors.Is. The values are the
// codes of the Ceph Admin Ops API where it has one.
type Code string

func (c Code) Error() string { return string(c) }

// Codes that the methods of this package return.
const (
	ErrNoSuchUser        Code = "NoSuchUser"
	ErrUserExists        Code = "UserAlreadyExists"
	ErrEmailExists       Code = "EmailExists"
	ErrKeyExists         Code = "KeyExists"
	ErrNoSuchKey         Code = "InvalidAccessKey"
	ErrTooManyKeys       Code = "TooManyKeys"
	ErrNoSuchDevice      Code = "NoSuchMFADevice"
	ErrDeviceExists      Code = "MFADeviceExists"
	ErrTooManyDevices    Code = "TooManyMFADevices"
	ErrCodesNotFound     Code = "MFACodesNotFound"
	ErrInvalidArgument   Code = "InvalidArgument"
	ErrNoSuchSubuser     Code = "NoSuchSubUser"
	ErrInvalidCapability Code = "InvalidCapability"

	ErrNoSuchRole       Code = "NoSuchRole"
	ErrRoleExists       Code = "RoleAlreadyExists"
	ErrRoleHasPolicies  Code = "RoleHasPolicies"
	ErrNoSuchRolePolicy Code = "NoSuchRolePolicy"

	// ErrMalformedPolicy: a policy document cannot be read. It wraps the
	// policy.Error that says why.
	ErrMalformedPolicy Code = "MalformedPolicyDocument"

	// ErrWrongMasterKey: what is in the index was sealed with another key.
	ErrWrongMasterKey Code = "WrongMasterKey"

	// ErrDamaged: a row cannot be read.
	ErrDamaged Code = "DamagedRow"
)

// Error tells which operation failed on what. It wraps a [Code] or an error of
// the index, and never holds a secret.
type Error struct {
	Op      string // method, for example "CreateUser"
	Subject string // full name of the user, or an access key; may be empty
	Err     error

	// Detail says for people what was wrong, for example with an argument.
	Detail string
}

func (e *Error) Error() string {
	parts := make([]string, 0, 3)
	parts = append(parts, strings.TrimSpace("iam: "+e.Op+" "+e.Subject), e.Err.Error())
	if e.Detail != "" {
		parts = append(parts, e.Detail)
	}
	return strings.Join(parts, ": ")
}

func (e *Error) Unwrap() error { return e.Err }

// invalid is an [ErrInvalidArgument] with its reason, on its way to the public
// method that wraps it.
type invalid string

func (e invalid) Error() string        { return string(ErrInvalidArgument) + ": " + string(e) }
func (e invalid) Is(target error) bool { return target == ErrInvalidArgument }

func wrap(op, subject string, err error) error {
	switch e := err.(type) {
	case nil:
		return nil
	case invalid:
		return &Error{Op: op, Subject: subject, Err: ErrInvalidArgument, Detail: string(e)}
	case *Error:
		return e
	}
	return &Error{Op: op, Subject: subject, Err: err}
}
