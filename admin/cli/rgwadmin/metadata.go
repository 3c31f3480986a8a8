package rgwadmin

import (
	"strings"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
)

// metadataSections are the kinds of records that RGW has. Those of one-time
// passwords are not shown as records here; mfa list shows the devices.
var metadataSections = []string{"bucket", "bucket.instance", "otp", "user"}

// metadataList: metadata list [user|bucket|...]
func (c *call) metadataList() error {
	switch c.arg {
	case "":
		return c.show("sections", rgwdoc.Strings("section", metadataSections))
	case "user":
		return c.userList()
	case "bucket":
		return c.metadataBuckets(func(b *objstore.BucketInfo) string { return rgwdoc.BucketName(b.BucketID) })
	case "bucket.instance":
		return c.metadataBuckets(instanceName)
	case "otp":
		return noDevicesHere()
	}
	return noRecord()
}

// instanceName is how records name a bucket of one id.
func instanceName(b *objstore.BucketInfo) string {
	return rgwdoc.BucketName(b.BucketID) + ":" + rgwdoc.BucketRef(b)
}

func noRecord() error { return fail(exitNotThere, "ERROR: can't get key: %s", errno(exitNotThere)) }

func noDevicesHere() error {
	return fail(exitNotSupported, "ERROR: records of otp are not kept: mfa list shows devices")
}

// metadataBuckets lists buckets, each as name has it.
func (c *call) metadataBuckets(name func(*objstore.BucketInfo) string) error {
	all, truncated, err := c.readBuckets(objstore.BucketsQuery{})
	if err != nil {
		return err
	}
	var names []string
	for i := range all {
		names = append(names, name(&all[i]))
	}
	return c.showNames(names, truncated)
}

// metadataGet: metadata get user:UID, bucket:NAME or bucket.instance:NAME:ID
func (c *call) metadataGet() error {
	section, key, _ := strings.Cut(c.arg, ":")
	switch section {
	case "user":
		return c.userRecord(key)
	case "bucket", "bucket.instance":
		return c.bucketRecord(section, key)
	case "otp":
		return noDevicesHere()
	}
	return noRecord()
}

func (c *call) userRecord(key string) error {
	a, err := c.service.Account(c.ctx, iam.ParseUserID(key))
	if noUser(err) {
		return noRecord()
	}
	if err != nil {
		return err
	}
	u, err := rgwdoc.CollectUser(c.ctx, c.service, &a)
	if err != nil {
		return err
	}
	return c.showDocument(rgwdoc.UserMetadata(key, u))
}

func (c *call) bucketRecord(section, key string) error {
	name, _, _ := strings.Cut(key, ":")
	b, err := c.service.Bucket(c.ctx, rgwdoc.ParseBucketName(name, ""))
	if noBucket(err) {
		return noRecord()
	}
	if err != nil {
		return err
	}
	info := b.Info()
	switch {
	case section == "bucket" && key == name:
		return c.showDocument(rgwdoc.BucketMetadata(key, &info))
	case section == "bucket" || key != instanceName(&info):
		return noRecord()
	}
	q, err := rgwdoc.BucketQuota(c.ctx, c.service, info.BucketID)
	if err != nil {
		return err
	}
	return c.showDocument(rgwdoc.InstanceMetadata(key, &info, q))
}
