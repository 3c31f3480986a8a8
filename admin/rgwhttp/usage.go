package rgwhttp

import (
	"strings"
	"time"

	"github.com/cofferstore/coffer/usage/rgwlog"
)

// getUsage: GET /admin/usage. Dates that cannot be read do not bound, as in RGW.
func (c *call) getUsage() (*document, error) {
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
	var body object
	if r.Entries != nil {
		body = append(body, member{"entries", listOf("user", r.Entries, usageEntry)})
	}
	if r.Summary != nil {
		body = append(body, member{"summary", listOf("user", r.Summary, usageSummary)})
	}
	return &document{"usage", body}, nil
}

func usageEntry(u rgwlog.UserEntries) any {
	return object{{"user", u.User}, {"buckets", listOf("bucket", u.Buckets, func(b rgwlog.BucketEntry) any {
		o := object{{"bucket", b.Bucket}, {"time", b.Time}, {"epoch", b.Epoch}, {"owner", b.Owner}}
		if b.Payer != "" {
			o = append(o, member{"payer", b.Payer})
		}
		return append(o, member{"categories", categoryList(b.Categories)})
	})}}
}

func usageSummary(u rgwlog.UserSummary) any {
	return object{{"user", u.User}, {"categories", categoryList(u.Categories)}, {"total", object(counts(u.Total))}}
}

func categoryList(categories []rgwlog.CategoryEntry) list {
	return listOf("entry", categories, func(e rgwlog.CategoryEntry) any {
		return append(object{{"category", e.Category}}, counts(e.Counts)...)
	})
}

func counts(n rgwlog.Counts) object {
	return object{
		{"bytes_sent", n.BytesSent}, {"bytes_received", n.BytesReceived}, {"ops", n.Ops}, {"successful_ops", n.SuccessfulOps},
	}
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
func (c *call) trimUsage() (*document, error) {
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
