package s3http

import (
	"net/http"
	"strings"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/checksum"
)

// createUpload serves CreateMultipartUpload.
func (c *call) createUpload() error {
	o := objstore.UploadOptions{Initiator: c.identity.ID}
	var err error
	if o.Meta, err = c.readMetadata(); err != nil {
		return err
	}
	if o.StorageClass, err = c.readStorageClass(); err != nil {
		return err
	}
	if o.Tags, err = c.taggingHeader(); err != nil {
		return err
	}
	if o.Owner, o.ACL, err = c.newACL(); err != nil {
		return err
	}
	if o.Lock, err = c.lockHeaders(); err != nil {
		return err
	}
	if o.Checksum, o.ChecksumType, err = c.uploadChecksum(); err != nil {
		return err
	}
	if o.Encryption, err = c.readEncryption(); err != nil {
		return err
	}
	// Amazon has conditions on the completion alone; minio-go sends them here.
	if o.If, err = c.writeConditions(); err != nil {
		return err
	}
	asked := o.Checksum != ""
	if !asked {
		o.Checksum, o.ChecksumType = defaultChecksum, objstore.ChecksumFullObject
	}
	up, err := c.bucket.CreateUpload(c.ctx, c.key, &o)
	if err != nil {
		return err
	}
	info := up.Info()
	c.announceContext(info.Encryption)
	c.announceAbort(&info)
	if asked {
		c.set(hdrChecksumAlgorithm, string(info.Checksum))
		c.set(hdrChecksumType, string(info.ChecksumType))
	}
	x := c.h.newXML()
	defer x.free()
	x.root("InitiateMultipartUploadResult")
	x.text("Bucket", c.bucketID.Name)
	x.text("Key", c.key)
	x.text("UploadId", info.ID)
	x.close("InitiateMultipartUploadResult")
	return c.sendXML(x)
}

