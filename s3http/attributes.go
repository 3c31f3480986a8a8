package s3http

import (
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/internal/httpx"
	"github.com/cofferstore/coffer/objstore"
)

// attributes are what a caller of GetObjectAttributes asks for.
type attributes struct {
	etag, checksum, parts, class, size bool

	maxParts, marker int
}

func (c *call) readAttributes() (attributes, error) {
	var a attributes
	asked := strings.Join(c.r.Header["X-Amz-Object-Attributes"], ",")
	if strings.TrimSpace(asked) == "" {
		return a, badArgument("x-amz-object-attributes", asked, "The x-amz-object-attributes header specifying the attributes to be retrieved is either missing or empty")
	}
	for _, name := range strings.Split(asked, ",") {
		switch strings.TrimSpace(name) {
		case "ETag":
			a.etag = true
		case "Checksum":
			a.checksum = true
		case "ObjectParts":
			a.parts = true
		case "StorageClass":
			a.class = true
		case "ObjectSize":
			a.size = true
		default:
			return a, badArgument("x-amz-object-attributes", name, "Invalid attribute name specified.")
		}
	}
	var err error
	if a.maxParts, err = c.numberHeader("X-Amz-Max-Parts", maxPage); err != nil {
		return a, err
	}
	a.maxParts = min(a.maxParts, maxPage)
	a.marker, err = c.numberHeader("X-Amz-Part-Number-Marker", 0)
	return a, err
}

func (c *call) numberHeader(name string, otherwise int) (int, error) {
	v := header(c.r.Header, name)
	if v == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(v, 10, 32)
	if err != nil || n < 0 {
		return 0, badArgument(strings.ToLower(name), v, "Provided value is not an integer or within integer range")
	}
	return int(n), nil
}

// getAttributes serves GetObjectAttributes. It also needs the right to read.
func (c *call) getAttributes() error {
	a, err := c.readAttributes()
	if err != nil {
		return err
	}
	obj, err := c.find(c.own(), c.action(), true)
	if err != nil {
		return err
	}
	defer obj.Close()
	read := "s3:GetObject"
	if c.version != "" {
		read = "s3:GetObjectVersion"
	}
	if err := c.unlock(obj); err != nil {
		return err
	}
	info := obj.Info()
	own := c.own()
	if err := c.may(&own, read, info); err != nil {
		return err
	}
	if cond, any := c.readConditions(); any {
		if err := obj.Check(cond); err != nil {
			return c.conditionFailed(info, err)
		}
	}
	c.set("Last-Modified", httpx.FormatDate(info.ModTime))
	c.setVersion(info.VersionID)
	x := c.h.newXML()
	defer x.free()
	a.encode(x, info)
	return c.sendXML(x)
}

func (a *attributes) encode(x *xmlWriter, info *objstore.ObjectInfo) {
	x.root("GetObjectAttributesResponse")
	if a.etag {
		x.text("ETag", info.ETag)
	}
	if a.checksum && info.Checksum.Value != "" {
		sum := info.Checksum
		sum.Value, _, _ = strings.Cut(sum.Value, "-") // the count of parts is another attribute
		x.open("Checksum")
		checksumXML(x, sum)
		x.close("Checksum")
	}
	if a.parts && len(info.Parts) > 0 {
		a.encodeParts(x, info)
	}
	if a.class {
		x.name("StorageClass", storageClass(info.StorageClass))
	}
	if a.size {
		x.number("ObjectSize", info.Size)
	}
	x.close("GetObjectAttributesResponse")
}

// encodeParts lists the parts that a composite checksum is made of; of others
// there is the count, as on Amazon.
func (a *attributes) encodeParts(x *xmlWriter, info *objstore.ObjectInfo) {
	x.open("ObjectParts")
	x.number("PartsCount", int64(len(info.Parts)))
	if info.Checksum.Type == objstore.ChecksumComposite {
		a.encodePage(x, info)
	}
	x.close("ObjectParts")
}

func (a *attributes) encodePage(x *xmlWriter, info *objstore.ObjectInfo) {
	page := info.Parts
	for len(page) > 0 && page[0].Number <= a.marker {
		page = page[1:]
	}
	truncated := len(page) > a.maxParts
	page = page[:min(len(page), a.maxParts)]
	next := a.marker
	if len(page) > 0 {
		next = page[len(page)-1].Number
	}
	x.number("PartNumberMarker", int64(a.marker))
	x.number("NextPartNumberMarker", int64(next))
	x.number("MaxParts", int64(a.maxParts))
	x.flag("IsTruncated", truncated)
	for i := range page {
		x.open("Part")
		if page[i].Checksum != "" {
			x.text("Checksum"+string(info.Checksum.Algorithm), page[i].Checksum)
		}
		x.number("PartNumber", int64(page[i].Number))
		x.number("Size", page[i].Size)
		x.close("Part")
	}
}
