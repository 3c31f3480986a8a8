package rgwhttp

import (
	"strings"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth/iam"
)

// subuser returns whose subuser the request names. A name with a prefix,
// "uid:name", is of the user of that prefix.
func (c *call) subuser() (id iam.UserID, name string, err error) {
	id, named := c.params.uid()
	name = c.params.get("subuser")
	if strings.Contains(name, ":") {
		var prefix iam.UserID
		prefix, name = iam.SplitSubuser(name)
		if prefix != (iam.UserID{UID: id.UID}) { // the tenant may be left out
			id, named = prefix, true
		}
	}
	if !named {
		return id, name, codeAccessDenied
	}
	return id, name, nil
}

// createSubuser: PUT /admin/user?subuser=
func (c *call) createSubuser() (*rgwdoc.Document, error) {
	id, name, err := c.subuser()
	if err != nil {
		return nil, err
	}
	access, err := iam.ParseAccess(c.params.get("access"))
	if err != nil {
		return nil, err
	}
	a, err := c.h.admin.CreateSubuser(c.ctx, id, iam.Subuser{Name: name, Access: access}, c.subuserKey())
	if err != nil {
		return nil, err
	}
	return newDocument("subusers", rgwdoc.Subusers(&a)), nil
}

// modifySubuser: POST /admin/user?subuser=. Without the parameter access the
// subuser has none afterwards, as in RGW.
func (c *call) modifySubuser() (*rgwdoc.Document, error) {
	id, name, err := c.subuser()
	if err != nil {
		return nil, err
	}
	access, err := iam.ParseAccess(c.params.get("access"))
	if err != nil {
		return nil, err
	}
	var key *admin.SubuserKey
	if c.params.flag("generate-secret", false) || c.secret() != "" || c.params.get("access-key") != "" {
		key = c.subuserKey()
	}
	a, err := c.h.admin.ModifySubuser(c.ctx, id, iam.Subuser{Name: name, Access: access}, key)
	if err != nil {
		return nil, err
	}
	return newDocument("subusers", rgwdoc.Subusers(&a)), nil
}

// subuserKey is the key that the parameters ask for; anything but s3 is Swift.
func (c *call) subuserKey() *admin.SubuserKey {
	return &admin.SubuserKey{S3: c.params.get("key-type") == "s3", AccessKey: c.params.get("access-key"), Secret: c.secret()}
}

// secret is in one of two parameters: the guide says secret, RGW reads
// secret-key.
func (c *call) secret() string {
	if s := c.params.get("secret-key"); s != "" {
		return s
	}
	return c.params.get("secret")
}

// removeSubuser: DELETE /admin/user?subuser=. Its keys go with it, whatever
// purge-keys says: as recorded.
func (c *call) removeSubuser() (*rgwdoc.Document, error) {
	id, name, err := c.subuser()
	if err != nil {
		return nil, err
	}
	return nil, c.h.admin.RemoveSubuser(c.ctx, id, name)
}

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

// addCaps: PUT /admin/user?caps
func (c *call) addCaps() (*rgwdoc.Document, error) {
	id, named := c.params.uid()
	caps, err := iam.ParseCaps(c.params.get("user-caps"))
	switch {
	case !named:
		return nil, codeAccessDenied
	case err != nil:
		return nil, err
	}
	if caps, err = c.h.admin.AddCaps(c.ctx, id, caps); err != nil {
		return nil, err
	}
	return newDocument("caps", rgwdoc.Caps(caps)), nil
}

// removeCaps: DELETE /admin/user?caps
func (c *call) removeCaps() (*rgwdoc.Document, error) {
	id, named := c.params.uid()
	caps, err := iam.ParseCaps(c.params.get("user-caps"))
	switch {
	case !named:
		return nil, codeAccessDenied
	case err != nil:
		return nil, err
	}
	if caps, err = c.h.admin.RemoveCaps(c.ctx, id, caps); err != nil {
		return nil, err
	}
	return newDocument("caps", rgwdoc.Caps(caps)), nil
}