// uploadChecksum reads x-amz-checksum-algorithm and x-amz-checksum-type. The
// type that an algorithm has by default is COMPOSITE where it can (S3 user
// guide, "Checking object integrity").
func (c *call) uploadChecksum() (checksum.Algorithm, objstore.ChecksumType, error) {
	a, err := c.requestedAlgorithm()
	if err != nil {
		return "", "", err
	}
	t, err := c.checksumType()
	switch {
	case err != nil:
		return "", "", err
	case a == "" && t != "":
		return "", "", refusal(codeInvalidRequest, "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
	case a == "":
		return "", "", nil
	case t == "" && a.Composite():
		t = objstore.ChecksumComposite
	case t == "":
		t = objstore.ChecksumFullObject
	}
	if t == objstore.ChecksumComposite && !a.Composite() || t == objstore.ChecksumFullObject && !a.FullObject() {
		return "", "", refusal(codeInvalidRequest,
			"The "+string(t)+" checksum type cannot be used with the "+strings.ToLower(string(a))+" checksum algorithm.")
	}
	return a, t, nil
}

func (c *call) checksumType() (objstore.ChecksumType, error) {
	v := header(c.r.Header, hdrChecksumType)
	switch t := objstore.ChecksumType(strings.ToUpper(v)); t {
	case "", objstore.ChecksumComposite, objstore.ChecksumFullObject:
		return t, nil
	}
	return "", refusal(codeInvalidRequest, "Value for x-amz-checksum-type header is invalid.")
}

// openUpload opens the upload that the request names.
func (c *call) openUpload() (*objstore.Upload, error) {
	up, err := c.bucket.Upload(c.ctx, c.key, c.query.get("uploadId"))
	if err != nil {
		return nil, c.uploadError(err)
	}
	return up, nil
}

// uploadError adds the id to NoSuchUpload. An id that no upload can have is
// one that does not exist.
func (c *call) uploadError(err error) error {
	if objstore.CodeOf(err) != objstore.ErrNoSuchUpload {
		return err
	}
	f := explain(err)
	f.detail("UploadId", c.query.get("uploadId"))
	return f
}

// uploadPart serves UploadPart.
func (c *call) uploadPart() error {
	number, err := parsePartNumber(c.query.get("partNumber"))
	if err != nil {
		return err
	}
	size, err := c.bodySize()
	if err != nil {
		return err
	}
	check, err := c.newBodyCheck()
	if err != nil {
		return err
	}
	up, err := c.openUpload()
	if err != nil {
		return err
	}
	if err := sumOfLocked(check, &c.info, up.Info().Lock); err != nil {
		return err
	}
	if err := c.sumOfPart(check.algorithm, up.Info()); err != nil {
		return err
	}
	if err := c.unlockUpload(up, false); err != nil {
		return err
	}
	stored := up.Info().Checksum
	if stored == "" {
		stored = check.algorithm
	}
	c.reading = true
	part, err := up.PutPart(c.ctx, number, c.received(check.body(stored)), &objstore.PartOptions{
		Size: size, Checksum: stored, Verify: check.verify,
	})
	if err != nil {
		return c.uploadError(err)
	}
	c.set("Etag", `"`+part.ETag+`"`)
	c.announceEncryption(up.Info().Encryption)
	if a := part.Checksum.Algorithm; a != "" {
		c.set(checksumHeader(a), part.Checksum.Value)
	}
	return c.send(http.StatusOK)
}

// sumOfPart holds the checksum that came with a part ("": none) to the one that
// the upload was begun with: a composite one is made of those of the parts. An
// upload begun with none has the default, and takes any. Clients that sign by
// Version 2, which is older than checksums, announce one and send none.
func (c *call) sumOfPart(got checksum.Algorithm, u objstore.UploadInfo) error {
	switch {
	case got == "" && c.identity.Scheme == auth.SchemeV2:
		return nil
	case u.Checksum == "" || u.Checksum == defaultChecksum || got == u.Checksum:
		return nil
	case got == "" && u.ChecksumType == objstore.ChecksumFullObject:
		return nil
	}
	return refusal(codeInvalidRequest, "Checksum Type mismatch occurred, expected checksum Type: "+strings.ToLower(string(u.Checksum))+
		", actual checksum Type: "+strings.ToLower(orNone(got)))
}

// uploadPartCopy serves UploadPartCopy.
func (c *call) uploadPartCopy() error {
	number, err := parsePartNumber(c.query.get("partNumber"))
	if err != nil {
		return err
	}
	up, err := c.openUpload()
	if err != nil {
		return err
	}
	if err := c.unlockUpload(up, false); err != nil {
		return err
	}
	src, obj, err := c.openSource()
	if err != nil {
		return err
	}
	defer obj.Close()
	info := obj.Info()
	off, n, err := copyRange(header(c.r.Header, "X-Amz-Copy-Source-Range"), info.Size)
	if err != nil {
		return err
	}
	if n > objstore.MaxPutSize {
		return refusal(codeInvalidRequest, "The specified copy source is larger than the maximum allowable size for a copy source: 5368709120")
	}
	part, err := up.CopyPart(c.ctx, number, obj, off, n)
	if err != nil {
		return c.uploadError(err)
	}
	c.setSourceVersion(src, info)
	c.announceEncryption(up.Info().Encryption)
	return c.sendCopyResult("CopyPartResult", part.ETag, part.ModTime,
		objstore.Checksum{Algorithm: part.Checksum.Algorithm, Value: part.Checksum.Value})
}

// startedUpload opens the upload that the request names for who may do the
// route's action, which who started it may.
func (c *call) startedUpload() (*objstore.Upload, error) {
	up, err := c.openUpload()
	res := c.resource()
	if err == nil {
		res.Initiator = up.Info().Initiator
	}
	if denied := c.authorize(c.route.Action, res); denied != nil {
		return nil, denied
	}
	return up, err
}

// abortUpload serves AbortMultipartUpload.
func (c *call) abortUpload() error {
	up, err := c.startedUpload()
	if err != nil {
		return err
	}
	if err := up.Abort(c.ctx); err != nil {
		return c.uploadError(err)
	}
	return c.send(http.StatusNoContent)
}
