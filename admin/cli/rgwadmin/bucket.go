package rgwadmin

import (
	"errors"
	"fmt"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
)

// bucketCheck: bucket check. It recounts every object anyhow, with
// --check-objects and without.
func (c *call) bucketCheck() error {
	id, err := c.bucketID()
	if err != nil {
		return err
	}
	found, err := c.service.CheckBucket(c.ctx, id, c.on("fix", false))
	if noBucket(err) {
		return c.noBucketInfo()
	}
	if err != nil {
		return err
	}
	return c.show("bucket_check", rgwdoc.BucketCheck(&found))
}

func (c *call) noBucketInfo() error {
	return fail(exitNotThere, "failure: %s: failed to fetch bucket info for bucket=%s", errno(exitNotThere), c.get("bucket"))
}

// bucketLimitCheck: bucket limit check, of one user or all. Indexes of buckets
// have no shards here, so none is ever too full.
func (c *call) bucketLimitCheck() error {
	names := []string{c.user.String()}
	if !c.named {
		var err error
		if names, _, err = c.userNames(); err != nil {
			return err
		}
	} else if c.missing() {
		return fail(exitNotThere, "ERROR: no such user: %s", c.user)
	}
	users := list{Item: "entry"}
	for _, name := range names {
		buckets, err := c.bucketFill(name)
		if err != nil {
			return err
		}
		users.Items = append(users.Items, object{field("user_id", name), field("buckets", buckets)})
	}
	return c.show("users", users)
}

// bucketFill tells how full the buckets of a user are.
func (c *call) bucketFill(user string) (list, error) {
	buckets := list{Item: "entry"}
	all, _, err := c.readBuckets(objstore.BucketsQuery{Owner: user})
	if err != nil || c.on("warnings-only", false) {
		return buckets, err
	}
	for _, info := range all {
		stats, err := c.service.BucketStats(c.ctx, info.BucketID)
		if errors.Is(err, objstore.ErrNoSuchBucket) {
			continue // removed meanwhile
		}
		if err != nil {
			return buckets, err
		}
		t := stats.Totals
		buckets.Items = append(buckets.Items, object{
			field("bucket", info.Name), field("tenant", info.Tenant),
			field("num_objects", t.Objects+t.Noncurrent+t.DeleteMarkers+t.Parts),
			field("num_shards", 0), field("objects_per_shard", 0), field("fill_status", "OK"),
		})
	}
	return buckets, nil
}

// bucketLink: bucket link
func (c *call) bucketLink() error {
	id, err := c.ownership()
	if err != nil {
		return err
	}
	if want := c.get("bucket-id"); want != "" {
		b, err := c.service.Bucket(c.ctx, id)
		if err != nil {
			return c.notLinked(err)
		}
		if info := b.Info(); rgwdoc.BucketRef(&info) != want {
			return fail(exitInvalid, "failure: %s: specified bucket id does not match %s", errno(exitInvalid), rgwdoc.BucketRef(&info))
		}
	}
	return c.notLinked(c.service.LinkBucket(c.ctx, id, c.user, c.get("bucket-new-name")))
}

// ownership reads which bucket is to change hands, and wants a user.
func (c *call) ownership() (objstore.BucketID, error) {
	if !c.named {
		return objstore.BucketID{}, fail(exitInvalid, "ERROR: user ID was not specified")
	}
	return c.bucketID()
}

// notLinked tells why a bucket did not change hands.
func (c *call) notLinked(err error) error {
	switch {
	case noBucket(err):
		return c.noBucketInfo()
	case errors.Is(err, iam.ErrNoSuchUser), errors.Is(err, iam.ErrInvalidArgument):
		return fail(exitNotThere, "failure: %s: failed to fetch user info", errno(exitNotThere))
	case errors.Is(err, objstore.ErrBucketExists):
		return fail(exitExists, "failure: %s: bucket %s exists", errno(exitExists), c.get("bucket-new-name"))
	case errors.Is(err, objstore.ErrInvalidArgument):
		return fail(exitInvalid, "failure: %s: the bucket is not of user %s", errno(exitInvalid), c.user)
	case err != nil:
		return explained(err, "failure")
	}
	return nil
}

// bucketUnlink: bucket unlink
func (c *call) bucketUnlink() error {
	id, err := c.ownership()
	if err != nil {
		return err
	}
	return c.notLinked(c.service.UnlinkBucket(c.ctx, id, c.user))
}

// bucketChown: bucket chown. Progress goes to standard error.
func (c *call) bucketChown() error {
	id, err := c.ownership()
	if err != nil {
		return err
	}
	return c.notLinked(c.service.ChownBucket(c.ctx, id, c.user, func(done int, marker string) {
		_ = show(c.errors, fmt.Sprintf("%d objects processed in %s. Next marker %s\n", done, c.get("bucket"), marker)) // only for the eye
	}))
}

// bucketRemove: bucket rm. As in RGW, a bucket that is not there is no error, and
// one that is not empty is told without an exit status.
func (c *call) bucketRemove() error {
	id, err := c.bucketID()
	if err != nil {
		return err
	}
	err = c.service.RemoveBucket(c.ctx, id, c.on("purge-objects", false))
	switch {
	case noBucket(err):
		return nil
	case errors.Is(err, objstore.ErrBucketNotEmpty):
		return show(c.errors, "ERROR: could not remove non-empty bucket "+c.get("bucket")+"\n")
	case err != nil:
		return explained(err, "ERROR: could not remove bucket %s", c.get("bucket"))
	}
	return nil
}
