package s3http

import (
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/internal/httpx"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/checksum"
)

// completeDocument is the body of CompleteMultipartUpload.
type completeDocument struct {
	Parts   []completePart `xml:"Part"`
	Unknown unknown        `xml:",any"`
}

type completePart struct {
	PartNumber once[int]         `xml:"PartNumber"`
	ETag       once[string]      `xml:"ETag"`
	Sums       []checksumElement `xml:",any"`
}

// parts turns the document into the engine's form, for an upload.
func (d *completeDocument) parts(u objstore.UploadInfo) ([]objstore.CompletePart, error) {
	if len(d.Parts) == 0 || len(d.Parts) > objstore.MaxPartNumber || len(d.Unknown) > 0 {
		return nil, codeMalformedXML
	}
	parts := make([]objstore.CompletePart, len(d.Parts))
	for i := range d.Parts {
		p := &d.Parts[i]
		number, etag := p.PartNumber.get(), strings.TrimSpace(p.ETag.get())
		if p.PartNumber.value == nil || etag == "" {
			return nil, codeMalformedXML
		}
		if number < 1 || number > objstore.MaxPartNumber {
			return nil, badArgument("partNumber", strconv.Itoa(number), "PartNumber must be an integer between 1 and 10000, inclusive")
		}
		parts[i] = objstore.CompletePart{Number: number, ETag: httpx.Unquote(etag)}
		if err := p.sum(u.Checksum, &parts[i].Checksum); err != nil {
			return nil, err
		}
		if parts[i].Checksum == "" && u.ChecksumType == objstore.ChecksumComposite {
			return nil, refusal(codeInvalidRequest, "The upload was created using a "+strings.ToLower(string(u.Checksum))+
				" checksum. The complete request must include the checksum for each part. It was missing for part "+
				strconv.Itoa(number)+" in the request.")
		}
	}
	return parts, nil
}

// sum finds the part's checksum; one of another algorithm than the upload's
// cannot be compared with anything.
func (p *completePart) sum(a checksum.Algorithm, value *string) error {
	for _, e := range p.Sums {
		got, ok := e.algorithm()
		switch v := strings.TrimSpace(e.Value); {
		case !ok:
			return codeMalformedXML
		case v == "":
		case *value != "":
			return codeMalformedXML
		case got != a:
			return refusal(codeInvalidRequest, "The upload was created using the "+orNone(a)+" checksum algorithm, but part "+
				strconv.Itoa(p.PartNumber.get())+" is given with a checksum of "+string(got)+".")
		default:
			*value = v
		}
	}
	return nil
}

func orNone(a checksum.Algorithm) string {
	if a == "" {
		return "null"
	}
	return string(a)
}

// completeUpload serves CompleteMultipartUpload.
func (c *call) completeUpload() error {
	o, err := c.completeOptions()
	if err != nil {
		return err
	}
	var doc completeDocument
	err = c.decodeCompletion(&doc)
	if err != nil {
		return err
	}
	up, err := c.openUpload()
	if err != nil {
		return err
	}
	if err := c.unlockUpload(up, true); err != nil {
		return err
	}
	upload := up.Info()
	parts, err := doc.parts(upload)
	if err != nil {
		return err
	}
	if err := c.expectSum(o, upload, len(parts)); err != nil {
		return err
	}
	info, err := up.Complete(c.ctx, parts, o)
	if err != nil {
		return c.absent(c.uploadError(err))
	}
	c.announceEncryption(info.Encryption)
	c.setVersion(info.VersionID)
	c.announceExpiration(&info)
	x := c.h.newXML()
	defer x.free()
	x.root("CompleteMultipartUploadResult")
	x.text("Location", c.location())
	x.text("Bucket", c.bucketID.Name)
	x.text("Key", c.key)
	x.etag(info.ETag)
	checksumXML(x, info.Checksum)
	x.close("CompleteMultipartUploadResult")
	return c.sendXML(x)
}

// decodeCompletion reads the list of parts. The checksum header of this
// operation is of the object, not of the document, so that the document is
// compared with Content-MD5 alone.
func (c *call) decodeCompletion(doc *completeDocument) error {
	amz := c.amz
	c.amz.checksum = ""
	err := c.decodeDocument("CompleteMultipartUpload", maxKeyList, doc)
	c.amz = amz
	if errors.Is(err, io.EOF) {
		return refusal(codeInvalidRequest, "You must specify at least one part")
	}
	return err
}

func (c *call) completeOptions() (*objstore.CompleteOptions, error) {
	o := &objstore.CompleteOptions{}
	var err error
	if o.If, err = c.writeConditions(); err != nil {
		return nil, err
	}
	if o.ChecksumType, err = c.checksumType(); err != nil {
		return nil, err
	}
	if v := header(c.r.Header, "X-Amz-Mp-Object-Size"); v != "" {
		size, err := strconv.ParseInt(v, 10, 64)
		if err != nil || size < 0 {
			return nil, badArgument("x-amz-mp-object-size", v, "Value for x-amz-mp-object-size header is invalid.")
		}
		o.Size = &size
	}
	return o, nil
}

// expectSum reads the checksum that the client expects of the object. Clients
// may leave out the number of parts behind a composite one.
func (c *call) expectSum(o *objstore.CompleteOptions, upload objstore.UploadInfo, parts int) error {
	if c.amz.checksum == "" {
		return nil
	}
	a := checksumHeaders[c.amz.checksum]
	if c.amz.many || a != upload.Checksum {
		return refusal(codeInvalidRequest, "The upload was created using the "+orNone(upload.Checksum)+
			" checksum algorithm. The complete request must include a checksum of that algorithm.")
	}
	v := header(c.r.Header, c.amz.checksum)
	sum, _, composite := strings.Cut(v, "-")
	if _, err := a.Decode(sum); err != nil || composite && upload.ChecksumType != objstore.ChecksumComposite {
		return invalidChecksum(a)
	}
	if !composite && upload.ChecksumType == objstore.ChecksumComposite {
		v += "-" + strconv.Itoa(parts)
	}
	o.Checksum = v
	return nil
}

// location is the address of the object that was made.
func (c *call) location() string {
	scheme := "http"
	if c.r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + c.r.Host + c.r.URL.EscapedPath()
}
