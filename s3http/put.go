package s3http

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/objstore"
)

// putObject serves PutObject.
func (c *call) putObject() error {
	if c.query.has("partNumber") {
		return badArgument("partNumber", c.query.get("partNumber"), "This operation does not accept a part number without an upload id.")
	}
	size, err := c.bodySize()
	if err != nil {
		return err
	}
	if _, err := c.write(size); err != nil {
		return err
	}
	return c.send(http.StatusOK)
}

// write stores the body as the object that the headers describe, and tells in
// the answer's headers what was made of it.
func (c *call) write(size *int64) (info objstore.ObjectInfo, err error) {
	o := objstore.PutOptions{Size: size}
	if o.Meta, err = c.readMetadata(); err != nil {
		return info, err
	}
	if o.StorageClass, err = c.readStorageClass(); err != nil {
		return info, err
	}
	if o.Tags, err = c.taggingHeader(); err != nil {
		return info, err
	}
	if o.Owner, o.ACL, err = c.newACL(); err != nil {
		return info, err
	}
	if o.Lock, err = c.lockHeaders(); err != nil {
		return info, err
	}
	if o.If, err = c.writeConditions(); err != nil {
		return info, err
	}
	if o.Encryption, err = c.readEncryption(); err != nil {
		return info, err
	}
	check, err := c.newBodyCheck()
	if err != nil {
		return info, err
	}
	if err := sumOfLocked(check, &c.info, o.Lock); err != nil {
		return info, err
	}
	if o.Checksum = check.algorithm; o.Checksum == "" {
		o.Checksum = defaultChecksum
	}
	o.Verify = check.verify
	o.PlanFirst = header(c.r.Header, "Expect") != ""
	c.reading = true
	if info, err = c.bucket.Put(c.ctx, c.key, c.received(check.body(o.Checksum)), &o); err != nil {
		return info, c.absent(err)
	}
	c.noteSize(info.Size)
	c.set("Etag", `"`+info.ETag+`"`)
	c.setChecksum(info.Checksum)
	c.announceContext(info.Encryption)
	c.setVersion(info.VersionID)
	c.announceExpiration(&info)
	return info, nil
}

// bodySize returns the declared length of an upload, nil for a chunked one.
func (c *call) bodySize() (*int64, error) {
	n := c.r.ContentLength
	switch {
	case n > objstore.MaxPutSize:
		return nil, refusal(codeEntityTooLarge, "",
			auth.Detail{Name: "ProposedSize", Value: strconv.FormatInt(n, 10)},
			auth.Detail{Name: "MaxSizeAllowed", Value: strconv.FormatInt(objstore.MaxPutSize, 10)})
	case n < 0:
		return nil, nil
	case n == 0 && c.r.ProtoMajor == 2 && strings.Trim(header(c.r.Header, "Content-Length"), "0") != "":
		return nil, codeIncompleteBody // the stream ended with its header (RFC 9113, 8.1.1)
	case n == 0 && c.r.ProtoMajor == 1 && !c.declaresLength():
		return nil, codeMissingContentLength
	}
	return &c.r.ContentLength, nil
}

// declaresLength tells whether the client said how long the body is: net/http
// takes a missing length for zero.
func (c *call) declaresLength() bool {
	return len(c.r.Header["Content-Length"]) > 0 || len(c.r.TransferEncoding) > 0 || c.wireLength != 0
}

// absent hides from callers who may not list that a conditional write found
// nothing.
func (c *call) absent(err error) error {
	own := c.own()
	return c.hideAbsence(&own, err)
}
