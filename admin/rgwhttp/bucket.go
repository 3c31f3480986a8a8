package rgwhttp

import (
	"encoding/hex"
	"errors"
	"strings"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
)

// bucketID reads the parameter bucket: "name" or "tenant/name". Without a tenant
// it is that of the parameter tenant, else the one of the parameter uid.
func (c *call) bucketID() (objstore.BucketID, error) {
	s := c.params.get("bucket")
	if s == "" {
		return objstore.BucketID{}, codeInvalidArgument
	}
	id := parseBucketName(s)
	if !strings.Contains(s, "/") {
		owner, _ := c.params.uid()
		if id.Tenant = owner.Tenant; c.params.has("tenant") {
			id.Tenant = c.params.get("tenant")
		}
	}
	return id, nil
}

// noKey is how all but info and removal tell of a bucket that is not there.
func noKey(err error) error {
	if errors.Is(err, objstore.ErrNoSuchBucket) || errors.Is(err, objstore.ErrInvalidBucketName) ||
		errors.Is(err, objstore.ErrDeleteMarker) || errors.Is(err, iam.ErrNoSuchUser) {
		return codeNoSuchKey
	}
	return err
}

// bucketInfo: GET /admin/bucket
func (c *call) bucketInfo() (*document, error) {
	uid, named := c.params.uid()
	if !c.params.has("bucket") {
		return c.listBuckets(uid, named)
	}
	id, err := c.bucketID()
	if err != nil {
		return nil, err
	}
	stats, err := c.h.admin.BucketStats(c.ctx, id)
	if named {
		var mine []objstore.BucketInfo
		switch {
		case err == nil && stats.Owner == uid.String() && !stats.Unlinked:
			mine = append(mine, stats.BucketInfo)
		case err != nil && !errors.Is(err, objstore.ErrNoSuchBucket):
			return nil, err
		}
		return c.bucketList(mine, false)
	}
	if errors.Is(err, objstore.ErrInvalidBucketName) {
		err = codeNoSuchBucket
	}
	if err != nil {
		return nil, err
	}
	body, err := c.bucketObject(&stats)
	return &document{"stats", body}, err
}

// listBuckets lists the buckets of a user, or all with their tenants; one page
// where max-entries is given.
func (c *call) listBuckets(uid iam.UserID, named bool) (*document, error) {
	q := objstore.BucketsQuery{}
	if named {
		q.Owner = uid.String()
	}
	if marker := c.params.get("marker"); marker != "" {
		if q.After = parseBucketName(marker); !strings.Contains(marker, "/") {
			q.After.Tenant = uid.Tenant
		}
	}
	if c.params.has("max-entries") {
		return c.bucketPage(q, !named)
	}
	all, err := c.everyBucket(q)
	if err != nil {
		return nil, err
	}
	return c.bucketList(all, !named)
}

// bucketPage lists one page of buckets (since Ceph 19).
func (c *call) bucketPage(q objstore.BucketsQuery, tenants bool) (*document, error) {
	limit, err := c.params.number("max-entries", 0)
	if err != nil || limit < 1 {
		return nil, codeInvalidArgument
	}
	q.Limit = int(min(limit, 1000))
	page, err := c.h.admin.Buckets(c.ctx, q)
	if err != nil {
		return nil, err
	}
	doc, err := c.bucketList(page.Buckets, tenants)
	if err != nil {
		return nil, err
	}
	body := object{{"buckets", doc.body}, {"count", len(doc.body.(list).items)}, {"truncated", page.Truncated}}
	if page.Truncated {
		last := page.Buckets[len(page.Buckets)-1].BucketID
		body = append(body, member{"marker", bucketName(last)})
	}
	return &document{"result", body}, nil
}

// everyBucket reads all pages of a query.
func (c *call) everyBucket(q objstore.BucketsQuery) ([]objstore.BucketInfo, error) {
	var all []objstore.BucketInfo
	for {
		page, err := c.h.admin.Buckets(c.ctx, q)
		if err != nil {
			return nil, err
		}
		all = append(all, page.Buckets...)
		if !page.Truncated {
			return all, nil
		}
		q.After = page.Buckets[len(page.Buckets)-1].BucketID
	}
}

// bucketList answers with names, or with stats where they are asked for.
func (c *call) bucketList(infos []objstore.BucketInfo, tenants bool) (*document, error) {
	if !c.params.flag("stats", false) {
		names := listOf("bucket", infos, func(b objstore.BucketInfo) any {
			if tenants {
				return bucketName(b.BucketID)
			}
			return b.Name
		})
		return &document{"buckets", names}, nil
	}
	l := list{item: "stats"}
	for _, info := range infos {
		stats, err := c.h.admin.BucketStats(c.ctx, info.BucketID)
		if errors.Is(err, objstore.ErrNoSuchBucket) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, err
		}
		body, err := c.bucketObject(&stats)
		if err != nil {
			return nil, err
		}
		l.items = append(l.items, body)
	}
	return &document{"buckets", l}, nil
}

// bucketRef is the id of a bucket that clients see.
func bucketRef(b *objstore.BucketInfo) string { return hex.EncodeToString(b.Ref[:]) }

