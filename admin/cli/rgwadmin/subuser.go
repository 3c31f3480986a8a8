package rgwadmin

import (
	"errors"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/auth/iam"
)

// access reads --access.
func (c *call) access(what string) (iam.Access, error) {
	a, err := iam.ParseAccess(c.get("access"))
	if err != nil {
		return a, fail(exitInvalid, "%s, invalid subuser access", what)
	}
	return a, nil
}

// requireSubuser wants --subuser, and a user.
func (c *call) requireSubuser(what string) error {
	switch {
	case !c.named:
		return fail(exitInvalid, "could not %s subuser: unable to parse request, user info was not populated", what)
	case c.subuser == "":
		return fail(exitInvalid, "could not %s subuser: unable to parse request, no subuser specified", what)
	}
	return nil
}

// subuserCreate: subuser create. It always gets a key: a Swift secret unless
// --key-type=s3. As in RGW, one that is there keeps its access and gets a new
// secret.
func (c *call) subuserCreate() error {
	return c.setSubuser("create", func(sub iam.Subuser, k *admin.SubuserKey) (iam.Account, error) {
		k.Renew = true
		return c.service.CreateSubuser(c.ctx, c.user, sub, k)
	})
}

// subuserModify: subuser modify. A key is made only where the flags ask for it.
func (c *call) subuserModify() error {
	return c.setSubuser("modify", func(sub iam.Subuser, k *admin.SubuserKey) (iam.Account, error) {
		if !c.wantsKey() {
			k = nil
		}
		return c.service.ModifySubuser(c.ctx, c.user, sub, k)
	})
}

func (c *call) setSubuser(what string, set func(iam.Subuser, *admin.SubuserKey) (iam.Account, error)) error {
	if err := c.requireSubuser(what); err != nil {
		return err
	}
	if c.missing() {
		return fail(exitInvalid, "could not %s subuser: unable to parse request, user info was not populated", what)
	}
	access, err := c.access("could not " + what + " subuser: unable to parse request")
	if err != nil {
		return err
	}
	swift, err := c.swiftKey()
	if err == nil && !swift && c.get("key-type") == "" {
		err = c.noAccessKey() // Swift is the default here
	}
	if err != nil {
		return err
	}
	a, err := set(iam.Subuser{Name: c.subuser, Access: access}, &admin.SubuserKey{
		S3: c.get("key-type") == "s3", AccessKey: c.get("access-key"), Secret: c.get("secret-key"),
	})
	if errors.Is(err, iam.ErrNoSuchSubuser) {
		return fail(exitNoSubuser, "could not %s subuser: unable to %s subuser, subuser does not exist", what, what)
	}
	if err != nil {
		return c.userRefused("could not "+what+" subuser", err)
	}
	return c.showUser(&a)
}

// subuserRemove: subuser rm. Its keys go with it, also without --purge-keys.
func (c *call) subuserRemove() error {
	if err := c.requireSubuser("remove"); err != nil {
		return err
	}
	err := c.service.RemoveSubuser(c.ctx, c.user, c.subuser)
	switch {
	case noUser(err):
		return fail(exitInvalid, "could not remove subuser: unable to parse request, user info was not populated")
	case errors.Is(err, iam.ErrNoSuchSubuser):
		return fail(exitNoSubuser, "could not remove subuser: unable to remove subuser, subuser not found: %s", c.subuser)
	case err != nil:
		return explained(err, "could not remove subuser")
	}
	return c.showNamed()
}
