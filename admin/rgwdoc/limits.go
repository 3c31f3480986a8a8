package rgwdoc

import "github.com/cofferstore/coffer/quota"

// NoQuota is shown where there is none.
func NoQuota() quota.Spec {
	return quota.Spec{MaxBytes: quota.Unlimited, MaxObjects: quota.Unlimited}
}

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
