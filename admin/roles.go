package admin

import (
	"context"

	"github.com/cofferstore/coffer/auth/iam"
)

// CreateRole adds a role; see [iam.Directory.CreateRole].
func (s *Service) CreateRole(ctx context.Context, r iam.Role) (iam.Role, error) {
	return s.users.CreateRole(ctx, r)
}

// Role returns a role, or [iam.ErrNoSuchRole].
func (s *Service) Role(ctx context.Context, id iam.RoleID) (iam.Role, error) {
	return s.users.Role(ctx, id)
}

// Roles lists the roles of a tenant, sorted by name.
func (s *Service) Roles(ctx context.Context, q iam.RolesQuery) (iam.RolePage, error) {
	return s.users.Roles(ctx, q)
}

// UpdateRole changes a role; see [iam.Directory.UpdateRole].
func (s *Service) UpdateRole(ctx context.Context, id iam.RoleID, fn func(*iam.Role) error) (iam.Role, error) {
	return s.users.UpdateRole(ctx, id, fn)
}

// RemoveRole removes a role; one that has policies is [iam.ErrRoleHasPolicies].
func (s *Service) RemoveRole(ctx context.Context, id iam.RoleID) error {
	return s.users.RemoveRole(ctx, id)
}
