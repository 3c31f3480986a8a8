package rgwhttp

import (
	"errors"
	"strconv"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/quota"
)

// userDocument describes a user with all that belongs to it.
func (c *call) userDocument(a *iam.Account) (*document, error) {
	members, err := c.userMembers(a, true)
	return &document{"user_info", append(object{{"tenant", a.Tenant}}, members...)}, err
}

// userMembers describes a user; metadata leave out what kind of user it is.
func (c *call) userMembers(a *iam.Account, kind bool) (object, error) {
	q, err := c.quotas(a.UserID)
	if err != nil {
		return nil, err
	}
	devices, err := c.h.admin.MFADevices(c.ctx, a.UserID)
	if err != nil {
		return nil, err
	}
	suspended := 0
	if a.Suspended {
		suspended = 1
	}
	o := object{
		{"user_id", a.UID},
		{"display_name", a.DisplayName},
		{"email", a.Email},
		{"suspended", suspended},
		{"max_buckets", a.MaxBuckets},
		{"subusers", subuserList(a)},
		{"keys", keyList(a)},
		{"swift_keys", swiftKeyList(a)},
		{"caps", capList(a.Caps)},
		{"op_mask", iam.FormatOps(auth.OpsAll &^ a.Withheld)},
	}
	if kind {
		o = append(o, member{"system", strconv.FormatBool(a.System)}, member{"admin", strconv.FormatBool(a.Admin)})
	}
	return append(o, object{
		{"default_placement", a.DefaultPlacement},
		{"default_storage_class", ""},
		{"placement_tags", listOf("tag", a.PlacementTags, func(t string) any { return t })},
		{"bucket_quota", quotaObject(q.Bucket)},
		{"user_quota", quotaObject(q.User)},
		{"temp_url_keys", list{item: "entry"}},
		{"type", "rgw"},
		{"mfa_ids", listOf("entry", devices, func(m iam.MFADevice) any { return m.Serial })},
	}...), nil
}

// noQuota is shown where there is none.
func noQuota() quota.Spec {
	return quota.Spec{MaxBytes: quota.Unlimited, MaxObjects: quota.Unlimited}
}

// quotas returns the quotas of a user, none where the server has no quotas.
func (c *call) quotas(id iam.UserID) (quota.UserSpecs, error) {
	q, err := c.h.admin.UserQuotas(c.ctx, id)
	if errors.Is(err, admin.ErrNotImplemented) {
		return quota.UserSpecs{User: noQuota(), Bucket: noQuota()}, nil
	}
	return q, err
}

func subuserList(a *iam.Account) list {
	return listOf("user", a.Subusers, func(s iam.Subuser) any {
		return object{{"id", a.String() + ":" + s.Name}, {"permissions", s.Access.String()}}
	})
}

func keyList(a *iam.Account) list {
	return listOf("key", a.Keys, func(k iam.AccountKey) any {
		user := a.String()
		if k.Subuser != "" {
			user += ":" + k.Subuser
		}
		return object{{"user", user}, {"access_key", k.AccessKey}, {"secret_key", k.Secret}}
	})
}

func swiftKeyList(a *iam.Account) list {
	return listOf("key", a.SwiftKeys, func(k iam.SwiftKey) any {
		return object{{"user", a.String() + ":" + k.Subuser}, {"secret_key", k.Secret}}
	})
}

func capList(caps iam.Caps) list {
	return listOf("cap", caps, func(c iam.Cap) any { return object{{"type", c.Type}, {"perm", c.Perm.String()}} })
}
