package iam

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/cofferstore/coffer/objstore/driver"
)

// RolesQuery selects a page of the roles of one tenant, sorted by name.
type RolesQuery struct {
	Tenant     string
	PathPrefix string // of paths of roles; "" = all
	After      string // name, exclusive; "" is the beginning
	Limit      int    // 0 = 1000, which is also the most
}

// RolePage is an answer to a [RolesQuery].
type RolePage struct {
	Roles []Role

	// Truncated says that there may be more; the last role is then the After of
	// the next page.
	Truncated bool
}

// Roles lists roles.
func (d *Directory) Roles(ctx context.Context, q RolesQuery) (RolePage, error) {
	limit := q.Limit
	if limit <= 0 || limit > maxUserPage {
		limit = maxUserPage
	}
	var page RolePage
	var err error
	if !ValidTenant(q.Tenant) || len(q.After) > MaxRoleNameLen {
		err = invalid("not a tenant or name")
	} else {
		err = d.index.View(ctx, func(r driver.Reader) (err error) {
			page, err = q.page(r, limit)
			return err
		})
	}
	if err != nil {
		return RolePage{}, wrap("Roles", q.Tenant, err)
	}
	return page, nil
}

func (q *RolesQuery) page(r driver.Reader, limit int) (RolePage, error) {
	prefix := roleRow(RoleID{Tenant: q.Tenant})
	start := prefix
	if q.After != "" {
		start = append(roleRow(RoleID{q.Tenant, q.After}), 0)
	}
	var page RolePage
	c := r.Scan(start, after(prefix), driver.ScanOptions{})
	defer c.Close()
	for c.Next() {
		if len(page.Roles) == limit {
			page.Truncated = true
			return page, nil
		}
		value, err := c.Value()
		if err != nil {
			return page, err
		}
		var role Role
		if json.Unmarshal(value, &role) != nil {
			return page, ErrDamaged
		}
		if strings.HasPrefix(role.Path, q.PathPrefix) {
			page.Roles = append(page.Roles, role)
		}
	}
	return page, c.Close()
}
