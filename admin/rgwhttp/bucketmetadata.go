package rgwhttp

import (
	"errors"
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/objstore"
)

// bucketName is "name" or "tenant/name".
func bucketName(id objstore.BucketID) string {
	if id.Tenant == "" {
		return id.Name
	}
	return id.Tenant + "/" + id.Name
}

// parseBucketName is the inverse of bucketName.
func parseBucketName(s string) objstore.BucketID {
	if tenant, name, ok := strings.Cut(s, "/"); ok {
		return objstore.BucketID{Tenant: tenant, Name: name}
	}
	return objstore.BucketID{Name: s}
}

// bucketNames lists the buckets of the store, each as name has it.
func (c *call) bucketNames(name func(*objstore.BucketInfo) string) (*document, error) {
	return c.metadataNames(func(after string, limit int) ([]string, bool, error) {
		bucket, _, _ := strings.Cut(after, ":")
		page, err := c.h.admin.Buckets(c.ctx, objstore.BucketsQuery{After: parseBucketName(bucket), Limit: limit})
		var names []string
		for i := range page.Buckets {
			names = append(names, name(&page.Buckets[i]))
		}
		return names, page.Truncated, err
	})
}

// bucketMetadata: GET /admin/metadata/bucket lists the names of buckets; with
// key= it describes one.
func (c *call) bucketMetadata() (*document, error) {
	key := c.params.get("key")
	if key == "" {
		return c.bucketNames(func(b *objstore.BucketInfo) string { return bucketName(b.BucketID) })
	}
	b, err := c.h.admin.Bucket(c.ctx, parseBucketName(key))
	if err != nil {
		return nil, noKey(err)
	}
	info := b.Info()
	created := info.Created.UTC().Format(timeFormat)
	return c.metadataEntry("bucket:"+key, object{
		{"bucket", bucketEntry(&info)},
		{"owner", info.Owner}, {"creation_time", created}, {"linked", strconv.FormatBool(!info.Unlinked)}, {"has_bucket_info", "false"},
	}, created), nil
}

func bucketEntry(b *objstore.BucketInfo) object {
	return object{
		{"name", b.Name}, {"marker", bucketRef(b)}, {"bucket_id", bucketRef(b)}, {"tenant", b.Tenant},
		{"explicit_placement", object{{"data_pool", ""}, {"data_extra_pool", ""}, {"index_pool", ""}}},
	}
}

// instanceMetadata: GET /admin/metadata/bucket.instance lists buckets with their
// ids, "name:id"; with key= it describes one. Attributes, in which Ceph keeps
// ACLs and policies in a coding of its own, are left out.
func (c *call) instanceMetadata() (*document, error) {
	key := c.params.get("key")
	if key == "" {
		return c.bucketNames(func(b *objstore.BucketInfo) string { return bucketName(b.BucketID) + ":" + bucketRef(b) })
	}
	name, ref, _ := strings.Cut(key, ":")
	id := parseBucketName(name)
	b, err := c.h.admin.Bucket(c.ctx, id)
	if err != nil {
		return nil, noKey(err)
	}
	info := b.Info()
	if bucketRef(&info) != ref {
		return nil, codeNoSuchKey
	}
	q, err := c.h.admin.BucketQuota(c.ctx, id)
	switch {
	case errors.Is(err, admin.ErrNotImplemented):
		q = noQuota()
	case err != nil:
		return nil, noKey(err)
	}
	created := info.Created.UTC().Format(timeFormat)
	return c.metadataEntry("bucket.instance:"+key, object{
		{"bucket_info", object{
			{"bucket", bucketEntry(&info)}, {"creation_time", created}, {"owner", info.Owner}, {"flags", instanceFlags(&info)},
			{"zonegroup", ""}, {"placement_rule", onlyPlacement}, {"has_instance_obj", "false"}, {"quota", quotaObject(q)},
			{"num_shards", 0}, {"index_type", 0},
		}},
		{"attrs", list{item: "attr"}},
	}, created), nil
}

// instanceFlags are bits of RGW: 2 versioned, 4 suspended, 32 object lock.
func instanceFlags(b *objstore.BucketInfo) int {
	flags := 0
	if b.Versioning != objstore.VersioningOff {
		flags |= 2
	}
	if b.Versioning == objstore.VersioningSuspended {
		flags |= 4
	}
	if b.ObjectLock {
		flags |= 32
	}
	return flags
}
