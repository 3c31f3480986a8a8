package iam

import (
	"slices"
	"strings"
)

// A key set is a named group of further access keys of a user (ostor: an
// account). Its keys are the user's in every respect: they come and go together
// and are told apart, and that is all.
const (
	MaxKeySets   = 500 // of one user
	MaxKeySetLen = 64  // bytes of a name
)

// ValidKeySet tells whether a key set may be called so.
func ValidKeySet(name string) bool {
	return name != "" && len(name) <= MaxKeySetLen && !strings.ContainsFunc(name, notKeySet)
}

// HasKeySet tells whether the user has a key set of that name.
func (u *User) HasKeySet(name string) bool { return slices.Contains(u.KeySets, name) }

// KeysOf returns the keys of a set, the oldest first; those of "" are the user's
// own, without the subusers'.
func (a *Account) KeysOf(set string) []AccountKey {
	var keys []AccountKey
	for _, k := range a.Keys {
		if k.Set == set && k.Subuser == "" {
			keys = append(keys, k)
		}
	}
	slices.SortStableFunc(keys, func(x, y AccountKey) int { return x.Created.Compare(y.Created) })
	return keys
}

// RemoveKey removes a key and tells whether it was there.
func (a *Account) RemoveKey(accessKey string) bool {
	n := len(a.Keys)
	a.Keys = slices.DeleteFunc(a.Keys, func(k AccountKey) bool { return k.AccessKey == accessKey })
	return len(a.Keys) < n
}

// RemoveKeySet removes a key set with its keys and tells whether there was one.
func (a *Account) RemoveKeySet(name string) bool {
	n := len(a.KeySets)
	a.KeySets = slices.DeleteFunc(a.KeySets, func(s string) bool { return s == name })
	if len(a.KeySets) == n {
		return false
	}
	a.Keys = slices.DeleteFunc(a.Keys, func(k AccountKey) bool { return k.Set == name })
	return true
}

func (u *User) checkKeySets() error {
	if len(u.KeySets) > MaxKeySets {
		return ErrTooManyKeys
	}
	seen := make(map[string]bool, len(u.KeySets))
	for _, name := range u.KeySets {
		if !ValidKeySet(name) {
			return invalid("a key set has a name of 1 to 64 letters, digits and . _ @ + = -")
		}
		if seen[name] {
			return invalid("two key sets of one name")
		}
		seen[name] = true
	}
	return nil
}

func notKeySet(r rune) bool { return !isWord(r) && !strings.ContainsRune(".@+=-", r) }
