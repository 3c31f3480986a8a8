package rgwadmin

import (
	"strings"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
)

// metadataSections are the kinds of records that RGW has. Of two of them there
// are none of their own here: instances of buckets, and one-time passwords, which
// mfa list shows.
var metadataSections = []string{"bucket", "bucket.instance", "otp", "user"}

// metadataList: metadata list [user|bucket|...]
func (c *call) metadataList() error {
	switch c.arg {
	case "":
		return c.show("sections", rgwdoc.Strings("section", metadataSections))
	case "user":
		return c.userList()
	case "bucket":
		all, truncated, err := c.readBuckets(objstore.BucketsQuery{})
		if err != nil {
			return err
		}
		var names []string
		for _, b := range all {
			names = append(names, bucketName(b.BucketID))
		}
		return c.showNames(names, truncated)
	case "bucket.instance", "otp":
		return fail(exitNotSupported, "ERROR: records of %s are not kept", c.arg)
	}
	return fail(exitNotThere, "ERROR: can't get key: %s", errno(exitNotThere))
}

// metadataGet: metadata get user:UID or bucket:NAME
func (c *call) metadataGet() error {
	section, key, _ := strings.Cut(c.arg, ":")
	missing := fail(exitNotThere, "ERROR: can't get key: %s", errno(exitNotThere))
	switch section {
	case "user":
		a, err := c.service.Account(c.ctx, iam.ParseUserID(key))
		if noUser(err) {
			return missing
		}
		if err != nil {
			return err
		}
		u, err := c.describe(&a)
		if err != nil {
			return err
		}
		return c.showDocument(rgwdoc.UserMetadata(key, u))
	case "bucket":
		b, err := c.service.Bucket(c.ctx, bucketNamed(key, ""))
		if noBucket(err) {
			return missing
		}
		if err != nil {
			return err
		}
		info := b.Info()
		return c.showDocument(rgwdoc.BucketMetadata(key, &info))
	case "bucket.instance", "otp":
		return fail(exitNotSupported, "ERROR: records of %s are not kept", section)
	}
	return missing
}
