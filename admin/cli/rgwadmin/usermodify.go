package rgwadmin

import (
	"errors"
	"strings"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
)

// defaultMaxBuckets is how many buckets a new user may own, as in RGW.
const defaultMaxBuckets = 1000

// onlyPlacement is the one placement there is.
const onlyPlacement = "default-placement"

// userCreate: user create. With --subuser that is made as well, and the key is
// the subuser's.
func (c *call) userCreate() error {
	const prefix = "could not create user: "
	if !c.named {
		return fail(exitInvalid, prefix+"unable to parse parameters, unable to perform operations on the anonymous user")
	}
	a := iam.Account{User: iam.User{UserID: c.user, MaxBuckets: defaultMaxBuckets}}
	if err := c.applyUser(&a); err != nil {
		return err
	}
	if caps := c.get("caps"); c.has("caps") {
		var err error
		if a.Caps, err = iam.ParseCaps(caps); err != nil {
			return fail(statusOf(err), prefix+"unable to create user, unable to add user capabilities, unable to add caps: %s", caps)
		}
	}
	if err := c.applySubuser(&a); err != nil {
		return err
	}
	if err := c.applyNewKey(&a); err != nil {
		return err
	}
	a, err := c.service.CreateUser(c.ctx, a)
	switch {
	case errors.Is(err, iam.ErrUserExists):
		return fail(exitExists, prefix+"unable to parse parameters, user: %s exists", c.user)
	case errors.Is(err, admin.ErrInvalidArgument) && c.get("display-name") == "":
		return fail(exitInvalid, prefix+"unable to parse parameters, no display name specified")
	case err != nil:
		return c.userRefused("could not create user", err)
	}
	return c.showUser(&a)
}

// userRefused tells of something that another user has.
func (c *call) userRefused(what string, err error) error {
	switch {
	case errors.Is(err, iam.ErrKeyExists):
		return fail(exitKeyExists, "%s: unable to parse parameters, duplicate key provided", what)
	case errors.Is(err, iam.ErrEmailExists):
		return fail(exitEmailExists, "%s: unable to parse parameters, email: %s is the email address of an existing user", what, c.get("email"))
	}
	return explained(err, "%s", what)
}

// applySubuser gives a new user the subuser that is asked for.
func (c *call) applySubuser(a *iam.Account) error {
	if c.subuser == "" && c.has("access") {
		return fail(exitInvalid, "could not create user: unable to parse parameters, access is a subuser's: give --subuser")
	}
	if c.subuser == "" {
		return nil
	}
	access, err := c.access("could not create user: unable to parse parameters")
	if err != nil {
		return err
	}
	a.Subusers = append(a.Subusers, iam.Subuser{Name: c.subuser, Access: access})
	return nil
}

// applyNewKey gives a new user a key: one for S3 unless another type is asked
// for.
func (c *call) applyNewKey(a *iam.Account) error {
	swift, err := c.swiftKey()
	switch {
	case err != nil:
		return err
	case swift && c.subuser == "":
		return fail(exitInvalid, "could not create user: unable to parse parameters, a Swift key is a subuser's: give --subuser")
	case swift:
		return a.SetSwiftKey(iam.SwiftKey{Subuser: c.subuser, Secret: c.get("secret-key")})
	}
	_, err = a.SetKey(iam.AccountKey{AccessKey: c.get("access-key"), Secret: c.get("secret-key"), Subuser: c.subuser})
	return err
}

// userModify: user modify
func (c *call) userModify() error {
	return c.updateUser(func(a *iam.Account) error {
		if err := c.applyUser(a); err != nil {
			return err
		}
		if !c.wantsKey() {
			return nil
		}
		if swift, err := c.swiftKey(); err != nil || swift {
			return errors.Join(err, fail(exitInvalid, "could not modify user: unable to modify user, use key create for a Swift key"))
		}
		_, err := a.SetKey(iam.AccountKey{AccessKey: c.get("access-key"), Secret: c.get("secret-key")})
		return err
	})
}

// updateUser changes a user and prints it.
func (c *call) updateUser(change func(*iam.Account) error) error {
	if err := c.requireUser(); err != nil {
		return err
	}
	a, err := c.service.UpdateUser(c.ctx, c.user, change)
	var own *failure
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(err, iam.ErrNoSuchUser):
		return fail(exitNotThere, "could not modify user: unable to modify user, user not found")
	case err != nil:
		return c.userRefused("could not modify user", err)
	}
	return c.showUser(&a)
}

// applyUser sets what the flags say about a user; the rest stays.
func (c *call) applyUser(a *iam.Account) error {
	if c.has("display-name") {
		a.DisplayName = c.get("display-name")
	}
	if c.has("email") {
		a.Email = strings.ToLower(c.get("email"))
	}
	max, err := c.number("max-buckets", int64(a.MaxBuckets))
	if err != nil {
		return err
	}
	if int64(int32(max)) != max {
		return fail(exitInvalid, "ERROR: failed to parse max buckets: the number is too large")
	}
	a.MaxBuckets = int(max)
	a.System, a.Admin = c.on("system", a.System), c.on("admin", a.Admin)
	if c.has("op-mask") {
		ops := iam.ParseOps(c.get("op-mask"))
		if ops == 0 {
			return fail(exitInvalid, "failed to parse op_mask: want names out of read, write, delete and *")
		}
		a.Withheld = auth.OpsAll &^ ops
	}
	if place := c.get("placement-id"); c.has("placement-id") {
		if place != onlyPlacement {
			return fail(exitInvalid, "ERROR: there is no placement %q; there is %q", place, onlyPlacement)
		}
		a.DefaultPlacement = place
	}
	if c.has("tags") {
		a.PlacementTags = strings.FieldsFunc(c.get("tags"), func(r rune) bool { return r == ',' })
	}
	return nil
}
