package rgwadmin

import (
	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/quota"
)

// rateKinds are the values of --ratelimit-scope.
var rateKinds = map[string]quota.Kind{
	"user": quota.KindUser, "bucket": quota.KindBucket, "anonymous": quota.KindAnonymous, "anon": quota.KindAnonymous,
}

// badRateScope is the refusal of a scope that is none.
func badRateScope() error {
	return fail(exitInvalid, "ERROR: invalid ratelimit scope specification. Please specify either --ratelimit-scope=bucket, or --ratelimit-scope=user")
}

// rateSubject reads whose limits a command is about: a bucket's or a user's.
func (c *call) rateSubject() (admin.RateSubject, error) {
	scope := c.get("ratelimit-scope")
	if scope == "" && c.has("bucket") != c.named {
		scope = "user"
		if c.has("bucket") {
			scope = "bucket"
		}
	}
	switch {
	case scope == "user" && c.has("bucket"):
		return admin.RateSubject{}, badRateScope()
	case scope == "user" && c.named:
		of, err := c.service.UserRates(c.ctx, c.user)
		if noUser(err) {
			err = fail(exitNotThere, "ERROR: no such user: %s", c.user)
		}
		return of, err
	case scope == "bucket" && c.has("bucket"):
		id, err := c.bucketID()
		if err != nil {
			return admin.RateSubject{}, err
		}
		of, err := c.service.BucketRates(c.ctx, id)
		if noBucket(err) {
			err = fail(exitNotThere, "could not get bucket info for bucket=%s: %s", c.get("bucket"), errno(exitNotThere))
		}
		return of, err
	case scope == "user", scope == "bucket":
		return admin.RateSubject{}, fail(exitInvalid, "ERROR: bucket name or uid is required for ratelimit operation")
	}
	return admin.RateSubject{}, badRateScope()
}

// rateGet: ratelimit get
func (c *call) rateGet() error {
	of, err := c.rateSubject()
	if err != nil {
		return err
	}
	r, err := c.service.Rates(c.ctx, of)
	if err != nil {
		return err
	}
	return c.show("ratelimit", object{field(string(of.Kind)+"_ratelimit", rgwdoc.Rates(r))})
}

// rateSet: ratelimit set
func (c *call) rateSet() error {
	change, err := c.rateChange()
	if err != nil {
		return err
	}
	return c.changeRates(c.rateSubject, change)
}

// rateEnable: ratelimit enable
func (c *call) rateEnable() error {
	return c.changeRates(c.rateSubject, func(r *quota.RateSpec) { r.Enabled = true })
}

// rateDisable: ratelimit disable
func (c *call) rateDisable() error {
	return c.changeRates(c.rateSubject, func(r *quota.RateSpec) { r.Enabled = false })
}

func (c *call) changeRates(subject func() (admin.RateSubject, error), change func(*quota.RateSpec)) error {
	of, err := subject()
	if err != nil {
		return err
	}
	return c.service.UpdateRates(c.ctx, of, change)
}

// rateChange reads the limits that the flags set.
func (c *call) rateChange() (func(*quota.RateSpec), error) {
	return rgwdoc.RateChange(func(name string) (int64, bool, error) {
		n, err := c.number(name, 0)
		return n, c.has(name), err
	})
}

// globalRateGet: global ratelimit get
func (c *call) globalRateGet() error {
	kinds := []quota.Kind{quota.KindBucket, quota.KindUser, quota.KindAnonymous}
	if c.has("ratelimit-scope") {
		of, err := c.globalRates()
		if err != nil {
			return err
		}
		kinds = []quota.Kind{of.Kind}
	}
	var all object
	for _, k := range kinds {
		r, err := c.service.Rates(c.ctx, admin.RateSubject{Kind: k})
		if err != nil {
			return err
		}
		all = append(all, field(string(k)+"_ratelimit", rgwdoc.Rates(r)))
	}
	return c.show("period_config", all)
}

// globalRates reads which defaults a command is about.
func (c *call) globalRates() (admin.RateSubject, error) {
	kind, ok := rateKinds[c.get("ratelimit-scope")]
	if !ok {
		return admin.RateSubject{}, badRateScope()
	}
	return admin.RateSubject{Kind: kind}, nil
}

// globalRateSet: global ratelimit set
func (c *call) globalRateSet() error {
	change, err := c.rateChange()
	if err != nil {
		return err
	}
	return c.changeRates(c.globalRates, change)
}

// globalRateEnable: global ratelimit enable
func (c *call) globalRateEnable() error {
	return c.changeRates(c.globalRates, func(r *quota.RateSpec) { r.Enabled = true })
}

// globalRateDisable: global ratelimit disable
func (c *call) globalRateDisable() error {
	return c.changeRates(c.globalRates, func(r *quota.RateSpec) { r.Enabled = false })
}
