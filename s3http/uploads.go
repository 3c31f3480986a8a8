package s3http

import (
	"strconv"

	"github.com/cofferstore/coffer/objstore"
)

// listUploads serves ListMultipartUploads.
func (c *call) listUploads() error {
	encoded, err := c.encodingType()
	if err != nil {
		return err
	}
	limit, err := c.pageSize("max-uploads")
	if err != nil {
		return err
	}
	q := objstore.UploadsQuery{
		Prefix: c.query.get("prefix"), Delimiter: c.query.get("delimiter"),
		AfterKey: c.query.get("key-marker"), Limit: limit,
	}
	idMarker := c.query.get("upload-id-marker")
	if q.AfterKey != "" {
		q.AfterID = idMarker // of no meaning without a key (S3: ListMultipartUploads)
	}
	var page objstore.UploadsPage
	if limit > 0 {
		if page, err = c.bucket.ListUploads(c.ctx, q); err != nil {
			return err
		}
	}
	x := c.h.newXML()
	defer x.free()
	x.url = encoded
	x.root("ListMultipartUploadsResult")
	x.text("Bucket", c.bucketID.Name)
	x.key("KeyMarker", q.AfterKey)
	x.text("UploadIdMarker", idMarker)
	if page.Truncated {
		x.key("NextKeyMarker", page.NextKey)
		x.text("NextUploadIdMarker", page.NextID)
	}
	x.listingHead(q.Prefix, q.Delimiter)
	x.number("MaxUploads", int64(limit))
	x.flag("IsTruncated", page.Truncated)
	for i := range page.Uploads {
		c.uploadXML(x, &page.Uploads[i])
	}
	x.prefixes(page.Prefixes)
	x.close("ListMultipartUploadsResult")
	return c.sendListing(x)
}

func (c *call) uploadXML(x *xmlWriter, u *objstore.UploadInfo) {
	x.open("Upload")
	x.key("Key", u.Key)
	x.text("UploadId", u.ID)
	c.userXML(x, "Initiator", u.Initiator)
	c.userXML(x, "Owner", u.Owner)
	x.name("StorageClass", storageClass(u.StorageClass))
	x.time("Initiated", u.Initiated)
	x.some("ChecksumAlgorithm", string(u.Checksum))
	x.some("ChecksumType", string(u.ChecksumType))
	x.close("Upload")
}

// userXML writes a user as the element name.
func (c *call) userXML(x *xmlWriter, name, id string) {
	x.open(name)
	x.text("ID", id)
	x.text("DisplayName", c.displayName(id))
	x.close(name)
}

// listParts serves ListParts.
func (c *call) listParts() error {
	up, err := c.startedUpload()
	if err != nil {
		return err
	}
	encoded, err := c.encodingType()
	if err != nil {
		return err
	}
	limit, err := c.pageSize("max-parts")
	if err != nil {
		return err
	}
	marker := 0
	if v := c.query.get("part-number-marker"); v != "" {
		if marker, err = strconv.Atoi(v); err != nil || marker < 0 {
			return badArgument("part-number-marker", v, "Argument part-number-marker must be an integer between 0 and 2147483647")
		}
	}
	if err := c.unlockUpload(up, true); err != nil {
		return err
	}
	var page objstore.PartPage
	if limit > 0 {
		if page, err = up.Parts(c.ctx, marker, limit); err != nil {
			return c.uploadError(err)
		}
	}
	info := up.Info()
	c.announceAbort(&info)
	x := c.h.newXML()
	defer x.free()
	x.url = encoded
	x.root("ListPartsResult")
	x.encoding()
	x.text("Bucket", c.bucketID.Name)
	x.key("Key", c.key)
	x.text("UploadId", info.ID)
	c.userXML(x, "Initiator", info.Initiator)
	c.userXML(x, "Owner", info.Owner)
	x.name("StorageClass", storageClass(info.StorageClass))
	x.number("PartNumberMarker", int64(marker))
	if n := len(page.Parts); n > 0 {
		marker = page.Parts[n-1].Number
	}
	x.number("NextPartNumberMarker", int64(marker))
	x.number("MaxParts", int64(limit))
	x.flag("IsTruncated", page.Truncated)
	x.some("ChecksumAlgorithm", string(info.Checksum))
	x.some("ChecksumType", string(info.ChecksumType))
	for i := range page.Parts {
		partXML(x, &page.Parts[i])
	}
	x.close("ListPartsResult")
	return c.sendListing(x)
}

func partXML(x *xmlWriter, p *objstore.PartInfo) {
	x.open("Part")
	x.number("PartNumber", int64(p.Number))
	x.time("LastModified", p.ModTime)
	x.etag(p.ETag)
	x.number("Size", p.Size)
	if p.Checksum.Value != "" {
		x.text("Checksum"+string(p.Checksum.Algorithm), p.Checksum.Value)
	}
	x.close("Part")
}
