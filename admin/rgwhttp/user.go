package rgwhttp

import (
	"strings"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/iam"
)

// defaultMaxBuckets is how many buckets a new user may own, as in RGW.
const defaultMaxBuckets = 1000

// onlyPlacement is the one placement there is.
const onlyPlacement = "default-placement"

// userInfo: GET /admin/user?uid= or ?access-key=
func (c *call) userInfo() (*rgwdoc.Document, error) {
	var a iam.Account
	var err error
	id, named := c.params.uid()
	key := c.params.get("access-key")
	switch {
	case named:
		a, err = c.h.admin.Account(c.ctx, id)
		err = c.missing(err)
	case key != "":
		if a, err = c.h.admin.AccountByKey(c.ctx, key); err != nil && codeOf(err) != codeInternalError {
			err = codeAccessDenied
		}
	default:
		return nil, codeInvalidArgument
	}
	if err != nil {
		return nil, err
	}
	doc, err := c.userDocument(&a)
	if err != nil || !c.params.flag("stats", false) {
		return doc, err
	}
	t, err := c.h.admin.UserTotals(c.ctx, a.UserID)
	if err != nil {
		return nil, err
	}
	doc.Body = append(doc.Body.(object), field("stats", rgwdoc.UserStats(t)))
	return doc, nil
}

// missing takes a uid that cannot exist for one that does not.
func (c *call) missing(err error) error {
	if err != nil && codeOf(err) == codeInvalidArgument {
		return code(iam.ErrNoSuchUser)
	}
	return err
}

// createUser: PUT /admin/user?uid=
func (c *call) createUser() (*rgwdoc.Document, error) {
	id, named := c.params.uid()
	if !named {
		return nil, codeAccessDenied
	}
	if tenant := c.params.get("tenant"); tenant != "" {
		id.Tenant = tenant
	}
	if !iam.ValidTenant(id.Tenant) {
		return nil, codeInvalidTenantName
	}
	a := iam.Account{User: iam.User{UserID: id, DisplayName: c.params.get("display-name"), MaxBuckets: defaultMaxBuckets}}
	if err := c.applyUser(&a); err != nil {
		return nil, err
	}
	if caps := c.params.get("user-caps"); caps != "" {
		var err error
		if a.Caps, err = iam.ParseCaps(caps); err != nil {
			return nil, err
		}
	}
	if c.params.flag("generate-key", true) || c.params.get("access-key") != "" || c.params.get("secret-key") != "" {
		if err := c.applyKey(&a); err != nil {
			return nil, err
		}
	}
	a, err := c.h.admin.CreateUser(c.ctx, a)
	if err != nil {
		return nil, err
	}
	return c.userDocument(&a)
}

// modifyUser: POST /admin/user?uid=. As in RGW, user-caps is for other calls.
func (c *call) modifyUser() (*rgwdoc.Document, error) {
	id, named := c.params.uid()
	if !named {
		return nil, codeAccessDenied
	}
	a, err := c.h.admin.UpdateUser(c.ctx, id, func(a *iam.Account) error {
		if err := c.applyUser(a); err != nil {
			return err
		}
		if c.params.flag("generate-key", false) || c.params.get("access-key") != "" || c.params.get("secret-key") != "" {
			return c.applyKey(a)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return c.userDocument(&a)
}

// applyUser sets what the parameters say about a user; others stay.
func (c *call) applyUser(a *iam.Account) error {
	p := c.params
	if name := p.get("display-name"); name != "" {
		a.DisplayName = name
	}
	if p.has("email") {
		a.Email = strings.ToLower(p.get("email"))
	}
	max, err := p.number("max-buckets", int64(a.MaxBuckets))
	if err != nil || int64(int32(max)) != max {
		return codeInvalidArgument
	}
	a.MaxBuckets = int(max)
	a.Suspended = p.flag("suspended", a.Suspended)
	if p.has("op-mask") {
		a.Withheld = auth.OpsAll &^ iam.ParseOps(p.get("op-mask"))
	}
	if system := p.flag("system", a.System); system != a.System {
		if !c.caller.Admin && !c.caller.System {
			return codeInvalidArgument
		}
		a.System = system
	}
	if place := p.get("default-placement"); place != "" {
		if place != onlyPlacement {
			return codeInvalidArgument
		}
		a.DefaultPlacement = place
	}
	if tags := p.get("placement-tags"); tags != "" {
		a.PlacementTags = strings.Split(tags, ",")
	}
	return nil
}

// applyKey gives a user the key that the parameters ask for. An unknown
// key-type is no error and makes no key.
func (c *call) applyKey(a *iam.Account) error {
	switch c.params.get("key-type") {
	case "swift":
		return codeInvalidAccessKey // of a subuser, not of a user
	case "", "s3":
		return c.setKey(a, "")
	}
	return nil
}

// removeUser: DELETE /admin/user?uid=
func (c *call) removeUser() (*rgwdoc.Document, error) {
	id, named := c.params.uid()
	if !named {
		return nil, codeAccessDenied
	}
	return nil, c.missing(c.h.admin.RemoveUser(c.ctx, id, c.params.flag("purge-data", false)))
}

// listUsers: GET /admin/user?list
func (c *call) listUsers() (*rgwdoc.Document, error) {
	limit, err := c.params.number("max-entries", 1000)
	if err != nil || limit < 0 {
		return nil, codeInvalidArgument
	}
	page, err := c.userPage(limit)
	if err != nil {
		return nil, err
	}
	body := object{
		field("keys", rgwdoc.ListOf("key", page.Users, func(u iam.User) any { return u.String() })),
		field("truncated", page.Truncated), field("count", len(page.Users)),
	}
	if page.Truncated {
		body = append(body, field("marker", page.Users[len(page.Users)-1].String()))
	}
	return newDocument("result", body), nil
}

// userPage reads the users after the parameter marker.
func (c *call) userPage(limit int64) (iam.UserPage, error) {
	return c.h.admin.Users(c.ctx, iam.UsersQuery{After: iam.ParseUserID(c.params.get("marker")), Limit: int(min(limit, 1000))})
}