// bucketObject describes a bucket. Shards, zones and pools are Ceph's; their
// members are there for clients that read them.
func (c *call) bucketObject(b *admin.BucketStats) (object, error) {
	ref := bucketRef(&b.BucketInfo)
	created := b.Created.UTC().Format(timeFormat)
	q, err := c.h.admin.BucketQuota(c.ctx, b.BucketID)
	switch {
	case errors.Is(err, admin.ErrNotImplemented):
		q = noQuota()
	case err != nil:
		return nil, err
	}
	o := object{
		{"bucket", b.Name},
		{"num_shards", 0},
		{"tenant", b.Tenant},
		{"zonegroup", ""},
		{"placement_rule", onlyPlacement},
		{"explicit_placement", object{{"data_pool", ""}, {"data_extra_pool", ""}, {"index_pool", ""}}},
		{"id", ref},
		{"marker", ref},
		{"index_type", "Normal"},
		{"owner", b.Owner},
		{"ver", ""},
		{"master_ver", ""},
		{"mtime", created},
		{"creation_time", created},
		{"max_marker", ""},
		{"usage", usageObject(b.Totals)},
		{"bucket_quota", quotaObject(q)},
	}
	if len(b.Tags) > 0 {
		var tags object
		for _, t := range b.Tags {
			tags = append(tags, member{t.Key, t.Value})
		}
		o = append(o, member{"tagset", tags})
	}
	return o, nil
}

const timeFormat = "2006-01-02T15:04:05.000000Z"

// usageObject describes what a bucket holds: parts of unfinished uploads count
// as objects, and the uploads themselves apart.
func usageObject(t objstore.Totals) object {
	var usage object
	size := t.Bytes + t.NoncurrentBytes + t.PartBytes
	if n := t.Objects + t.Noncurrent + t.DeleteMarkers + t.Parts; n > 0 {
		usage = append(usage, member{"rgw.main", object{
			{"size", size}, {"size_actual", t.RoundedBytes}, {"size_utilized", size},
			{"size_kb", kilobytes(size)}, {"size_kb_actual", kilobytes(t.RoundedBytes)}, {"size_kb_utilized", kilobytes(size)},
			{"num_objects", n},
		}})
	}
	if t.Uploads > 0 {
		usage = append(usage, member{"rgw.multimeta", object{
			{"size", 0}, {"size_actual", 0}, {"size_utilized", 0},
			{"size_kb", 0}, {"size_kb_actual", 0}, {"size_kb_utilized", 0},
			{"num_objects", t.Uploads},
		}})
	}
	if usage == nil {
		usage = object{}
	}
	return usage
}

// checkIndex: GET /admin/bucket?index. With fix, counters that are wrong are
// set to what was counted; that includes what RGW does for check-objects.
func (c *call) checkIndex() (*document, error) {
	id, err := c.bucketID()
	if err != nil {
		return nil, err
	}
	found, err := c.h.admin.CheckBucket(c.ctx, id, c.params.flag("fix", false))
	if err != nil {
		return nil, noKey(err)
	}
	return &document{"bucket_check", object{
		{"invalid_multipart_entries", list{item: "object"}},
		{"check_result", object{
			{"existing_header", object{{"usage", usageObject(found.Stored)}}},
			{"calculated_header", object{{"usage", usageObject(found.Counted)}}},
		}},
	}}, nil
}

// removeBucket: DELETE /admin/bucket?bucket=
func (c *call) removeBucket() (*document, error) {
	id, err := c.bucketID()
	if err != nil {
		return nil, err
	}
	err = c.h.admin.RemoveBucket(c.ctx, id, c.params.flag("purge-objects", false))
	if errors.Is(err, objstore.ErrInvalidBucketName) {
		err = codeNoSuchBucket
	}
	return nil, err
}

// removeObject: DELETE /admin/bucket?bucket=&object=
func (c *call) removeObject() (*document, error) {
	id, err := c.bucketID()
	if err != nil {
		return nil, err
	}
	return nil, noKey(c.h.admin.RemoveObject(c.ctx, id, c.params.get("object")))
}

// linkBucket: PUT /admin/bucket?bucket=&uid=
func (c *call) linkBucket() (*document, error) {
	owner, named := c.params.uid()
	id, err := c.bucketID()
	if err != nil || !named {
		return nil, codeInvalidArgument
	}
	if want := c.params.get("bucket-id"); want != "" {
		b, err := c.h.admin.Bucket(c.ctx, id)
		if err != nil {
			return nil, noKey(err)
		}
		if info := b.Info(); bucketRef(&info) != want {
			return nil, codeInvalidArgument
		}
	}
	return nil, noKey(c.h.admin.LinkBucket(c.ctx, id, owner, c.params.get("new-bucket-name")))
}

// unlinkBucket: POST /admin/bucket?bucket=&uid=
func (c *call) unlinkBucket() (*document, error) {
	owner, named := c.params.uid()
	id, err := c.bucketID()
	if err != nil || !named {
		return nil, codeInvalidArgument
	}
	return nil, noKey(c.h.admin.UnlinkBucket(c.ctx, id, owner))
}
