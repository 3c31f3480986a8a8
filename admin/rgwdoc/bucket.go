package rgwdoc

import (
	"encoding/hex"
	"strings"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/quota"
)

// BucketName is how a bucket is named: "name", or "tenant/name".
func BucketName(id objstore.BucketID) string {
	if id.Tenant == "" {
		return id.Name
	}
	return id.Tenant + "/" + id.Name
}

// ParseBucketName is the inverse of [BucketName]. Without a tenant, the bucket is
// in the given one.
func ParseBucketName(s, tenant string) objstore.BucketID {
	if own, name, ok := strings.Cut(s, "/"); ok {
		return objstore.BucketID{Tenant: own, Name: name}
	}
	return objstore.BucketID{Tenant: tenant, Name: s}
}

// BucketRef is the id of a bucket that clients see.
func BucketRef(b *objstore.BucketInfo) string { return hex.EncodeToString(b.Ref[:]) }

// OnlyPlacement is the name of the one placement there is.
const OnlyPlacement = "default-placement"

// Bucket describes a bucket with its quota. Shards, zones and pools are Ceph's;
// their members are there for clients that read them.
func Bucket(b *admin.BucketStats, q quota.Spec) Object {
	ref := BucketRef(&b.BucketInfo)
	created := b.Created.UTC().Format(TimeFormat)
	o := Object{
		{"bucket", b.Name},
		{"num_shards", 0},
		{"tenant", b.Tenant},
		{"zonegroup", ""},
		{"placement_rule", OnlyPlacement},
		{"explicit_placement", noPools()},
		{"id", ref},
		{"marker", ref},
		{"index_type", "Normal"},
		{"owner", b.Owner},
		{"ver", ""},
		{"master_ver", ""},
		{"mtime", created},
		{"creation_time", created},
		{"max_marker", ""},
		{"usage", BucketUsage(b.Totals)},
		{"bucket_quota", Quota(q)},
	}
	if len(b.Tags) > 0 {
		var tags Object
		for _, t := range b.Tags {
			tags = append(tags, Member{t.Key, t.Value})
		}
		o = append(o, Member{"tagset", tags})
	}
	return o
}

// noPools stands where Ceph names the pools of a bucket.
func noPools() Object {
	return Object{{"data_pool", ""}, {"data_extra_pool", ""}, {"index_pool", ""}}
}

// TimeFormat is how times are written, in UTC.
const TimeFormat = "2006-01-02T15:04:05.000000Z"

// BucketUsage describes what a bucket holds: parts of unfinished uploads count
// as objects, and the uploads themselves apart.
func BucketUsage(t objstore.Totals) Object {
	var usage Object
	size := t.Bytes + t.NoncurrentBytes + t.PartBytes
	if n := t.Objects + t.Noncurrent + t.DeleteMarkers + t.Parts; n > 0 {
		usage = append(usage, Member{"rgw.main", Object{
			{"size", size}, {"size_actual", t.RoundedBytes}, {"size_utilized", size},
			{"size_kb", kilobytes(size)}, {"size_kb_actual", kilobytes(t.RoundedBytes)}, {"size_kb_utilized", kilobytes(size)},
			{"num_objects", n},
		}})
	}
	if t.Uploads > 0 {
		usage = append(usage, Member{"rgw.multimeta", Object{
			{"size", 0}, {"size_actual", 0}, {"size_utilized", 0},
			{"size_kb", 0}, {"size_kb_actual", 0}, {"size_kb_utilized", 0},
			{"num_objects", t.Uploads},
		}})
	}
	if usage == nil {
		usage = Object{}
	}
	return usage
}

// UserStats describes all that is stored as the Admin Ops API does. RGW leaves size_utilized at 0 for
// users.
func UserStats(t objstore.Totals) Object {
	size := t.Bytes + t.NoncurrentBytes + t.PartBytes
	return Object{
		{"size", size}, {"size_actual", t.RoundedBytes}, {"size_utilized", 0},
		{"size_kb", kilobytes(size)}, {"size_kb_actual", kilobytes(t.RoundedBytes)}, {"size_kb_utilized", 0},
		{"num_objects", t.Objects + t.Noncurrent + t.Parts},
	}
}

// kilobytes rounds up.
func kilobytes(n int64) int64 { return (n + 1023) / 1024 }

// StoredTotals describes all that is stored as radosgw-admin does for users.
func StoredTotals(t objstore.Totals) Object {
	size := t.Bytes + t.NoncurrentBytes + t.PartBytes
	return Object{
		{"size", size}, {"size_actual", t.RoundedBytes}, {"size_kb", kilobytes(size)}, {"size_kb_actual", kilobytes(t.RoundedBytes)},
		{"num_objects", t.Objects + t.Noncurrent + t.Parts},
	}
}

// BucketCheck describes what a recount found. Uploads that are broken do not
// exist here.
func BucketCheck(found *objstore.BucketCheck) Object {
	return Object{
		{"invalid_multipart_entries", List{Item: "object"}},
		{"check_result", Object{
			{"existing_header", Object{{"usage", BucketUsage(found.Stored)}}},
			{"calculated_header", Object{{"usage", BucketUsage(found.Counted)}}},
		}},
	}
}
