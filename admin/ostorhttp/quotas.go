package ostorhttp

import (
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/quota"
)

// quotaVersion is the version of the answer's format.
const quotaVersion = "1"

// quotaJSON is a quota in gigabytes.
type quotaJSON struct {
	Version string `json:"version"`
	Type    string `json:"type"`
	Size    string `json:"size"`
}

// quotaSubject reads whose quota a request is about.
func (c *call) quotaSubject() (admin.QuotaSubject, error) {
	s, err := c.params.needSelector(byEmail, byID, byBucket, byDefault)
	if err != nil {
		return admin.QuotaSubject{}, err
	}
	if s.by == byDefault {
		return admin.DefaultQuota(quota.Kind(s.value))
	}
	return c.h.admin.QuotaSubject(c.ctx, s.user(), s.bucket())
}

// getQuota: GET ostor-quotas
func (c *call) getQuota() (any, error) {
	of, err := c.quotaSubject()
	if err != nil {
		return nil, err
	}
	size, err := c.h.admin.Quota(c.ctx, of)
	return quotaJSON{quotaVersion, string(of.Kind), strconv.FormatInt(size, 10)}, err
}

// setQuota: PUT ostor-quotas
func (c *call) setQuota() (any, error) {
	value, err := c.params.need("quota-size")
	if err != nil {
		return nil, err
	}
	size, err := strconv.ParseInt(value, 10, 64)
	if err != nil || strings.Trim(value, "0123456789") != "" {
		return nil, badArgument("quota-size is a number of gigabytes")
	}
	of, err := c.quotaSubject()
	if err != nil {
		return nil, err
	}
	return done{}, c.h.admin.SetQuota(c.ctx, of, size)
}

// deleteQuota: DELETE ostor-quotas
func (c *call) deleteQuota() (any, error) {
	of, err := c.quotaSubject()
	if err != nil {
		return nil, err
	}
	return removed{}, c.h.admin.RemoveQuota(c.ctx, of)
}
