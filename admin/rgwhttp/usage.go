package rgwhttp

import (
	"strings"
	"time"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/usage/rgwlog"
)

// getUsage: GET /admin/usage. Dates that cannot be read do not bound, as in RGW.
func (c *call) getUsage() (*rgwdoc.Document, error) {
	id, _ := c.params.uid()
	q := rgwlog.Query{
		User: id.String(), Bucket: c.params.get("bucket"),
		NoEntries: !c.params.flag("show-entries", true), NoSummary: !c.params.flag("show-summary", true),
	}
	q.Start, _ = c.date("start")
	q.End, _ = c.date("end")
	if names := c.params.get("categories"); names != "" {
		q.Categories = strings.Split(names, ",")
	}
	r, err := c.h.admin.Usage(c.ctx, q)
	if err != nil {
		return nil, err
	}
	return rgwdoc.Usage(&r), nil
}

// date reads a parameter; one that is not there is the zero time.
func (c *call) date(name string) (time.Time, error) {
	s := c.params.get(name)
	if s == "" {
		return time.Time{}, nil
	}
	t, err := rgwlog.ParseTime(s)
	if err != nil {
		return time.Time{}, codeInvalidArgument
	}
	return t, nil
}

// trimUsage: DELETE /admin/usage. Unlike RGW, which then removes more than was
// meant, it refuses dates that cannot be read, and wants remove-all where no
// user is named.
func (c *call) trimUsage() (*rgwdoc.Document, error) {
	id, named := c.params.uid()
	q := rgwlog.TrimQuery{User: id.String(), Bucket: c.params.get("bucket"), All: c.params.flag("remove-all", false)}
	var err error
	if q.Start, err = c.date("start"); err != nil {
		return nil, err
	}
	if q.End, err = c.date("end"); err != nil {
		return nil, err
	}
	if !named && !q.All {
		return nil, codeInvalidArgument
	}
	return nil, c.h.admin.TrimUsage(c.ctx, q)
}
