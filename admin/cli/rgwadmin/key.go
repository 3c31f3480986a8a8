package rgwadmin

import (
	"errors"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/auth/iam"
)

// wantsKey tells whether the flags ask for a key.
func (c *call) wantsKey() bool {
	return c.get("access-key") != "" || c.get("secret-key") != "" || c.on("gen-access-key", false) || c.on("gen-secret", false)
}

// swiftKey tells whether the flags are about a key for Swift, not one for S3.
func (c *call) swiftKey() (bool, error) {
	switch {
	case c.get("access-key") != "" && c.on("gen-access-key", false):
		return false, fail(exitInvalid, "ERROR: key parameter conflict, --access-key & --gen-access-key")
	case c.get("secret-key") != "" && c.on("gen-secret", false):
		return false, fail(exitInvalid, "ERROR: key parameter conflict, --secret & --gen-secret")
	}
	switch kind := c.get("key-type"); kind {
	case "", "s3":
		return false, nil
	case "swift":
		return true, c.noAccessKey()
	default:
		return false, fail(exitFailure, "bad key type: %s", kind)
	}
}

// noAccessKey refuses an access key where the key is one for Swift.
func (c *call) noAccessKey() error {
	if c.has("access-key") || c.on("gen-access-key", false) {
		return fail(exitInvalid, "ERROR: a Swift key has no access key: give --key-type=s3")
	}
	return nil
}

// keyCreate: key create. A Swift key, and a key for S3 of a subuser, need
// --subuser.
func (c *call) keyCreate() error {
	const prefix = "could not create key: "
	swift, err := c.swiftKey()
	if err != nil {
		return err
	}
	if err := c.requireUser(); err != nil {
		return err
	}
	var a iam.Account
	switch {
	case swift && c.subuser == "":
		return fail(exitInvalid, prefix+"unable to add access key, a Swift key is a subuser's: give --subuser")
	case swift:
		a, err = c.service.SetSwiftKey(c.ctx, c.user, iam.SwiftKey{Subuser: c.subuser, Secret: c.get("secret-key")})
	default:
		a, err = c.service.SetKey(c.ctx, c.user, iam.AccountKey{
			AccessKey: c.get("access-key"), Secret: c.get("secret-key"), Subuser: c.subuser,
		})
	}
	switch {
	case errors.Is(err, iam.ErrKeyExists):
		return fail(exitKeyExists, prefix+"unable to add access key, existing S3 key in RGW system:%s", c.get("access-key"))
	case err != nil && c.missing():
		return fail(exitInvalid, prefix+"unable to parse request, user info was not populated")
	case err != nil:
		return explained(err, "could not create key")
	}
	return c.showUser(&a)
}

// missing tells whether the user is not there.
func (c *call) missing() bool {
	there, err := c.service.HasUser(c.ctx, c.user)
	return err == nil && !there
}

// keyRemove: key rm
func (c *call) keyRemove() error {
	const prefix = "could not remove key: "
	swift, err := c.swiftKey()
	if err != nil {
		return err
	}
	if err := c.requireUser(); err != nil {
		return err
	}
	if swift {
		err = c.service.RemoveSwiftKey(c.ctx, c.user, c.subuser)
	} else {
		err = c.service.RemoveKey(c.ctx, c.user, c.get("access-key"))
	}
	switch {
	case err != nil && c.missing():
		return fail(exitInvalid, prefix+"unable to parse request, user info was not populated")
	case errors.Is(err, admin.ErrNoSuchAccessKey):
		return fail(exitNoKey, prefix+"unable to remove access key, unable to find access key")
	case err != nil:
		return explained(err, "could not remove key")
	}
	return c.showNamed()
}

// capsAdd: caps add
func (c *call) capsAdd() error {
	return c.changeCaps("add", func(a *iam.Account, caps iam.Caps) { a.Caps = a.Caps.Add(caps) })
}

// capsRemove: caps rm
func (c *call) capsRemove() error {
	return c.changeCaps("remove", func(a *iam.Account, caps iam.Caps) { a.Caps = a.Caps.Remove(caps) })
}

func (c *call) changeCaps(verb string, change func(*iam.Account, iam.Caps)) error {
	if err := c.requireUser(); err != nil {
		return err
	}
	caps, err := iam.ParseCaps(c.get("caps"))
	if err != nil {
		return fail(statusOf(err), "could not %s caps: unable to %s caps: %s", verb, verb, c.get("caps"))
	}
	a, err := c.service.UpdateUser(c.ctx, c.user, func(a *iam.Account) error { change(a, caps); return nil })
	if noUser(err) {
		return fail(exitInvalid, "could not %s caps: unable to parse request, user info was not populated", verb)
	}
	if err != nil {
		return explained(err, "could not %s caps", verb)
	}
	return c.showUser(&a)
}
