package rgwhttp

import (
	"strings"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/objstore"
)

// bucketNames lists the buckets of the store, each as name has it.
func (c *call) bucketNames(name func(*objstore.BucketInfo) string) (*rgwdoc.Document, error) {
	return c.metadataNames(func(after string, limit int) ([]string, bool, error) {
		bucket, _, _ := strings.Cut(after, ":")
		page, err := c.h.admin.Buckets(c.ctx, objstore.BucketsQuery{After: rgwdoc.ParseBucketName(bucket, ""), Limit: limit})
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
		return c.bucketNames(func(b *objstore.BucketInfo) string { return rgwdoc.BucketName(b.BucketID) })
	}
	b, err := c.h.admin.Bucket(c.ctx, rgwdoc.ParseBucketName(key, ""))
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
		return c.bucketNames(func(b *objstore.BucketInfo) string { return rgwdoc.BucketName(b.BucketID) + ":" + rgwdoc.BucketRef(b) })
	}
	name, ref, _ := strings.Cut(key, ":")
	id := rgwdoc.ParseBucketName(name, "")
	b, err := c.h.admin.Bucket(c.ctx, id)
	if err != nil {
		return nil, noKey(err)
	}
	info := b.Info()
	if rgwdoc.BucketRef(&info) != ref {
		return nil, codeNoSuchKey
	}
	q, err := rgwdoc.BucketQuota(c.ctx, c.h.admin, id)
	if err != nil {
		return nil, noKey(err)
	}
	return rgwdoc.InstanceMetadata(key, &info, q), nil
}
