package rgwadmin

import (
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
)

// object and list are what documents are made of.
type (
	object = rgwdoc.Object
	list   = rgwdoc.List
)

func field(name string, value any) rgwdoc.Member { return rgwdoc.Field(name, value) }

// call is one run of a command.
type call struct {
	*line
	ctx         context.Context
	service     *admin.Service
	opt         *Options
	out, errors io.Writer

	arg     string     // what stands behind the command
	user    iam.UserID // of --uid, --tenant or --subuser
	named   bool       // there is one
	subuser string     // of --subuser, without the user's name
	ofRoles bool       // the command is on roles, which have tenants but no users
}

// names reads who and what the flags name. An empty name is refused: it is that
// of a script whose variable is not set, and would be taken for all.
func (c *call) names() error {
	for _, name := range [...]string{"uid", "bucket"} {
		if c.has(name) && c.get(name) == "" {
			return fail(exitInvalid, "ERROR: --%s is empty", name)
		}
	}
	c.user, c.named = iam.ParseUserID(c.get("uid")), c.get("uid") != ""
	if tenant := c.get("tenant"); tenant != "" {
		switch {
		case !iam.ValidTenant(tenant):
			return fail(exitInvalid, "ERROR: invalid tenant name")
		case c.user.Tenant != "" && c.user.Tenant != tenant:
			return fail(exitInvalid, "ERROR: tenant %s is not that of user %s", tenant, c.user)
		case !c.named && !c.has("subuser") && !c.ofRoles:
			return fail(exitInvalid, "ERROR: --tenant is set, but there's no user ID")
		}
		c.user.Tenant = tenant
	}
	c.subuser = c.get("subuser")
	if !strings.Contains(c.subuser, ":") {
		return nil
	}
	var of iam.UserID
	of, c.subuser = iam.SplitSubuser(c.subuser)
	switch {
	case !c.named:
		if of.Tenant == "" {
			of.Tenant = c.user.Tenant
		}
		c.user, c.named = of, true
	case of != c.user && of != (iam.UserID{UID: c.user.UID}): // the tenant may be left out
		return fail(exitInvalid, "bad subuser: subuser %s is not of user %s", c.get("subuser"), c.user)
	}
	return nil
}

// requireUser wants --uid.
func (c *call) requireUser() error {
	if !c.named {
		return fail(exitInvalid, "ERROR: uid not specified")
	}
	return nil
}

// bucketID reads --bucket: "name", "tenant/name"; without a tenant it is that of
// --uid.
func (c *call) bucketID() (objstore.BucketID, error) {
	s := c.get("bucket")
	if s == "" {
		return objstore.BucketID{}, fail(exitInvalid, "ERROR: bucket name was not specified")
	}
	return rgwdoc.ParseBucketName(s, c.user.Tenant), nil
}

// noBucket tells whether there is no such bucket, or cannot be.
func noBucket(err error) bool {
	return errors.Is(err, objstore.ErrNoSuchBucket) || errors.Is(err, objstore.ErrInvalidBucketName)
}

// noUser tells whether there is no such user, or cannot be.
func noUser(err error) bool {
	return errors.Is(err, iam.ErrNoSuchUser) || errors.Is(err, iam.ErrInvalidArgument)
}

// number reads a flag that is a number; one that is not there is def.
func (c *call) number(name string, def int64) (int64, error) {
	if !c.has(name) {
		return def, nil
	}
	n, err := strconv.ParseInt(c.get(name), 10, 64)
	if err != nil {
		return 0, fail(exitInvalid, "ERROR: failed to parse %s: not a number", strings.ReplaceAll(name, "-", " "))
	}
	return n, nil
}

// defaultEntries is how many entries are listed without --max-entries.
const defaultEntries = 1000

// entries reads --max-entries.
func (c *call) entries() (int, error) {
	n, err := c.number("max-entries", defaultEntries)
	if err == nil && (n < 0 || n > 1<<30) {
		err = fail(exitInvalid, "ERROR: failed to parse max entries: want a number that is not negative")
	}
	return int(n), err
}
