package s3http

import (
	"strconv"

	"github.com/cofferstore/coffer/objstore"
)

// maxPage bounds the entries of a page of any listing but that of buckets.
const maxPage = 1000

// encodingType reads encoding-type: whether keys are to be percent-encoded.
func (c *call) encodingType() (bool, error) {
	switch v := c.query.get("encoding-type"); v {
	case "":
		return false, nil
	case "url":
		return true, nil
	default:
		return false, badArgument("encoding-type", v, "Invalid Encoding Method specified in Request")
	}
}

// pageSize reads max-keys and its relatives: more than [maxPage] is that much.
func (c *call) pageSize(name string) (int, error) {
	v := c.query.get(name)
	if v == "" {
		return maxPage, nil
	}
	n, err := strconv.ParseInt(v, 10, 32)
	switch {
	case err != nil:
		return 0, badArgument(name, v, "Provided "+name+" not an integer or within integer range")
	case n < 0:
		return 0, badArgument(name, v, "Argument "+name+" must be an integer between 0 and 2147483647")
	}
	return int(min(n, maxPage)), nil
}

// listingHead writes what all listings with a prefix and a delimiter repeat of
// the request.
func (x *xmlWriter) listingHead(prefix, delimiter string) {
	x.key("Prefix", prefix)
	if delimiter != "" {
		x.key("Delimiter", delimiter)
	}
	x.encoding()
}

func (x *xmlWriter) encoding() {
	if x.url {
		x.text("EncodingType", "url")
	}
}

func (x *xmlWriter) prefixes(prefixes []string) {
	for _, p := range prefixes {
		x.open("CommonPrefixes")
		x.key("Prefix", p)
		x.close("CommonPrefixes")
	}
}

// sendListing answers with a listing, unless it would carry altered keys.
func (c *call) sendListing(x *xmlWriter) error {
	if x.broken {
		return badArgument("encoding-type", "",
			"The listing has keys that are not UTF-8 and that XML cannot carry. Ask for it with encoding-type=url.")
	}
	return c.sendXML(x)
}

// owners writes Owner elements of a listing; most entries have the same one.
type owners struct {
	c    *call
	last string
	xml  []byte // of last
}

func (o *owners) write(x *xmlWriter, id string) {
	if o.xml != nil && id == o.last {
		x.b = append(x.b, o.xml...)
		return
	}
	from := len(x.b)
	o.c.userXML(x, "Owner", id)
	o.last, o.xml = id, append(o.xml[:0], x.b[from:]...)
}

// entryXML writes what object and version entries have in common, from
// LastModified on.
func entryXML(x *xmlWriter, info *objstore.ObjectInfo) {
	x.time("LastModified", info.ModTime)
	if info.DeleteMarker {
		return
	}
	x.etag(info.ETag)
	if info.Checksum.Algorithm != "" {
		x.name("ChecksumAlgorithm", string(info.Checksum.Algorithm))
		x.name("ChecksumType", string(info.Checksum.Type))
	}
	x.number("Size", info.Size)
}
