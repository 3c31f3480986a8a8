package rgwadmin

import (
	"errors"
	"fmt"
	"time"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/auth/policy"
)

// roleTime is how roles show when they were made.
const roleTime = "2006-01-02T15:04:05.000Z"

// roleID reads --role-name and --tenant.
func (c *call) roleID() (iam.RoleID, error) {
	name := c.get("role-name")
	if name == "" {
		return iam.RoleID{}, fail(exitInvalidDocument, "ERROR: role name is empty")
	}
	return iam.RoleID{Tenant: c.get("tenant"), Name: name}, nil
}

func roleObject(r *iam.Role) object {
	o := object{
		field("RoleId", r.ID), field("RoleName", r.Name), field("Path", r.Path), field("Arn", r.ARN()),
		field("CreateDate", r.Created.UTC().Format(roleTime)), field("MaxSessionDuration", int64(r.MaxSession/time.Second)),
		field("AssumeRolePolicyDocument", r.Trust),
	}
	if len(r.Tags) > 0 {
		o = append(o, field("Tags", rgwdoc.ListOf("Tag", r.Tags, func(t iam.RoleTag) any {
			return object{field("Key", t.Key), field("Value", t.Value)}
		})))
	}
	return o
}

// roleFailed tells why a command on a role failed. The pool is Ceph's; scripts
// look for the message.
func roleFailed(id iam.RoleID, err error) error {
	var bad *policy.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, iam.ErrNoSuchRole):
		return fail(exitNotThere, "ERROR: failed reading role name from pool: default.rgw.meta: %s: %s", id.Name, errno(exitNotThere))
	case errors.Is(err, iam.ErrMalformedPolicy) && errors.As(err, &bad):
		return fail(exitInvalidDocument, "failed to parse policy: %s", bad.Reason)
	case errors.Is(err, iam.ErrInvalidArgument):
		return fail(exitInvalidDocument, "ERROR: %v", err)
	}
	return err
}

// session reads --max-session-duration, in seconds.
func (c *call) session(def time.Duration) (time.Duration, error) {
	n, err := c.number("max-session-duration", int64(def/time.Second))
	if err != nil {
		return 0, err
	}
	if n > int64(iam.MaxSession/time.Second) || n < 0 || c.has("max-session-duration") && n < int64(iam.MinSession/time.Second) {
		return 0, fail(exitInvalidDocument, "ERROR: Invalid session duration, should be between 3600 and 43200 seconds")
	}
	return time.Duration(n) * time.Second, nil
}

// roleCreate: role create
func (c *call) roleCreate() error {
	id, err := c.roleID()
	if err != nil {
		return err
	}
	if c.get("assume-role-policy-doc") == "" {
		return fail(exitInvalidDocument, "ERROR: assume role policy document is empty")
	}
	session, err := c.session(0)
	if err != nil {
		return err
	}
	r, err := c.service.CreateRole(c.ctx, iam.Role{
		RoleID: id, Path: c.get("path"), Trust: c.get("assume-role-policy-doc"), MaxSession: session,
	})
	if errors.Is(err, iam.ErrRoleExists) {
		there, err := c.service.Role(c.ctx, id)
		if err != nil {
			return roleFailed(id, err)
		}
		return fail(exitExists, "ERROR: name %s already in use for role id %s", id.Name, there.ID)
	}
	if err != nil {
		return roleFailed(id, err)
	}
	return c.show("role", roleObject(&r))
}

// roleGet: role get
func (c *call) roleGet() error {
	id, err := c.roleID()
	if err != nil {
		return err
	}
	r, err := c.service.Role(c.ctx, id)
	if err != nil {
		return roleFailed(id, err)
	}
	return c.show("role", roleObject(&r))
}

// roleList: role list, of the default tenant or that of --tenant.
func (c *call) roleList() error {
	roles := list{Item: "member"}
	q := iam.RolesQuery{Tenant: c.get("tenant"), PathPrefix: c.get("path-prefix")}
	for {
		page, err := c.service.Roles(c.ctx, q)
		if err != nil {
			return err
		}
		for i := range page.Roles {
			roles.Items = append(roles.Items, roleObject(&page.Roles[i]))
			q.After = page.Roles[i].Name
		}
		if !page.Truncated {
			return c.show("Roles", roles)
		}
	}
}

