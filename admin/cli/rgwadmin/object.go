package rgwadmin

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth/acl"
	"github.com/cofferstore/coffer/objstore"
)

// requireObject reads --bucket and --object.
func (c *call) requireObject() (objstore.BucketID, string, error) {
	id, err := c.bucketID()
	if err == nil && c.get("object") == "" {
		err = fail(exitInvalid, "ERROR: object name was not specified")
	}
	return id, c.get("object"), err
}

// noObject tells whether there is no such bucket or object.
func noObject(err error) bool {
	return noBucket(err) || errors.Is(err, objstore.ErrNoSuchKey) || errors.Is(err, objstore.ErrNoSuchVersion) ||
		errors.Is(err, objstore.ErrDeleteMarker)
}

// objectStat: object stat. Where the bytes lie (RGW: manifest) is not told.
func (c *call) objectStat() error {
	id, key, err := c.requireObject()
	if err != nil {
		return err
	}
	info, err := c.service.ObjectInfo(c.ctx, id, key, c.get("object-version"))
	if noObject(err) {
		return fail(exitNotThere, "ERROR: failed to stat object, returned error: %s", errno(exitNotThere))
	}
	if err != nil {
		return err
	}
	b, err := c.service.Bucket(c.ctx, id)
	if err != nil {
		return err
	}
	list, err := c.service.ObjectACLOf(c.ctx, b, &info)
	if err != nil {
		return err
	}
	body := object{
		field("name", info.Key), field("size", info.Size), field("policy", rgwdoc.ACL(list).Body),
		field("etag", info.ETag), field("tag", ""), field("mtime", info.ModTime.UTC().Format(rgwdoc.TimeFormat)),
	}
	if b.Info().Versioning != objstore.VersioningOff {
		body = append(body, field("instance", info.VersionID))
	}
	return c.show("object_metadata", append(body, field("attrs", objectAttributes(&info))))
}

// objectAttributes are what a writer said of an object, under the names that RGW
// keeps them by.
func objectAttributes(info *objstore.ObjectInfo) object {
	m := &info.Meta
	all := map[string]string{
		"user.rgw.content_type": m.ContentType, "user.rgw.content_encoding": m.ContentEncoding,
		"user.rgw.content_language": m.ContentLanguage, "user.rgw.content_disposition": m.ContentDisposition,
		"user.rgw.cache_control": m.CacheControl, "user.rgw.expires": m.Expires,
		"user.rgw.x-amz-website-redirect-location": m.WebsiteRedirect, "user.rgw.storage_class": info.StorageClass,
	}
	for name, value := range m.User {
		all["user.rgw.x-amz-meta-"+name] = value
	}
	attributes := object{}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if all[name] != "" {
			attributes = append(attributes, field(name, all[name]))
		}
	}
	return attributes
}

// objectRemove: object rm
func (c *call) objectRemove() error {
	id, key, err := c.requireObject()
	if err != nil {
		return err
	}
	err = c.service.RemoveVersion(c.ctx, id, key, c.get("object-version"))
	if noObject(err) {
		return fail(exitNotThere, "ERROR: object remove returned: %s", errno(exitNotThere))
	}
	if err != nil {
		return explained(err, "ERROR: object remove returned")
	}
	return nil
}

// policy: policy --bucket [--object]. It is the access control list, in RGW's own
// form, or with --format=xml in that of S3.
func (c *call) policy() error {
	id, err := c.bucketID()
	if err != nil {
		return err
	}
	var list *acl.ACL
	if key := c.get("object"); key != "" {
		list, err = c.service.ObjectACL(c.ctx, id, key)
	} else {
		list, err = c.service.BucketACL(c.ctx, id)
	}
	if noObject(err) {
		return fail(exitNotThere, "failure: %s: %s", errno(exitNotThere), cmp.Or(c.get("object"), c.get("bucket")))
	}
	if err != nil {
		return err
	}
	if c.get("format") != "xml" {
		return c.showDocument(rgwdoc.ACL(list))
	}
	text, err := list.XML()
	if err != nil {
		return err
	}
	return c.print("%s\n", text)
}
