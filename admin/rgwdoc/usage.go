package rgwdoc

import "github.com/cofferstore/coffer/usage/rgwlog"

// Usage describes a report of usage. What was not asked for is left out.
func Usage(r *rgwlog.Report) *Document {
	var body Object
	if r.Entries != nil {
		body = append(body, Member{"entries", ListOf("user", r.Entries, usageEntry)})
	}
	if r.Summary != nil {
		body = append(body, Member{"summary", ListOf("user", r.Summary, usageSummary)})
	}
	return &Document{"usage", body}
}

func usageEntry(u rgwlog.UserEntries) any {
	return Object{{"user", u.User}, {"buckets", ListOf("bucket", u.Buckets, func(b rgwlog.BucketEntry) any {
		o := Object{{"bucket", b.Bucket}, {"time", b.Time}, {"epoch", b.Epoch}, {"owner", b.Owner}}
		if b.Payer != "" {
			o = append(o, Member{"payer", b.Payer})
		}
		return append(o, Member{"categories", categoryList(b.Categories)})
	})}}
}

func usageSummary(u rgwlog.UserSummary) any {
	return Object{{"user", u.User}, {"categories", categoryList(u.Categories)}, {"total", counts(u.Total)}}
}

func categoryList(categories []rgwlog.CategoryEntry) List {
	return ListOf("entry", categories, func(e rgwlog.CategoryEntry) any {
		return append(Object{{"category", e.Category}}, counts(e.Counts)...)
	})
}

func counts(n rgwlog.Counts) Object {
	return Object{
		{"bytes_sent", n.BytesSent}, {"bytes_received", n.BytesReceived}, {"ops", n.Ops}, {"successful_ops", n.SuccessfulOps},
	}
}
