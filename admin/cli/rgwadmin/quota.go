package rgwadmin

import (
	"errors"
	"math/bits"
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/quota"
)

// quotaSet: quota set
func (c *call) quotaSet() error {
	change, err := c.quotaChange()
	if err != nil {
		return err
	}
	return c.changeQuota(change)
}

// quotaEnable: quota enable
func (c *call) quotaEnable() error {
	return c.changeQuota(func(q *quota.Spec) { q.Enabled = true })
}

// quotaDisable: quota disable
func (c *call) quotaDisable() error {
	return c.changeQuota(func(q *quota.Spec) { q.Enabled = false })
}

// quotaChange reads the bounds that the flags set.
func (c *call) quotaChange() (func(*quota.Spec), error) {
	objects, err := c.bound("max-objects", func(s string) (int64, error) {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return 0, errors.New("strict_strtoll: not a number")
		}
		return n, nil
	})
	if err != nil {
		return nil, err
	}
	size, err := c.bound("max-size", parseSize)
	if err != nil {
		return nil, err
	}
	return func(q *quota.Spec) {
		if c.has("max-objects") {
			q.MaxObjects = objects
		}
		if c.has("max-size") {
			q.MaxBytes = size
		}
	}, nil
}

// bound reads a bound; everything negative is none.
func (c *call) bound(name string, parse func(string) (int64, error)) (int64, error) {
	if !c.has(name) {
		return 0, nil
	}
	n, err := parse(c.get(name))
	if err != nil {
		return 0, fail(exitInvalid, "ERROR: failed to parse %s: %v", strings.ReplaceAll(name, "-", " "), err)
	}
	if n < 0 {
		return quota.Unlimited, nil
	}
	return n, nil
}

// parseSize reads a number of bytes: "10", "10K", "10M", "10Mi", as Ceph does, to
// which K is 1024.
func parseSize(s string) (int64, error) {
	end := strings.IndexFunc(s, func(r rune) bool { return (r < '0' || r > '9') && r != '-' })
	number, unit := s, ""
	if end >= 0 {
		number, unit = s[:end], s[end:]
	}
	if len(unit) > 2 {
		return 0, errors.New("strict_iecstrtoll: illegal prefix (length > 2)")
	}
	shift := 0
	if unit != "" && unit != "B" {
		i := strings.Index("KMGTPE", unit[:1])
		if i < 0 || len(unit) == 2 && unit[1] != 'i' {
			return 0, errors.New("strict_iecstrtoll: unit prefix not recognized")
		}
		shift = 10 * (i + 1)
	}
	n, err := strconv.ParseInt(number, 10, 64)
	if err != nil {
		return 0, errors.New("strict_iecstrtoll: not a number")
	}
	switch {
	case n < 0:
		return n, nil // no limit, in any unit
	case bits.Len64(uint64(n))+shift > 63:
		return 0, errors.New("strict_iecstrtoll: value seems to be too large")
	}
	return n << shift, nil
}

// badScope is the refusal of a scope that is none.
func badScope() error {
	return fail(exitInvalid, "ERROR: invalid quota scope specification. Please specify either --quota-scope=bucket, or --quota-scope=user")
}

// changeQuota changes the quota that the flags name: of a bucket, of a user, or
// of each bucket of a user.
func (c *call) changeQuota(change func(*quota.Spec)) error {
	scope := c.get("quota-scope")
	switch {
	case c.has("bucket") && (scope == "" || scope == "bucket"):
		return c.changeBucketQuota(change)
	case scope != "user" && scope != "bucket", c.has("bucket"):
		return badScope()
	case !c.named:
		return fail(exitInvalid, "ERROR: bucket name or uid is required for quota operation")
	}
	err := c.service.UpdateUserQuotas(c.ctx, c.user, func(q *quota.UserSpecs) error {
		change(ofScope(q, scope))
		return nil
	})
	if noUser(err) {
		return fail(exitNotThere, "ERROR: no such user: %s", c.user)
	}
	return err
}

// ofScope is the one of two quotas that --quota-scope names.
func ofScope(q *quota.UserSpecs, scope string) *quota.Spec {
	if scope == "bucket" {
		return &q.Bucket
	}
	return &q.User
}

func (c *call) changeBucketQuota(change func(*quota.Spec)) error {
	id, err := c.bucketID()
	if err != nil {
		return err
	}
	q, err := c.service.BucketQuota(c.ctx, id)
	if noBucket(err) {
		return fail(exitNotThere, "could not get bucket info for bucket=%s: %s", c.get("bucket"), errno(exitNotThere))
	}
	if err != nil {
		return err
	}
	change(&q)
	return c.service.SetBucketQuota(c.ctx, id, q)
}

// globalQuotaGet: global quota get. These are the quotas of users and buckets
// that have none.
func (c *call) globalQuotaGet() error {
	q, err := c.service.DefaultQuotas(c.ctx)
	if err != nil {
		return err
	}
	// The spaces are RGW's.
	both := object{field("bucket quota", rgwdoc.Quota(q.Bucket)), field("user quota", rgwdoc.Quota(q.User))}
	switch c.get("quota-scope") {
	case "":
		return c.show("period_config", both)
	case "bucket":
		return c.show("period_config", both[:1])
	case "user":
		return c.show("period_config", both[1:])
	}
	return badScope()
}

// globalQuotaSet: global quota set
func (c *call) globalQuotaSet() error {
	change, err := c.quotaChange()
	if err != nil {
		return err
	}
	return c.changeGlobalQuota(change)
}

// globalQuotaEnable: global quota enable
func (c *call) globalQuotaEnable() error {
	return c.changeGlobalQuota(func(q *quota.Spec) { q.Enabled = true })
}

// globalQuotaDisable: global quota disable
func (c *call) globalQuotaDisable() error {
	return c.changeGlobalQuota(func(q *quota.Spec) { q.Enabled = false })
}

func (c *call) changeGlobalQuota(change func(*quota.Spec)) error {
	scope := c.get("quota-scope")
	if scope != "user" && scope != "bucket" {
		return badScope()
	}
	err := c.service.UpdateDefaultQuotas(c.ctx, func(q *quota.UserSpecs) error {
		change(ofScope(q, scope))
		return nil
	})
	if err != nil {
		return err
	}
	return c.globalQuotaGet()
}
