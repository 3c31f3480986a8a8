package rgwhttp

import (
	"github.com/cofferstore/coffer/quota"
)

// rateSubject reads whose limits a request is about; id is "" for the defaults.
func (c *call) rateSubject() (k quota.Kind, id string, err error) {
	scope, global := c.params.get("ratelimit-scope"), c.params.flag("global", false)
	switch {
	case scope == "user" && global:
		return quota.KindUser, "", nil
	case scope == "bucket" && global:
		return quota.KindBucket, "", nil
	case scope == "anon" && global:
		return quota.KindAnonymous, "", nil
	case scope == "user":
		user, named := c.params.uid()
		if !named {
			return "", "", codeInvalidArgument
		}
		return quota.KindUser, user.String(), nil
	case scope == "bucket":
		bucket, err := c.bucketID()
		return quota.KindBucket, bucket.String(), err
	}
	return "", "", codeInvalidArgument
}

func rateObject(r quota.RateSpec) object {
	return object{
		{"max_read_ops", r.MaxReadOps}, {"max_write_ops", r.MaxWriteOps},
		{"max_read_bytes", r.MaxReadBytes}, {"max_write_bytes", r.MaxWriteBytes}, {"enabled", r.Enabled},
	}
}

// getRates: GET /admin/ratelimit. With global and without a scope it is all
// defaults.
func (c *call) getRates() (*document, error) {
	if c.params.flag("global", false) && c.params.get("ratelimit-scope") == "" {
		var all object
		for _, k := range []quota.Kind{quota.KindBucket, quota.KindUser, quota.KindAnonymous} {
			r, err := c.h.admin.DefaultRates(c.ctx, k)
			if err != nil {
				return nil, err
			}
			all = append(all, member{string(k) + "_ratelimit", rateObject(r)})
		}
		return &document{"period_config", all}, nil
	}
	k, id, err := c.rateSubject()
	if err != nil {
		return nil, err
	}
	var r quota.RateSpec
	if id == "" {
		r, err = c.h.admin.DefaultRates(c.ctx, k)
	} else {
		r, err = c.h.admin.Rates(c.ctx, k, id)
	}
	if err != nil {
		return nil, err
	}
	return &document{"ratelimit", object{{string(k) + "_ratelimit", rateObject(r)}}}, nil
}

// setRates: POST /admin/ratelimit. Parameters that are not there leave things
// as they are.
func (c *call) setRates() (*document, error) {
	k, id, err := c.rateSubject()
	if err != nil {
		return nil, err
	}
	merge, err := c.rateChange()
	if err != nil {
		return nil, err
	}
	if id != "" {
		return nil, c.h.admin.UpdateRates(c.ctx, k, id, merge)
	}
	r, err := c.h.admin.DefaultRates(c.ctx, k)
	if err != nil {
		return nil, err
	}
	merge(&r)
	return nil, c.h.admin.SetDefaultRates(c.ctx, k, r)
}

// rateChange reads what is to change.
func (c *call) rateChange() (func(*quota.RateSpec), error) {
	var changes []func(*quota.RateSpec)
	for _, f := range []struct {
		name  string
		field func(*quota.RateSpec) *int64
	}{
		{"max-read-ops", func(r *quota.RateSpec) *int64 { return &r.MaxReadOps }},
		{"max-write-ops", func(r *quota.RateSpec) *int64 { return &r.MaxWriteOps }},
		{"max-read-bytes", func(r *quota.RateSpec) *int64 { return &r.MaxReadBytes }},
		{"max-write-bytes", func(r *quota.RateSpec) *int64 { return &r.MaxWriteBytes }},
	} {
		n, err := c.params.number(f.name, 0)
		if err != nil {
			return nil, err
		}
		if c.params.has(f.name) {
			changes = append(changes, func(r *quota.RateSpec) { *f.field(r) = n })
		}
	}
	return func(r *quota.RateSpec) {
		for _, change := range changes {
			change(r)
		}
		r.Enabled = c.params.flag("enabled", r.Enabled)
	}, nil
}
