package iam

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of names, in bytes.
const (
	MaxUIDLen         = 128
	MaxTenantLen      = 64
	MaxDisplayNameLen = 256
	MaxEmailLen       = 255
	MaxAccessKeyLen   = 128
	MaxSecretLen      = 128
)

// UserID names a user.
type UserID struct{ Tenant, UID string }

// String returns the user's full name: "uid" or "tenant$uid".
func (id UserID) String() string {
	if id.Tenant == "" {
		return id.UID
	}
	return id.Tenant + "$" + id.UID
}

// ParseUserID is the inverse of [UserID.String]. It does not tell whether such
// a user may exist.
func ParseUserID(s string) UserID {
	if tenant, uid, ok := strings.Cut(s, "$"); ok {
		return UserID{Tenant: tenant, UID: uid}
	}
	return UserID{UID: s}
}

func (id UserID) check() error {
	switch {
	case id.UID == "":
		return invalid("the uid is empty")
	case len(id.UID) > MaxUIDLen:
		return invalid("the uid is too long")
	case !graphic(id.UID) || strings.ContainsAny(id.UID, "$:/ "):
		return invalid("the uid holds a character that is not allowed ($ : / space or not printable)")
	case len(id.Tenant) > MaxTenantLen:
		return invalid("the tenant is too long")
	case strings.IndexFunc(id.Tenant, notTenant) >= 0:
		return invalid("a tenant has letters, digits, - and _ only")
	}
	return nil
}

func notTenant(r rune) bool { return !isWord(r) && r != '-' }

// isWord matches ASCII letters, digits and the underscore.
func isWord(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z'
}

func graphic(s string) bool {
	return utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) }) < 0
}

func checkDisplayName(s string) error {
	if len(s) > MaxDisplayNameLen || !graphic(s) {
		return invalid("the display name is too long or not printable")
	}
	return nil
}

func checkEmail(s string) error {
	if s == "" {
		return nil
	}
	if len(s) < 3 || len(s) > MaxEmailLen || !strings.Contains(s[1:len(s)-1], "@") || !graphic(s) || strings.ContainsFunc(s, unicode.IsSpace) {
		return invalid("an e-mail address has 3 to 255 bytes, no spaces, and an @ with something on both sides")
	}
	return nil
}

// checkAccessKey keeps out what would be ambiguous in a signature's header: the
// slash of a version 4 scope, the colon of version 2, separators of parameters.
func checkAccessKey(s string) error {
	if s == "" || len(s) > MaxAccessKeyLen {
		return invalid("an access key has 1 to 128 characters")
	}
	if strings.IndexFunc(s, func(r rune) bool { return !isWord(r) && !strings.ContainsRune("-.+@", r) }) >= 0 {
		return invalid("an access key has letters, digits and _ - . + @ only")
	}
	return nil
}

func checkSecret(s string) error {
	if s == "" || len(s) > MaxSecretLen {
		return invalid("a secret key has 1 to 128 characters")
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return invalid("a secret key has printable ASCII characters only")
		}
	}
	return nil
}

// ValidTenant tells whether a tenant may be called so; "" is the default one.
func ValidTenant(s string) bool { return len(s) <= MaxTenantLen && strings.IndexFunc(s, notTenant) < 0 }
