package rgwhttp

import (
	"errors"
	"strings"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/rgwdoc"
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
func (c *call) bucketNames(name func(*objstore.BucketInfo) string) (*rgwdoc.Document, error) {
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
func (c *call) bucketMetadata() (*rgwdoc.Document, error) {
	key := c.params.get("key")
	if key == "" {
		return c.bucketNames(func(b *objstore.BucketInfo) string { return bucketName(b.BucketID) })
	}
	b, err := c.h.admin.Bucket(c.ctx, parseBucketName(key))
	if err != nil {
		return nil, noKey(err)
	}
	info := b.Info()
	return rgwdoc.BucketMetadata(key, &info), nil
}

// instanceMetadata: GET /admin/metadata/bucket.instance lists buckets with their
// ids, "name:id"; with key= it describes one.
func (c *call) instanceMetadata() (*rgwdoc.Document, error) {
	key := c.params.get("key")
	if key == "" {
		return c.bucketNames(func(b *objstore.BucketInfo) string { return bucketName(b.BucketID) + ":" + rgwdoc.BucketRef(b) })
	}
	name, ref, _ := strings.Cut(key, ":")
	id := parseBucketName(name)
	b, err := c.h.admin.Bucket(c.ctx, id)
	if err != nil {
		return nil, noKey(err)
	}
	info := b.Info()
	if rgwdoc.BucketRef(&info) != ref {
		return nil, codeNoSuchKey
	}
	q, err := c.h.admin.BucketQuota(c.ctx, id)
	switch {
	case errors.Is(err, admin.ErrNotImplemented):
		q = rgwdoc.NoQuota()
	case err != nil:
		return nil, noKey(err)
	}
	return rgwdoc.InstanceMetadata(key, &info, q), nil
}
