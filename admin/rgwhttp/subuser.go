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
