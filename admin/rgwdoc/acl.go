package rgwdoc

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

// ACL describes an access control list as RGW dumps it.
func ACL(a *acl.ACL) *Document {
	return &Document{"policy", Object{
		{"acl", grants(a)},
		{"owner", Object{{"id", a.Owner.ID}, {"display_name", a.Owner.DisplayName}}},
	}}
}

// grants describes grants: summed up by user and by group, and each by itself,
// sorted by id.
func grants(a *acl.ACL) Object {
	users, groups := make(map[string]int), make(map[string]int)
	sorted := slices.Clone(a.Grants)
	slices.SortStableFunc(sorted, func(x, y acl.Grant) int { return cmp.Compare(x.User.ID, y.User.ID) })
	var userNames, groupNames []string
	each := List{Item: "entry"}
	for _, g := range sorted {
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
		each.Items = append(each.Items, Object{{"id", g.User.ID}, {"grant", Object{
			{"type", Object{{"type", kind}}}, {"id", g.User.ID}, {"email", ""},
			{"permission", Object{{"flags", flags}}},
			{"name", g.User.DisplayName}, {"group", group}, {"url_spec", ""},
		}}})
	}
	return Object{
		{"acl_user_map", ListOf("entry", userNames, func(u string) any { return Object{{"user", u}, {"acl", users[u]}} })},
		{"acl_group_map", ListOf("entry", groupNames, func(g string) any { return Object{{"group", groupNumbers[g]}, {"acl", groups[g]}} })},
		{"grant_map", each},
	}
}
