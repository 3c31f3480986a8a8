package rgwdoc

import (
	"strconv"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/quota"
)

// KindShown says where a description of a user tells whether it is a user of the
// system or an administrator.
type KindShown int

// Where the kind of a user is told.
const (
	KindNever  KindShown = iota // metadata
	KindAlways                  // Admin Ops API
	KindIfSet                   // radosgw-admin
)

// User describes a user with all that belongs to it, secrets included, under the
// given name.
func User(name string, a *iam.Account, q quota.UserSpecs, kind KindShown) Object {
	suspended := 0
	if a.Suspended {
		suspended = 1
	}
	o := Object{
		{"user_id", name},
		{"display_name", a.DisplayName},
		{"email", a.Email},
		{"suspended", suspended},
		{"max_buckets", a.MaxBuckets},
		{"subusers", Subusers(a)},
		{"keys", Keys(a)},
		{"swift_keys", SwiftKeys(a)},
		{"caps", Caps(a.Caps)},
		{"op_mask", iam.FormatOps(auth.OpsAll &^ a.Withheld)},
	}
	for _, is := range []struct {
		name string
		set  bool
	}{{"system", a.System}, {"admin", a.Admin}} {
		if kind == KindAlways || kind == KindIfSet && is.set {
			o = append(o, Member{is.name, strconv.FormatBool(is.set)})
		}
	}
	return append(o, Object{
		{"default_placement", a.DefaultPlacement},
		{"default_storage_class", ""},
		{"placement_tags", ListOf("tag", a.PlacementTags, func(t string) any { return t })},
		{"bucket_quota", Quota(q.Bucket)},
		{"user_quota", Quota(q.User)},
		{"temp_url_keys", List{Item: "entry"}},
		{"type", "rgw"},
		{"mfa_ids", List{Item: "entry"}},
	}...)
}

// Subusers describes the subusers of a user.
func Subusers(a *iam.Account) List {
	return ListOf("user", a.Subusers, func(s iam.Subuser) any {
		return Object{{"id", a.String() + ":" + s.Name}, {"permissions", s.Access.String()}}
	})
}

// Keys describes the keys of a user and its subusers, with their secrets.
func Keys(a *iam.Account) List {
	return ListOf("key", a.Keys, func(k iam.AccountKey) any {
		user := a.String()
		if k.Subuser != "" {
			user += ":" + k.Subuser
		}
		return Object{{"user", user}, {"access_key", k.AccessKey}, {"secret_key", k.Secret}}
	})
}

// SwiftKeys describes the Swift secrets of a user.
func SwiftKeys(a *iam.Account) List {
	return ListOf("key", a.SwiftKeys, func(k iam.SwiftKey) any {
		return Object{{"user", a.String() + ":" + k.Subuser}, {"secret_key", k.Secret}}
	})
}

// Caps describes capabilities.
func Caps(caps iam.Caps) List {
	return ListOf("cap", caps, func(c iam.Cap) any { return Object{{"type", c.Type}, {"perm", c.Perm.String()}} })
}
