package rgwhttp

import (
	"errors"

	"github.com/cofferstore/coffer/admin/rgwdoc"
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
	owner, _ := c.params.uid()
	tenant := owner.Tenant
	if c.params.has("tenant") {
		tenant = c.params.get("tenant")
	}
	return rgwdoc.ParseBucketName(s, tenant), nil
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
func (c *call) bucketInfo() (*rgwdoc.Document, error) {
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
		buckets, err := c.bucketList(mine, false)
		return newDocument("buckets", buckets), err
	}
	if errors.Is(err, objstore.ErrInvalidBucketName) {
		err = codeNoSuchBucket
	}
	if err != nil {
		return nil, err
	}
	body, err := rgwdoc.CollectBucket(c.ctx, c.h.admin, &stats)
	return newDocument("stats", body), err
}

// checkIndex: GET /admin/bucket?index. With fix, counters that are wrong are
// set to what was counted; that includes what RGW does for check-objects.
func (c *call) checkIndex() (*rgwdoc.Document, error) {
	id, err := c.bucketID()
	if err != nil {
		return nil, err
	}
	found, err := c.h.admin.CheckBucket(c.ctx, id, c.params.flag("fix", false))
	if err != nil {
		return nil, noKey(err)
	}
	return newDocument("bucket_check", rgwdoc.BucketCheck(&found)), nil
}

// removeBucket: DELETE /admin/bucket?bucket=
func (c *call) removeBucket() (*rgwdoc.Document, error) {
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
func (c *call) removeObject() (*rgwdoc.Document, error) {
	id, err := c.bucketID()
	if err != nil {
		return nil, err
	}
	key := c.params.get("object")
	if key == "" {
		return nil, codeInvalidArgument
	}
	return nil, noKey(c.h.admin.RemoveObject(c.ctx, id, key))
}

// linkBucket: PUT /admin/bucket?bucket=&uid=
func (c *call) linkBucket() (*rgwdoc.Document, error) {
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
		if info := b.Info(); rgwdoc.BucketRef(&info) != want {
			return nil, codeInvalidArgument
		}
	}
	return nil, noKey(c.h.admin.LinkBucket(c.ctx, id, owner, c.params.get("new-bucket-name")))
}

// unlinkBucket: POST /admin/bucket?bucket=&uid=
func (c *call) unlinkBucket() (*rgwdoc.Document, error) {
	owner, named := c.params.uid()
	id, err := c.bucketID()
	if err != nil || !named {
		return nil, codeInvalidArgument
	}
	return nil, noKey(c.h.admin.UnlinkBucket(c.ctx, id, owner))
}
