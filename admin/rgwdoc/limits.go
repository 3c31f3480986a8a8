package rgwdoc

import "github.com/cofferstore/coffer/quota"

// Quota describes a quota. Sizes are bytes, and kilobytes rounded up.
func Quota(q quota.Spec) Object {
	kb := int64(0)
	if q.MaxBytes > 0 {
		kb = (q.MaxBytes-1)/1024 + 1
	}
	return Object{
		{"enabled", q.Enabled}, {"check_on_raw", false},
		{"max_size", q.MaxBytes}, {"max_size_kb", kb}, {"max_objects", q.MaxObjects},
	}
}

// Rates describes rate limits: operations and bytes in a minute, 0 for no limit.
func Rates(r quota.RateSpec) Object {
	return Object{
		{"max_read_ops", r.MaxReadOps}, {"max_write_ops", r.MaxWriteOps},
		{"max_read_bytes", r.MaxReadBytes}, {"max_write_bytes", r.MaxWriteBytes}, {"enabled", r.Enabled},
	}
}

// RateChange reads the parameters that set limits, of which number tells the value
// and whether it is given. Limits that are not given stay.
func RateChange(number func(name string) (n int64, given bool, err error)) (func(*quota.RateSpec), error) {
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
		n, given, err := number(f.name)
		if err != nil {
			return nil, err
		}
		if given {
			changes = append(changes, func(r *quota.RateSpec) { *f.field(r) = n })
		}
	}
	return func(r *quota.RateSpec) {
		for _, change := range changes {
			change(r)
		}
	}, nil
}
