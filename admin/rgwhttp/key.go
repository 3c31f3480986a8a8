package rgwhttp

import (
	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth/iam"
)

// createKey: PUT /admin/user?key
func (c *call) createKey() (*rgwdoc.Document, error) {
	id, name, err := c.keyOwner()
	if err != nil {
		return nil, err
	}
	switch c.params.get("key-type") {
	case "", "s3":
		a, err := c.h.admin.UpdateUser(c.ctx, id, func(a *iam.Account) error { return c.setKey(a, name) })
		if err != nil {
			return nil, err
		}
		return newDocument("keys", rgwdoc.Keys(&a)), nil
	case "swift":
		if name == "" {
			return nil, codeInvalidAccessKey
		}
		a, err := c.h.admin.SetSwiftKey(c.ctx, id, iam.SwiftKey{Subuser: name, Secret: c.params.get("secret-key")})
		if err != nil {
			return nil, err
		}
		return newDocument("keys", rgwdoc.SwiftKeys(&a)), nil
	}
	return nil, nil
}

// setKey gives a user or a subuser the key that the parameters ask for. The
// parameter active, since Ceph 18, switches a key on or off, and one that is
// there keeps its secret then.
func (c *call) setKey(a *iam.Account, subuser string) error {
	name, secret := c.params.get("access-key"), c.params.get("secret-key")
	if a.Key(name) == nil || secret != "" || !c.params.has("active") {
		k, err := a.SetKey(iam.AccountKey{AccessKey: name, Secret: secret, Subuser: subuser})
		if err != nil {
			return err
		}
		name = k.AccessKey
	}
	k := a.Key(name)
	k.Inactive = !c.params.flag("active", !k.Inactive)
	return nil
}

// keyOwner returns whose key the request is about; name is that of a subuser, or
// "".
func (c *call) keyOwner() (id iam.UserID, name string, err error) {
	if c.params.get("subuser") != "" {
		return c.subuser()
	}
	id, named := c.params.uid()
	if !named {
		return id, "", codeAccessDenied
	}
	return id, "", nil
}

// removeKey: DELETE /admin/user?key. For a key of S3 the user may be left out.
func (c *call) removeKey() (*rgwdoc.Document, error) {
	if c.params.get("key-type") == "swift" {
		id, name, err := c.keyOwner()
		if err != nil {
			return nil, err
		}
		return nil, c.h.admin.RemoveSwiftKey(c.ctx, id, name)
	}
	key := c.params.get("access-key")
	if key == "" {
		return nil, codeInvalidAccessKey
	}
	id, _ := c.params.uid()
	return nil, c.h.admin.RemoveKey(c.ctx, id, key)
}
