package rgwadmin

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/lifecycle"
	"github.com/cofferstore/coffer/objstore/lifecycle/worker"
)

// lcList: lc list. A pass is over all buckets, so all of them show the same.
func (c *call) lcList() error {
	infos, err := c.service.LifecycleBuckets(c.ctx)
	if err != nil {
		return err
	}
	run, err := c.service.LifecycleRun(c.ctx)
	if err != nil {
		return err
	}
	started, status := time.Unix(0, 0), "UNINITIAL"
	if !run.Finished.IsZero() {
		started, status = run.Started, "COMPLETE"
	}
	return c.show("lifecycle_list", rgwdoc.ListOf("bucket_lc_info", infos, func(b objstore.BucketInfo) any {
		return object{
			field("bucket", b.Tenant+":"+b.Name+":"+rgwdoc.BucketRef(&b)),
			field("started", started.UTC().Format(http.TimeFormat)), field("status", status),
		}
	}))
}

// lcGet: lc get
func (c *call) lcGet() error {
	id, err := c.bucketID()
	if err != nil {
		return err
	}
	config, err := c.service.Lifecycle(c.ctx, id)
	switch {
	case noBucket(err):
		return c.noBucketInfo()
	case errors.Is(err, objstore.ErrNoSuchDocument):
		return fail(exitNotThere, "ERROR: bucket %s has no lifecycle rules", c.get("bucket"))
	case err != nil:
		return err
	}
	return c.show("lifecycle_config", object{field("rule_map", rgwdoc.ListOf("entry", config.Rules, func(r lifecycle.Rule) any {
		return object{field("id", r.ID), field("rule", ruleObject(&r))}
	}))})
}

// ruleObject describes a rule as RGW dumps it: numbers are texts, and what is
// not there is empty.
func ruleObject(r *lifecycle.Rule) object {
	var expiration, noncurrent, abort *int
	date, markers := "", false
	if e := r.Expiration; e != nil {
		expiration, markers = e.Days, e.DeleteMarker != nil && *e.DeleteMarker
		if e.Date != nil {
			date = e.Date.UTC().Format(time.RFC3339)
		}
	}
	o := object{field("id", r.ID), field("prefix", text(r.Prefix)), field("status", r.Status)}
	if r.Noncurrent != nil {
		noncurrent = r.Noncurrent.Days
	}
	if r.AbortUpload != nil {
		abort = r.AbortUpload.Days
	}
	return append(o, object{
		field("expiration", daysObject(expiration, date)), field("noncur_expiration", daysObject(noncurrent, "")),
		field("mp_expiration", daysObject(abort, "")), field("filter", filterObject(r.Filter)),
		field("transitions", object{}), field("noncur_transitions", object{}), field("dm_expiration", markers),
	}...)
}

func daysObject(days *int, date string) object {
	n := ""
	if days != nil {
		n = strconv.Itoa(*days)
	}
	return object{field("days", n), field("date", date)}
}

// filterObject describes a filter. Bounds of sizes, which RGW 16 does not have,
// show only where they are set.
func filterObject(f *lifecycle.Filter) object {
	if f == nil {
		f = &lifecycle.Filter{}
	}
	all := lifecycle.And{Prefix: f.Prefix, GreaterThan: f.GreaterThan, LessThan: f.LessThan}
	if f.Tag != nil {
		all.Tags = append(all.Tags, *f.Tag)
	}
	if f.And != nil {
		all = *f.And
	}
	tags := object{}
	for _, t := range all.Tags {
		tags = append(tags, field(t.Key, t.Value))
	}
	o := object{field("prefix", text(all.Prefix)), field("obj_tags", object{field("tagset", tags)})}
	if all.GreaterThan != nil {
		o = append(o, field("size_gt", *all.GreaterThan))
	}
	if all.LessThan != nil {
		o = append(o, field("size_lt", *all.LessThan))
	}
	return o
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// lcProcess: lc process makes a pass over all rules now.
func (c *call) lcProcess() error {
	_, err := c.service.ProcessLifecycle(c.ctx)
	if errors.Is(err, worker.ErrBusy) {
		return fail(exitBusy, "ERROR: lc processing returned error: a pass is running")
	}
	if err != nil {
		return explained(err, "ERROR: lc processing returned error")
	}
	return nil
}
