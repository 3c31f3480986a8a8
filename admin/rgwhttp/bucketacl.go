package rgwhttp

import (
	"cmp"
	"slices"

	"github.com/cofferstore/coffer/auth/acl"
)

// permissionFlags are the bits of RGW's dump.
var permissionFlags = map[acl.Permission]int{acl.Read: 1, acl.Write: 2, acl.ReadACP: 4, acl.WriteACP: 8, acl.FullControl: 15}

// groupNumbers are the groups of RGW's dump.
var groupNumbers = map[string]int{acl.AllUsers: 1, acl.AuthenticatedUsers: 2}

// Types of grantees in RGW's dump.
const (
	granteeUser  = 0
	granteeGroup = 2
)

// bucketPolicy: GET /admin/bucket?policy answers with the ACL of a bucket or
// object in RGW's own form.
func (c *call) bucketPolicy() (*document, error) {
	id, err := c.bucketID()
	if err != nil {
		return nil, err
	}
	var a *acl.ACL
	if key := c.params.get("object"); key != "" {
		a, err = c.h.admin.ObjectACL(c.ctx, id, key)
	} else {
		a, err = c.h.admin.BucketACL(c.ctx, id)
	}
	if err != nil {
		return nil, noKey(err)
	}
	return &document{"policy", object{
		{"acl", aclObject(a)},
		{"owner", object{{"id", a.Owner.ID}, {"display_name", a.Owner.DisplayName}}},
	}}, nil
}

// aclObject describes grants: summed up by user and by group, and each by
// itself, sorted by id.
func aclObject(a *acl.ACL) object {
	users, groups := make(map[string]int), make(map[string]int)
	grants := slices.Clone(a.Grants)
	slices.SortStableFunc(grants, func(x, y acl.Grant) int { return cmp.Compare(x.User.ID, y.User.ID) })
	var userNames, groupNames []string
	each := list{item: "entry"}
	for _, g := range grants {
		flags := permissionFlags[g.Permission]
		kind, group := granteeUser, 0
		if g.Group != "" {
			kind, group = granteeGroup, groupNumbers[g.Group]
			if groups[g.Group] == 0 {
				groupNames = append(groupNames, g.Group)
			}
			groups[g.Group] |= flags
		} else {
			if users[g.User.ID] == 0 {
				userNames = append(userNames, g.User.ID)
			}
			users[g.User.ID] |= flags
		}
		each.items = append(each.items, object{{"id", g.User.ID}, {"grant", object{
			{"type", object{{"type", kind}}}, {"id", g.User.ID}, {"email", ""},
			{"permission", object{{"flags", flags}}},
			{"name", g.User.DisplayName}, {"group", group}, {"url_spec", ""},
		}}})
	}
	return object{
		{"acl_user_map", listOf("entry", userNames, func(u string) any { return object{{"user", u}, {"acl", users[u]}} })},
		{"acl_group_map", listOf("entry", groupNames, func(g string) any { return object{{"group", groupNumbers[g]}, {"acl", groups[g]}} })},
		{"grant_map", each},
	}
}