// roleModify: role modify
func (c *call) roleModify() error {
	id, err := c.roleID()
	if err != nil {
		return err
	}
	if !c.has("assume-role-policy-doc") && !c.has("max-session-duration") {
		return fail(exitInvalidDocument, "ERROR: assume role policy document is empty")
	}
	_, err = c.service.UpdateRole(c.ctx, id, func(r *iam.Role) error {
		if c.has("assume-role-policy-doc") {
			r.Trust = c.get("assume-role-policy-doc")
		}
		session, err := c.session(r.MaxSession)
		r.MaxSession = session
		return err
	})
	if err != nil {
		return roleFailed(id, err)
	}
	return c.print("Assume role policy document updated successfully for role: %s\n", id.Name)
}

// roleDelete: role delete
func (c *call) roleDelete() error {
	id, err := c.roleID()
	if err != nil {
		return err
	}
	err = c.service.RemoveRole(c.ctx, id)
	if errors.Is(err, iam.ErrRoleHasPolicies) {
		return &failure{status: exitDeleteConflict}
	}
	if err != nil {
		return roleFailed(id, err)
	}
	return c.print("role: %s successfully deleted\n", id.Name)
}

// rolePolicy reads --role-name and --policy-name.
func (c *call) rolePolicy() (id iam.RoleID, name string, err error) {
	if id, err = c.roleID(); err == nil && c.get("policy-name") == "" {
		err = fail(exitInvalidDocument, "ERROR: policy name is empty")
	}
	return id, c.get("policy-name"), err
}

// noRolePolicy is the refusal of a policy that the role does not have.
func noRolePolicy(id iam.RoleID, name string) error {
	return fail(exitNotThere, "ERROR: policy %s of role %s: %s", name, id.Name, errno(exitNotThere))
}

// rolePolicyPut: role-policy put
func (c *call) rolePolicyPut() error {
	id, name, err := c.rolePolicy()
	if err != nil {
		return err
	}
	if c.get("policy-doc") == "" {
		return fail(exitInvalidDocument, "ERROR: permission policy document is empty")
	}
	_, err = c.service.UpdateRole(c.ctx, id, func(r *iam.Role) error {
		r.SetPolicy(iam.RolePolicy{Name: name, Document: c.get("policy-doc")})
		return nil
	})
	if err != nil {
		return roleFailed(id, err)
	}
	return c.print("Permission policy attached successfully\n")
}

// rolePolicyList: role-policy list
func (c *call) rolePolicyList() error {
	id, err := c.roleID()
	if err != nil {
		return err
	}
	r, err := c.service.Role(c.ctx, id)
	if err != nil {
		return roleFailed(id, err)
	}
	return c.show("PolicyNames", rgwdoc.ListOf("member", r.Policies, func(p iam.RolePolicy) any { return p.Name }))
}

// rolePolicyGet: role-policy get
func (c *call) rolePolicyGet() error {
	id, name, err := c.rolePolicy()
	if err != nil {
		return err
	}
	r, err := c.service.Role(c.ctx, id)
	if err != nil {
		return roleFailed(id, err)
	}
	p := r.Policy(name)
	if p == nil {
		return noRolePolicy(id, name)
	}
	return c.show("policy", object{field("Permission policy", p.Document)}) // the space is RGW's
}

// rolePolicyDelete: role-policy delete
func (c *call) rolePolicyDelete() error {
	id, name, err := c.rolePolicy()
	if err != nil {
		return err
	}
	_, err = c.service.UpdateRole(c.ctx, id, func(r *iam.Role) error {
		if !r.RemovePolicy(name) {
			return fmt.Errorf("%w: %s", iam.ErrNoSuchRolePolicy, name)
		}
		return nil
	})
	if errors.Is(err, iam.ErrNoSuchRolePolicy) {
		return noRolePolicy(id, name)
	}
	if err != nil {
		return roleFailed(id, err)
	}
	return c.print("Policy: %s successfully deleted for role: %s\n", name, id.Name)
}
