package rgwadmin

import (
	"errors"
	"strconv"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
)

// userInfo: user info --uid or --access-key
func (c *call) userInfo() error {
	if c.has("email") || !c.named && c.get("access-key") == "" {
		return fail(exitInvalid, "ERROR: --uid or --access-key required")
	}
	if c.named && c.has("access-key") {
		return fail(exitInvalid, "ERROR: --uid and --access-key are two ways to name a user, give one")
	}
	if c.named {
		return c.showNamed()
	}
	a, err := c.service.AccountByKey(c.ctx, c.get("access-key"))
	if errors.Is(err, iam.ErrNoSuchKey) || noUser(err) {
		return noUserInfo()
	}
	if err != nil {
		return err
	}
	return c.showUser(&a)
}

func noUserInfo() error { return fail(exitInvalid, "could not fetch user info: no user info saved") }

// showNamed prints the user that the flags name.
func (c *call) showNamed() error {
	a, err := c.service.Account(c.ctx, c.user)
	if noUser(err) {
		return noUserInfo()
	}
	if err != nil {
		return err
	}
	return c.showUser(&a)
}

// showUser prints a user with all that belongs to it.
func (c *call) showUser(a *iam.Account) error {
	u, err := rgwdoc.CollectUser(c.ctx, c.service, a)
	if err != nil {
		return err
	}
	return c.show("user_info", u.Members(a.String(), rgwdoc.KindIfSet))
}

// userList: user list; with --max-entries it is one page.
func (c *call) userList() error {
	names, truncated, err := c.userNames()
	if err != nil {
		return err
	}
	return c.showNames(names, truncated)
}

// showNames prints a list of names, or one page of them where --max-entries is
// given.
func (c *call) showNames(names []string, truncated bool) error {
	keys := rgwdoc.Strings("key", names)
	if !c.has("max-entries") {
		return c.show("keys", keys)
	}
	body := object{field("keys", keys), field("truncated", strconv.FormatBool(truncated)), field("count", len(names))}
	if truncated {
		body = append(body, field("marker", names[len(names)-1]))
	}
	return c.show("metadata_list_result", body)
}

// userNames reads one page where --max-entries is given, and all users else.
func (c *call) userNames() (names []string, truncated bool, err error) {
	limit, err := c.entries()
	if err != nil {
		return nil, false, err
	}
	q := iam.UsersQuery{After: iam.ParseUserID(c.get("marker"))}
	for !c.has("max-entries") || len(names) < limit {
		if c.has("max-entries") {
			q.Limit = min(limit-len(names), defaultEntries)
		}
		page, err := c.service.Users(c.ctx, q)
		if err != nil {
			return nil, false, err
		}
		for _, u := range page.Users {
			names = append(names, u.String())
			q.After = u.UserID
		}
		if truncated = page.Truncated; !truncated {
			break
		}
	}
	return names, truncated, nil
}

// userRemove: user rm [--purge-data]
func (c *call) userRemove() error {
	if err := c.requireUser(); err != nil {
		return err
	}
	err := c.service.RemoveUser(c.ctx, c.user, c.on("purge-data", false))
	switch {
	case noUser(err):
		return fail(exitNotThere, "could not remove user: unable to remove user, user does not exist")
	case errors.Is(err, admin.ErrHasBuckets) && !c.on("purge-data", false):
		return fail(exitExists, "could not remove user: unable to remove user, must specify purge data to remove user with buckets")
	case err != nil:
		return explained(err, "could not remove user")
	}
	return nil
}

// userSuspend: user suspend
func (c *call) userSuspend() error { return c.setSuspended(true) }

// userEnable: user enable
func (c *call) userEnable() error { return c.setSuspended(false) }

func (c *call) setSuspended(suspended bool) error {
	return c.updateUser(func(a *iam.Account) error { a.Suspended = suspended; return nil })
}

// userCheck: user check. The rows of a user change in one transaction, so there
// is nothing that could differ but who it is.
func (c *call) userCheck() error {
	if err := c.requireUser(); err != nil {
		return err
	}
	_, err := c.service.Account(c.ctx, c.user)
	if noUser(err) {
		return fail(exitNotThere, "ERROR: no such user: %s", c.user)
	}
	return err
}

// userStats: user stats. They are kept in the transactions that change them, and
// so are always up to date; as in RGW they are not there before a first bucket
// unless --sync-stats asks for them.
func (c *call) userStats() error {
	if err := c.requireUser(); err != nil {
		return err
	}
	there, err := c.service.HasUser(c.ctx, c.user)
	if err != nil {
		return err
	}
	var t objstore.Totals
	owned := objstore.BucketPage{}
	if there {
		if t, err = c.service.UserTotals(c.ctx, c.user); err != nil {
			return err
		}
		if owned, err = c.service.Buckets(c.ctx, objstore.BucketsQuery{Owner: c.user.String(), Limit: 1}); err != nil {
			return err
		}
	}
	if !there || len(owned.Buckets) == 0 && t == (objstore.Totals{}) && !c.on("sync-stats", false) {
		return fail(exitNotThere, "User has not been initialized or user does not exist")
	}
	now := c.opt.Now().UTC().Format(rgwdoc.TimeFormat)
	return c.show("stats", object{
		field("stats", rgwdoc.StoredTotals(t)), field("last_stats_sync", now), field("last_stats_update", now),
	})
}

// userRename: who owns what is told by the names of users in many rows.
func (c *call) userRename() error {
	return fail(exitNotSupported, "ERROR: user rename is not implemented: create the new user and link the buckets to it")
}
