package iam_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore/memengine"
)

const (
	trust      = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":["arn:aws:iam:::user/alice"]},"Action":["sts:AssumeRole"]}]}`
	permission = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":"arn:aws:s3:::*"}]}`
)

func TestRoles(t *testing.T) {
	ctx, now := t.Context(), time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	ix := memengine.NewIndex()
	d, err := iam.Open(ix, &iam.Options{Now: func() time.Time { return now }})
	require.NoError(t, err)
	id := iam.RoleID{Tenant: "acme", Name: "app"}
	_, err = d.Role(ctx, id)
	require.ErrorIs(t, err, iam.ErrNoSuchRole)

	r, err := d.CreateRole(ctx, iam.Role{RoleID: id, Trust: trust, Tags: []iam.RoleTag{{Key: "team", Value: "blue"}}})
	require.NoError(t, err)
	assert.Equal(t, "/", r.Path)
	assert.Equal(t, time.Hour, r.MaxSession)
	assert.Equal(t, now, r.Created)
	assert.Equal(t, "arn:aws:iam::acme:role/app", r.ARN())
	assert.Regexp(t, "^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", r.ID)
	_, err = d.CreateRole(ctx, iam.Role{RoleID: id, Trust: trust})
	require.ErrorIs(t, err, iam.ErrRoleExists)
	_, err = d.Role(ctx, iam.RoleID{Name: "app"})
	require.ErrorIs(t, err, iam.ErrNoSuchRole, "tenants have name spaces of their own")

	changed, err := d.UpdateRole(ctx, id, func(r *iam.Role) error {
		r.SetPolicy(iam.RolePolicy{Name: "z", Document: permission})
		r.SetPolicy(iam.RolePolicy{Name: "a", Document: permission})
		r.SetPolicy(iam.RolePolicy{Name: "z", Document: permission})
		r.MaxSession = 2 * time.Hour
		return nil
	})
	require.NoError(t, err)
	stored, err := d.Role(ctx, id)
	require.NoError(t, err)
	assert.Equal(t, changed, stored)
	require.Len(t, stored.Policies, 2)
	assert.Equal(t, "a", stored.Policies[0].Name, "sorted")
	assert.Nil(t, stored.Policy("b"))

	require.ErrorIs(t, d.RemoveRole(ctx, id), iam.ErrRoleHasPolicies)
	_, err = d.UpdateRole(ctx, id, func(r *iam.Role) error {
		assert.True(t, r.RemovePolicy("a"))
		assert.True(t, r.RemovePolicy("z"))
		assert.False(t, r.RemovePolicy("z"))
		return nil
	})
	require.NoError(t, err)
	require.NoError(t, d.RemoveRole(ctx, id))
	require.ErrorIs(t, d.RemoveRole(ctx, id), iam.ErrNoSuchRole)
}

