package rgwhttp

import (
	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/quota"
)

// rateSubject reads whose limits a request is about.
func (c *call) rateSubject() (admin.RateSubject, error) {
	scope, global := c.params.get("ratelimit-scope"), c.params.flag("global", false)
	if scope == "anonymous" { // the guide says both
		scope = "anon"
	}
	switch {
	case scope == "user" && global:
		return admin.RateSubject{Kind: quota.KindUser}, nil
	case scope == "bucket" && global:
		return admin.RateSubject{Kind: quota.KindBucket}, nil
	case scope == "anon" && global:
		return admin.RateSubject{Kind: quota.KindAnonymous}, nil
	case scope == "user":
		user, named := c.params.uid()
		if !named {
			return admin.RateSubject{}, codeInvalidArgument
		}
		of, err := c.h.admin.UserRates(c.ctx, user)
		return of, c.missing(err)
	case scope == "bucket":
		bucket, err := c.bucketID()
		if err != nil {
			return admin.RateSubject{}, err
		}
		return c.h.admin.BucketRates(c.ctx, bucket)
	}
	return admin.RateSubject{}, codeInvalidArgument
}

// getRates: GET /admin/ratelimit. With global and without a scope it is all
// defaults.
func (c *call) getRates() (*rgwdoc.Document, error) {
	if c.params.flag("global", false) && c.params.get("ratelimit-scope") == "" {
		var all object
		for _, k := range []quota.Kind{quota.KindBucket, quota.KindUser, quota.KindAnonymous} {
			r, err := c.h.admin.Rates(c.ctx, admin.RateSubject{Kind: k})
			if err != nil {
				return nil, err
			}
			all = append(all, field(string(k)+"_ratelimit", rgwdoc.Rates(r)))
		}
		return newDocument("period_config", all), nil
	}
	of, err := c.rateSubject()
	if err != nil {
		return nil, err
	}
	r, err := c.h.admin.Rates(c.ctx, of)
	if err != nil {
		return nil, err
	}
	return newDocument("ratelimit", object{field(string(of.Kind)+"_ratelimit", rgwdoc.Rates(r))}), nil
}

// setRates: POST /admin/ratelimit. Parameters that are not there leave things
// as they are.
func (c *call) setRates() (*rgwdoc.Document, error) {
	of, err := c.rateSubject()
	if err != nil {
		return nil, err
	}
	merge, err := c.rateChange()
	if err != nil {
		return nil, err
	}
	return nil, c.h.admin.UpdateRates(c.ctx, of, merge)
}

// rateChange reads what is to change. Limits of lists and of deletions are those
// of a later Ceph.
func (c *call) rateChange() (func(*quota.RateSpec), error) {
	if c.params.has("max-list-ops") || c.params.has("max-delete-ops") {
		return nil, codeNotImplemented
	}
	limits, err := rgwdoc.RateChange(func(name string) (int64, bool, error) {
		n, err := c.params.number(name, 0)
		return n, c.params.has(name), err
	})
	return func(r *quota.RateSpec) {
		limits(r)
		r.Enabled = c.params.flag("enabled", r.Enabled)
	}, err
}
