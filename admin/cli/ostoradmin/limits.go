package ostoradmin

import (
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/quota"
)

// units follow the values of limits.
var units = map[admin.LimitType]string{admin.LimitOps: "ops/s", admin.LimitBandwidth: "kbs/s"}

// printLimits prints all limits of a subject.
func (c *call) printLimits(limits []admin.Limit, err error) error {
	for _, l := range limits {
		c.printf("%s:%s=%s%s\n", l.Type, l.Resource, l, units[l.Type])
	}
	return err
}

// setLimits: set-limits -t TYPE -L RESOURCE=VALUE ...
func (c *call) setLimits() error {
	var limits []admin.Limit
	for _, text := range c.limits {
		resource, value, _ := strings.Cut(text, "=")
		l, err := admin.ParseLimit(admin.LimitType(c.kind), resource, value)
		if err != nil {
			return usageError("set-limits: -t is ops or bandwidth, -L for example get=3600 or out=100")
		}
		limits = append(limits, l)
	}
	of, err := c.admin.LimitSubject(c.ctx, c.user(), c.bucket)
	if err != nil {
		return err
	}
	return c.printLimits(c.admin.SetLimits(c.ctx, of, limits...))
}

// queryLimits: query-limits
func (c *call) queryLimits() error {
	of, err := c.admin.LimitSubject(c.ctx, c.user(), c.bucket)
	if err != nil {
		return err
	}
	return c.printLimits(c.admin.Limits(c.ctx, of))
}

// removeLimits: rm-limits
func (c *call) removeLimits() error {
	of, err := c.admin.LimitSubject(c.ctx, c.user(), c.bucket)
	if err != nil {
		return err
	}
	return c.printLimits(c.admin.RemoveLimits(c.ctx, of, ""))
}

// quotaSubject is whose quota a command is about.
func (c *call) quotaSubject() (admin.QuotaSubject, error) {
	if c.general == "" {
		return c.admin.QuotaSubject(c.ctx, c.user(), c.bucket)
	}
	of, err := admin.DefaultQuota(quota.Kind(c.general))
	if err != nil {
		err = usageError("-o is user or bucket")
	}
	return of, err
}

// queryQuota: query-quotas
func (c *call) queryQuota() error {
	of, err := c.quotaSubject()
	if err != nil {
		return err
	}
	size, err := c.admin.Quota(c.ctx, of)
	c.printf("version: '1'\nsize: '%d'\ntype: '%s'\n", size, of.Kind)
	return err
}

// setQuota: set-quotas -q GIGABYTES
func (c *call) setQuota() error {
	size, err := strconv.ParseInt(c.size, 10, 64)
	if err != nil || strings.Trim(c.size, "0123456789") != "" {
		return usageError("set-quotas: -q is a number of gigabytes")
	}
	of, err := c.quotaSubject()
	if err == nil {
		err = c.admin.SetQuota(c.ctx, of, size)
	}
	if err != nil {
		return err
	}
	return c.queryQuota()
}

// removeQuota: rm-quotas
func (c *call) removeQuota() error {
	of, err := c.quotaSubject()
	if err != nil {
		return err
	}
	c.printf("successfully removed quotas\n")
	return c.admin.RemoveQuota(c.ctx, of)
}
