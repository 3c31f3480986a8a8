package s3http

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/internal/httpx"
	"github.com/cofferstore/coffer/objstore"
)

// maxUserMetadata is the largest sum, in bytes, of the names and values of user
// metadata (S3 user guide, "User-defined object metadata").
const maxUserMetadata = 2 << 10

// maxStoredHeader bounds each of the other headers that are stored; S3 bounds
// their sum by 8 KiB.
const maxStoredHeader = 4 << 10

// defaultContentType is what S3 says of an object that was stored without one.
const defaultContentType = "binary/octet-stream"

// readMetadata collects what a writer says of an object.
func (c *call) readMetadata() (objstore.Metadata, error) {
	h := c.r.Header
	m := objstore.Metadata{
		ContentType:        header(h, "Content-Type"),
		ContentEncoding:    header(h, "Content-Encoding"),
		ContentLanguage:    header(h, "Content-Language"),
		ContentDisposition: header(h, "Content-Disposition"),
		CacheControl:       header(h, "Cache-Control"),
		Expires:            header(h, "Expires"),
		WebsiteRedirect:    header(h, hdrRedirect),
	}
	size := len(m.ContentType) + len(m.ContentEncoding) + len(m.ContentLanguage) + len(m.ContentDisposition) +
		len(m.CacheControl) + len(m.Expires) + len(m.WebsiteRedirect)
	if size > maxStoredHeader {
		return m, metadataTooLarge(size, maxStoredHeader)
	}
	if r := m.WebsiteRedirect; r != "" && !validRedirect(r) {
		return m, refusal("InvalidRedirectLocation", "")
	}
	if !c.amz.meta {
		return m, nil
	}
	var err error
	m.User, err = userMetadata(h)
	return m, err
}

// validRedirect follows PutObject's x-amz-website-redirect-location: an object
// of the bucket or a URL.
func validRedirect(r string) bool {
	return strings.HasPrefix(r, "/") || strings.HasPrefix(r, "http://") || strings.HasPrefix(r, "https://")
}

// userMetadata collects x-amz-meta-* headers. Lines of the same name are joined
// by a comma.
func userMetadata(h http.Header) (map[string]string, error) {
	user, size := map[string]string{}, 0
	for name, values := range h {
		if !strings.HasPrefix(name, metaPrefix) {
			continue
		}
		key, value := strings.ToLower(name[len(metaPrefix):]), strings.Join(values, ",")
		size += len(key) + len(value)
		user[key] = value
	}
	if size > maxUserMetadata {
		return nil, metadataTooLarge(size, maxUserMetadata)
	}
	return user, nil
}

func metadataTooLarge(size, limit int) *fault {
	return refusal(codeMetadataTooLarge, "",
		auth.Detail{Name: "Size", Value: strconv.Itoa(size)}, auth.Detail{Name: "MaxSizeAllowed", Value: strconv.Itoa(limit)})
}

// readStorageClass returns the class to be stored; "" is STANDARD. Classes are
// kept and told again, they do not move bytes.
// readStorageClass reads x-amz-storage-class. Classes whose objects clients do
// not read before they have restored them (GLACIER, DEEP_ARCHIVE) are refused.
func (c *call) readStorageClass() (string, error) {
	v := c.r.Header[hdrStorageClass]
	if len(v) == 0 {
		return "", nil
	}
	switch class := v[0]; class {
	case "STANDARD":
		return "", nil
	case "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR":
		return class, nil
	}
	return "", refusal(codeInvalidStorageClass, "", auth.Detail{Name: "StorageClassRequested", Value: v[0]})
}

// storageClass is the class as listings tell it.
func storageClass(class string) string {
	if class == "" {
		return "STANDARD"
	}
	return class
}

// describe tells a reader what the writer said of the object.
func (c *call) describe(info *objstore.ObjectInfo) {
	m := &info.Meta
	c.set("Last-Modified", httpx.FormatDate(info.ModTime))
	c.set("Etag", `"`+info.ETag+`"`)
	c.set("Accept-Ranges", "bytes")
	if m.ContentType != "" {
		c.set("Content-Type", m.ContentType)
	} else {
		c.set("Content-Type", defaultContentType)
	}
	c.setSome("Content-Encoding", m.ContentEncoding)
	c.setSome("Content-Language", m.ContentLanguage)
	c.setSome("Content-Disposition", m.ContentDisposition)
	c.setSome("Cache-Control", m.CacheControl)
	c.setSome("Expires", m.Expires)
	c.setSome(hdrRedirect, m.WebsiteRedirect)
	c.setSome(hdrStorageClass, info.StorageClass)
	for key, value := range m.User {
		// In lower case on the wire too, as Amazon sends it: boto3 and others
		// hand the name on to programs as they find it.
		c.w.Header()["x-amz-meta-"+key] = []string{metadataValue(value)}
	}
	c.setVersion(info.VersionID)
}

func (c *call) setSome(name, value string) {
	if value != "" {
		c.set(name, value)
	}
}

// metadataValue is a value of user metadata as a header carries it: what is not
// ASCII is encoded as in RFC 2047, as Amazon does. A value that was sent so
// encoded is ASCII and comes back as it was sent.
func metadataValue(v string) string {
	for i := 0; i < len(v); i++ {
		if v[i] >= 0x80 {
			return mime.BEncoding.Encode("UTF-8", v)
		}
	}
	return v
}

// overrides are the response-* parameters of GetObject and the headers that
// they replace.
var overrides = []struct{ parameter, header string }{
	{"response-content-type", "Content-Type"},
	{"response-content-language", "Content-Language"},
	{"response-expires", "Expires"},
	{"response-cache-control", "Cache-Control"},
	{"response-content-disposition", "Content-Disposition"},
	{"response-content-encoding", "Content-Encoding"},
}

// checkOverrides refuses response-* parameters of callers who did not sign
// them, since anybody could then make a public object into anything.
func (c *call) checkOverrides() error {
	for _, o := range overrides {
		v, given := c.query.lookup(o.parameter)
		if !given {
			continue
		}
		if c.identity.Anonymous() {
			return refusal(codeInvalidRequest, "Request specific response headers cannot be used for anonymous GET requests.")
		}
		if !isHeaderText(v) || !isLatin1(v) {
			return badArgument(o.parameter, "", "Header value cannot be represented using ISO-8859-1.")
		}
	}
	return nil
}

func isLatin1(s string) bool {
	for _, r := range s {
		if r > unicode.MaxLatin1 {
			return false
		}
	}
	return true
}

func (c *call) override() {
	for _, o := range overrides {
		if v := c.query.get(o.parameter); v != "" {
			c.set(o.header, v)
		}
	}
}
