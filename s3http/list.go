package s3http

import (
	"encoding/base64"
	"strings"

	"github.com/cofferstore/coffer/objstore"
)

// listObjects serves ListObjects, version 1.
func (c *call) listObjects() error {
	if v := c.query.get("list-type"); v != "" {
		return badArgument("list-type", v, "Invalid list type")
	}
	q, encoded, err := c.listQuery()
	if err != nil {
		return err
	}
	marker := c.query.get("marker")
	q.After = marker
	page, free, err := c.listPage(q)
	if err != nil {
		return err
	}
	defer free()
	x := c.h.newXML()
	defer x.free()
	x.url = encoded
	x.root("ListBucketResult")
	x.text("Name", c.bucketID.Name)
	x.key("Marker", marker)
	if page.Truncated && (q.Delimiter != "" || !endsPage(&page)) {
		x.key("NextMarker", page.Next)
	}
	x.listingHead(q.Prefix, q.Delimiter)
	x.number("MaxKeys", int64(q.Limit))
	x.flag("IsTruncated", page.Truncated)
	c.contentsXML(x, page.Objects, true)
	x.prefixes(page.Prefixes)
	x.close("ListBucketResult")
	return c.sendListing(x)
}

// endsPage tells whether a client that goes on after the last key of the page
// goes on where the page ended. S3 sends no NextMarker then, without delimiter.
func endsPage(page *objstore.ListPage) bool {
	n := len(page.Objects)
	return n > 0 && page.Objects[n-1].Key == page.Next
}

// listObjectsV2 serves ListObjectsV2.
func (c *call) listObjectsV2() error {
	q, encoded, err := c.listQuery()
	if err != nil {
		return err
	}
	startAfter := c.query.get("start-after")
	token, continued := c.query.lookup("continuation-token")
	q.After = startAfter
	if token != "" { // an empty one continues nothing: loops may begin with it, as with Ceph
		if q.After, err = parseToken(token); err != nil {
			return err
		}
	}
	fetchOwner, err := c.fetchOwner()
	if err != nil {
		return err
	}
	page, free, err := c.listPage(q)
	if err != nil {
		return err
	}
	defer free()
	x := c.h.newXML()
	defer x.free()
	x.url = encoded
	x.root("ListBucketResult")
	x.text("Name", c.bucketID.Name)
	x.listingHead(q.Prefix, q.Delimiter)
	x.number("MaxKeys", int64(q.Limit))
	x.number("KeyCount", int64(len(page.Objects)+len(page.Prefixes)))
	x.flag("IsTruncated", page.Truncated)
	if continued {
		x.text("ContinuationToken", token)
	}
	if page.Truncated {
		x.text("NextContinuationToken", newToken(page.Next))
	}
	if startAfter != "" {
		x.key("StartAfter", startAfter)
	}
	c.contentsXML(x, page.Objects, fetchOwner)
	x.prefixes(page.Prefixes)
	x.close("ListBucketResult")
	return c.sendListing(x)
}

// listQuery reads what both versions share.
func (c *call) listQuery() (q objstore.ListQuery, encoded bool, err error) {
	if encoded, err = c.encodingType(); err != nil {
		return q, false, err
	}
	if err := c.optionalAttributes(); err != nil {
		return q, false, err
	}
	if c.query.has("allow-unordered") {
		return q, false, refusal(codeNotImplemented, "The parameter allow-unordered is not implemented.")
	}
	q.Prefix, q.Delimiter = c.query.get("prefix"), c.query.get("delimiter")
	q.Limit, err = c.pageSize("max-keys")
	return q, encoded, err
}

// optionalAttributes reads x-amz-optional-object-attributes. RestoreStatus is
// the only one, and no object here is archived so that it had one.
func (c *call) optionalAttributes() error {
	for _, v := range c.r.Header["X-Amz-Optional-Object-Attributes"] {
		for _, name := range strings.Split(v, ",") {
			if strings.TrimSpace(name) != "RestoreStatus" {
				return badArgument("x-amz-optional-object-attributes", v, "Invalid attribute name specified.")
			}
		}
	}
	return nil
}

func (c *call) fetchOwner() (bool, error) {
	switch v := c.query.get("fetch-owner"); strings.ToLower(v) {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, badArgument("fetch-owner", v, "Argument fetch-owner must be true or false")
	}
}

// maxEmptyPages bounds how many pages without an entry are passed over for one
// answer; many clients take an empty page for the end.
const maxEmptyPages = 100

// listPage gets the page, and goes on while it has nothing but the promise of
// more. The page is good until free is called.
func (c *call) listPage(q objstore.ListQuery) (page objstore.ListPage, free func(), err error) {
	if q.Limit == 0 {
		return page, func() {}, nil
	}
	memory, ok := c.h.entries.Get().(*[]objstore.ObjectInfo)
	if !ok {
		memory = new([]objstore.ObjectInfo)
	}
	for n := 1; ; n++ {
		q.Reuse = *memory
		page, err = c.bucket.List(c.ctx, q)
		if err != nil {
			return page, nil, err
		}
		if !page.Truncated || len(page.Objects)+len(page.Prefixes) > 0 || n == maxEmptyPages {
			*memory = page.Objects
			return page, func() { c.h.entries.Put(memory) }, nil
		}
		q.After = page.Next
	}
}

func (c *call) contentsXML(x *xmlWriter, objects []objstore.ObjectInfo, withOwner bool) {
	o := owners{c: c}
	for i := range objects {
		info := &objects[i]
		x.open("Contents")
		x.key("Key", info.Key)
		entryXML(x, info)
		if withOwner {
			o.write(x, c.access.owner(c.info.Owner, info.Owner))
		}
		x.name("StorageClass", storageClass(info.StorageClass))
		x.close("Contents")
	}
}

// tokenVersion begins a continuation token, so that its form can change.
const tokenVersion = "1"

// newToken makes a continuation token. It is opaque to clients; it says no more
// than they know, so it is not sealed.
func newToken(after string) string {
	return tokenVersion + base64.RawURLEncoding.EncodeToString([]byte(after))
}

func parseToken(token string) (string, error) {
	encoded, ok := strings.CutPrefix(token, tokenVersion)
	after, err := base64.RawURLEncoding.DecodeString(encoded)
	if !ok || err != nil || len(after) > 2*objstore.MaxKeyLen {
		return "", badArgument("continuation-token", token, "The continuation token provided is incorrect")
	}
	return string(after), nil
}
