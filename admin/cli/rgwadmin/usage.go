package rgwadmin

import (
	"strings"
	"time"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/usage/rgwlog"
)

// usageShow: usage show
func (c *call) usageShow() error {
	start, end, err := c.dates()
	if err != nil {
		return err
	}
	q := rgwlog.Query{
		Bucket: c.get("bucket"), Start: start, End: end,
		NoEntries: !c.on("show-log-entries", true), NoSummary: !c.on("show-log-sum", true),
	}
	if c.named {
		q.User = c.user.String()
	}
	if c.has("categories") {
		q.Categories = strings.Split(c.get("categories"), ",")
	}
	r, err := c.service.Usage(c.ctx, q)
	if err != nil {
		return err
	}
	return c.showDocument(rgwdoc.Usage(&r))
}

// dates reads --start-date and --end-date; one that is not there is the zero
// time.
func (c *call) dates() (start, end time.Time, err error) {
	if c.has("start-date") {
		if start, err = rgwlog.ParseTime(c.get("start-date")); err != nil {
			return start, end, fail(exitFailure, "ERROR: failed to parse start date")
		}
	}
	if c.has("end-date") {
		if end, err = rgwlog.ParseTime(c.get("end-date")); err != nil {
			return start, end, fail(exitFailure, "ERROR: failed to parse end date")
		}
	}
	return start, end, nil
}

// usageTrim: usage trim. What would remove everything needs to be meant.
func (c *call) usageTrim() error {
	start, end, err := c.dates()
	if err != nil {
		return err
	}
	narrow := c.named || c.has("bucket") || c.has("start-date") || c.has("end-date")
	if !narrow && !c.on("yes-i-really-mean-it", false) {
		return fail(exitFailure, "usage trim without user/date/bucket specified will remove *all* users data\n"+
			"do you really mean it? (requires --yes-i-really-mean-it)")
	}
	q := rgwlog.TrimQuery{Bucket: c.get("bucket"), Start: start, End: end, All: !c.named}
	if c.named {
		q.User = c.user.String()
	}
	return c.service.TrimUsage(c.ctx, q)
}
