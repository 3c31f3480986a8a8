package s3http

import (
	"strconv"
	"time"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/checksum"
)

const illegalSelfCopy = "This copy request is illegal because it is trying to copy an object to itself without changing the " +
	"object's metadata, storage class, website redirect location or encryption attributes."

// copyObject serves CopyObject.
func (c *call) copyObject() error {
	var o objstore.CopyOptions
	var err error
	if o.Owner, o.ACL, err = c.newACL(); err != nil {
		return err
	}
	if o.StorageClass, err = c.readStorageClass(); err != nil {
		return err
	}
	if o.Lock, err = c.lockHeaders(); err != nil {
		return err
	}
	if o.Checksum, err = c.requestedAlgorithm(); err != nil {
		return err
	}
	replaceMeta, err := c.directive("X-Amz-Metadata-Directive", "Unknown metadata directive.")
	if err != nil {
		return err
	}
	replaceTags, err := c.directive("X-Amz-Tagging-Directive", "Unknown tagging directive.")
	if err != nil {
		return err
	}
	if o.If, err = c.writeConditions(); err != nil {
		return err
	}
	if o.Encryption, err = c.readEncryption(); err != nil {
		return err
	}
	src, obj, err := c.openSource()
	if err != nil {
		return err
	}
	defer obj.Close()
	info := obj.Info()
	if info.Size > objstore.MaxPutSize {
		return refusal(codeInvalidRequest, "The specified copy source is larger than the maximum allowable size for a copy source: "+
			strconv.FormatInt(objstore.MaxPutSize, 10))
	}
	meta, err := c.copiedMetadata(info, replaceMeta)
	if err != nil {
		return err
	}
	o.Meta = &meta
	sameRedirect := meta.WebsiteRedirect == "" || meta.WebsiteRedirect == info.Meta.WebsiteRedirect
	if c.copiesToItself(src) && !replaceMeta && len(c.r.Header[hdrStorageClass]) == 0 && sameRedirect && o.Checksum == "" &&
		o.Encryption == nil {
		return refusal(codeInvalidRequest, illegalSelfCopy)
	}
	if o.Tags, err = c.copiedTags(src, info, replaceTags); err != nil {
		return err
	}
	made, err := c.bucket.Copy(c.ctx, c.key, obj, &o)
	if err != nil {
		return c.absent(err)
	}
	c.setSourceVersion(src, info)
	c.announceContext(made.Encryption)
	c.setVersion(made.VersionID)
	c.announceExpiration(&made)
	return c.sendCopyResult("CopyObjectResult", made.ETag, made.ModTime, made.Checksum)
}

// copiesToItself tells whether source and destination are one. To copy an older
// version over the current one is the way to bring it back.
func (c *call) copiesToItself(s source) bool {
	return s.info.BucketID == c.info.BucketID && s.key == c.key && s.version == ""
}

// directive reads a COPY or REPLACE header.
func (c *call) directive(name, message string) (replace bool, err error) {
	switch v := header(c.r.Header, name); v {
	case "", "COPY":
		return false, nil
	case "REPLACE":
		return true, nil
	default:
		return false, badArgument(name, v, message)
	}
}

// requestedAlgorithm reads x-amz-checksum-algorithm.
func (c *call) requestedAlgorithm() (checksum.Algorithm, error) {
	v := header(c.r.Header, hdrChecksumAlgorithm)
	if v == "" {
		return "", nil
	}
	a, err := checksum.Parse(v)
	if err != nil {
		return "", refusal(codeInvalidRequest, "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "+algorithmNames())
	}
	return a, nil
}

// copiedMetadata is the source's or that of the request. The website redirect
// is never copied (S3: CopyObject).
func (c *call) copiedMetadata(info *objstore.ObjectInfo, replace bool) (objstore.Metadata, error) {
	sent, err := c.readMetadata()
	if err != nil || replace {
		return sent, err
	}
	m := info.Meta
	m.WebsiteRedirect = sent.WebsiteRedirect
	return m, nil
}

// copiedTags are the source's or those of the request.
func (c *call) copiedTags(s source, info *objstore.ObjectInfo, replace bool) (*[]objstore.Tag, error) {
	if replace {
		tags, err := c.taggingHeader()
		return &tags, err
	}
	tags := info.Tags
	if len(tags) == 0 {
		return &tags, nil
	}
	action := "s3:GetObjectTagging"
	if s.version != "" {
		action = "s3:GetObjectVersionTagging"
	}
	if err := c.may(&s, action, info); err != nil {
		return nil, err
	}
	return &tags, c.authorize("s3:PutObjectTagging", c.resource())
}

// sendCopyResult answers CopyObject and, with another root, UploadPartCopy.
func (c *call) sendCopyResult(root, etag string, modified time.Time, sum objstore.Checksum) error {
	x := c.h.newXML()
	defer x.free()
	x.root(root)
	x.time("LastModified", modified)
	x.etag(etag)
	checksumXML(x, sum)
	x.close(root)
	return c.sendXML(x)
}
