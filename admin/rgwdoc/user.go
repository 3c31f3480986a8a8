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

// User is all that there is to say of a user.
type User struct {
	*iam.Account
	Quotas  quota.UserSpecs
	Devices []iam.MFADevice
}

// Members describes the user, secrets included, under the given name.
func (u *User) Members(name string, kind KindShown) Object {
	a := u.Account
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
		{"bucket_quota", Quota(u.Quotas.Bucket)},
		{"user_quota", Quota(u.Quotas.User)},
		{"temp_url_keys", List{Item: "entry"}},
		{"type", "rgw"},
		{"mfa_ids", ListOf("entry", u.Devices, func(m iam.MFADevice) any { return m.Serial })},
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
