package s3http

import (
	"errors"

	"github.com/cofferstore/coffer/objstore"
)

// listVersions serves ListObjectVersions.
func (c *call) listVersions() error {
	q, encoded, err := c.listQuery()
	if err != nil {
		return err
	}
	keyMarker, versionMarker := c.query.get("key-marker"), c.query.get("version-id-marker")
	if versionMarker != "" && keyMarker == "" {
		return badArgument("version-id-marker", versionMarker, "A version-id marker cannot be specified without a key marker.")
	}
	page, err := c.versionsPage(objstore.VersionsQuery{
		Prefix: q.Prefix, Delimiter: q.Delimiter, AfterKey: keyMarker, AfterVersion: versionMarker, Limit: q.Limit,
	})
	if errors.Is(err, objstore.ErrInvalidVersion) {
		return badArgument("version-id-marker", versionMarker, "Invalid version id specified")
	}
	if err != nil {
		return err
	}
	x := c.h.newXML()
	defer x.free()
	x.url = encoded
	x.root("ListVersionsResult")
	x.text("Name", c.bucketID.Name)
	x.key("KeyMarker", keyMarker)
	x.text("VersionIdMarker", versionMarker)
	if page.Truncated {
		x.key("NextKeyMarker", page.NextKey)
		x.some("NextVersionIdMarker", page.NextVersion)
	}
	x.listingHead(q.Prefix, q.Delimiter)
	x.number("MaxKeys", int64(q.Limit))
	x.flag("IsTruncated", page.Truncated)
	o := owners{c: c}
	for i := range page.Versions {
		o.version(x, &page.Versions[i])
	}
	x.prefixes(page.Prefixes)
	x.close("ListVersionsResult")
	return c.sendListing(x)
}

func (c *call) versionsPage(q objstore.VersionsQuery) (objstore.VersionsPage, error) {
	if q.Limit == 0 {
		return objstore.VersionsPage{}, nil
	}
	for n := 1; ; n++ {
		page, err := c.bucket.ListVersions(c.ctx, q)
		if err != nil || !page.Truncated || len(page.Versions)+len(page.Prefixes) > 0 || n == maxEmptyPages {
			return page, err
		}
		q.AfterKey, q.AfterVersion = page.NextKey, page.NextVersion
	}
}

// version writes one entry.
func (o *owners) version(x *xmlWriter, info *objstore.ObjectInfo) {
	element := "Version"
	if info.DeleteMarker {
		element = "DeleteMarker"
	}
	x.open(element)
	x.key("Key", info.Key)
	x.text("VersionId", info.VersionID)
	x.flag("IsLatest", info.IsLatest)
	entryXML(x, info)
	o.write(x, o.c.access.owner(o.c.info.Owner, info.Owner))
	if !info.DeleteMarker {
		x.name("StorageClass", storageClass(info.StorageClass))
	}
	x.close(element)
}
