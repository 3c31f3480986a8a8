package auth

import "context"

// SecondFactor checks one-time codes. Safe for concurrent use.
type SecondFactor interface {
	// VerifyMFA returns nil when code is one that the device of that serial
	// number, which belongs to the user with the given full name, shows now and
	// that has not been used before. Else it returns an [*Error] with Reason
	// [ErrAccessDenied], whatever was wrong.
	VerifyMFA(ctx context.Context, user, serial, code string) error
}