func TestBadRoles(t *testing.T) {
	d, err := iam.Open(memengine.NewIndex(), nil)
	require.NoError(t, err)
	for _, c := range []struct {
		explanation string
		change      func(*iam.Role)
		want        error
	}{
		{"a role has a name", func(r *iam.Role) { r.Name = "" }, iam.ErrInvalidArgument},
		{"names are in ARNs", func(r *iam.Role) { r.Name = "a/b" }, iam.ErrInvalidArgument},
		{"and in rows", func(r *iam.Role) { r.Name = "a\x00b" }, iam.ErrInvalidArgument},
		{"they are short", func(r *iam.Role) { r.Name = strings.Repeat("a", 65) }, iam.ErrInvalidArgument},
		{"so are tenants, in a row too", func(r *iam.Role) { r.Tenant = "a\x00b" }, iam.ErrInvalidArgument},
		{"a path ends with a slash", func(r *iam.Role) { r.Path = "/app" }, iam.ErrInvalidArgument},
		{"and begins with one", func(r *iam.Role) { r.Path = "app/" }, iam.ErrInvalidArgument},
		{"it has no spaces", func(r *iam.Role) { r.Path = "/a b/" }, iam.ErrInvalidArgument},
		{"it is bounded", func(r *iam.Role) { r.Path = "/" + strings.Repeat("a", 511) + "/" }, iam.ErrInvalidArgument},
		{"sessions last an hour at least", func(r *iam.Role) { r.MaxSession = time.Minute }, iam.ErrInvalidArgument},
		{"and half a day at most", func(r *iam.Role) { r.MaxSession = 13 * time.Hour }, iam.ErrInvalidArgument},
		{"somebody must be trusted", func(r *iam.Role) { r.Trust = "" }, iam.ErrMalformedPolicy},
		{"trust is no permission", func(r *iam.Role) { r.Trust = permission }, iam.ErrMalformedPolicy},
		{"a permission names nobody", func(r *iam.Role) { r.SetPolicy(iam.RolePolicy{Name: "p", Document: trust}) }, iam.ErrMalformedPolicy},
		{"policies have names", func(r *iam.Role) { r.SetPolicy(iam.RolePolicy{Document: permission}) }, iam.ErrInvalidArgument},
		{"a row is bounded, in number", func(r *iam.Role) {
			for i := range 33 {
				r.SetPolicy(iam.RolePolicy{Name: fmt.Sprint(i), Document: permission})
			}
		}, iam.ErrInvalidArgument},
		{"and in bytes", func(r *iam.Role) {
			r.SetPolicy(iam.RolePolicy{Name: "p", Document: permission + strings.Repeat(" ", 10240)})
		}, iam.ErrInvalidArgument},
		{"tags have keys of their own", func(r *iam.Role) { r.Tags = []iam.RoleTag{{Key: "a"}, {Key: "a"}} }, iam.ErrInvalidArgument},
		{"there are few", func(r *iam.Role) {
			for i := range 51 {
				r.Tags = append(r.Tags, iam.RoleTag{Key: fmt.Sprint(i)})
			}
		}, iam.ErrInvalidArgument},
	} {
		r := iam.Role{RoleID: iam.RoleID{Name: "app"}, Trust: trust}
		c.change(&r)
		_, err := d.CreateRole(t.Context(), r)
		require.ErrorIs(t, err, c.want, c.explanation)
	}
	_, err = d.CreateRole(t.Context(), iam.Role{RoleID: iam.RoleID{Name: "app"}, Trust: trust})
	require.NoError(t, err)
	for _, c := range []struct {
		explanation string
		change      func(*iam.Role)
	}{
		{"sessions name the role by its id", func(r *iam.Role) { r.ID = "x" }},
		{"a role has one row", func(r *iam.Role) { r.Name = "other" }},
		{"what is stored is checked again", func(r *iam.Role) { r.Path = "x" }},
	} {
		_, err := d.UpdateRole(t.Context(), iam.RoleID{Name: "app"}, func(r *iam.Role) error { c.change(r); return nil })
		require.ErrorIs(t, err, iam.ErrInvalidArgument, c.explanation)
	}
}

func TestRolesArePaged(t *testing.T) {
	d, err := iam.Open(memengine.NewIndex(), nil)
	require.NoError(t, err)
	for _, name := range []string{"a", "b", "c", "d"} {
		path := "/"
		if name > "b" {
			path = "/app/"
		}
		_, err := d.CreateRole(t.Context(), iam.Role{RoleID: iam.RoleID{Name: name}, Path: path, Trust: trust})
		require.NoError(t, err)
	}
	_, err = d.CreateRole(t.Context(), iam.Role{RoleID: iam.RoleID{Tenant: "acme", Name: "c"}, Trust: trust})
	require.NoError(t, err)
	var all []string
	for q := (iam.RolesQuery{Limit: 3}); ; {
		page, err := d.Roles(t.Context(), q)
		require.NoError(t, err)
		for _, r := range page.Roles {
			all = append(all, r.Tenant+":"+r.Name)
			q.After = r.Name
		}
		if !page.Truncated {
			break
		}
	}
	assert.Equal(t, []string{":a", ":b", ":c", ":d"}, all)
	page, err := d.Roles(t.Context(), iam.RolesQuery{PathPrefix: "/app/"})
	require.NoError(t, err)
	assert.Len(t, page.Roles, 2)
	_, err = d.Roles(t.Context(), iam.RolesQuery{Tenant: "a\x00"})
	require.ErrorIs(t, err, iam.ErrInvalidArgument)
}
