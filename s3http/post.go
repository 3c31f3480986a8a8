package s3http

import (
	"errors"
	"io"
	"math"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/s3http/postpolicy"
)

// postObject serves PostObject: a form that a browser sends, signed in its
// fields or by nobody.
func (c *call) postObject() error {
	f, err := c.readForm()
	if err != nil {
		return err
	}
	if err := c.identifyForm(f); err != nil {
		return err
	}
	missing := c.openBucket()
	if err := c.admit(); err != nil {
		return err
	}
	if missing != nil {
		return missing
	}
	within, err := c.checkForm(f)
	if err != nil {
		return err
	}
	if err := c.takeForm(f, within); err != nil {
		return err
	}
	if err := c.readAmzHeaders(); err != nil {
		return err
	}
	if err := c.authorize(c.route.Action, c.resource()); err != nil {
		return err
	}
	info, err := c.write(nil)
	if err != nil {
		return err
	}
	return c.answerForm(f, &info)
}

// identifyForm takes credentials from the fields alone.
func (c *call) identifyForm(f *form) error {
	if len(c.r.Header["Authorization"]) > 0 || c.query.has("X-Amz-Signature") || c.query.has("Signature") {
		return refusal(codeInvalidRequest, "A browser upload is signed in the fields of its form, and there alone.")
	}
	id, err := c.h.forms.VerifyForm(c.r, f.field)
	if err != nil && !auth.Is(err, auth.ErrNoCredentials) {
		return err
	}
	if err := c.takeIdentity(id); err != nil {
		return err
	}
	for _, name := range []string{hdrRequestPayer, "X-Amz-Expected-Bucket-Owner"} { // they count before the bucket is open
		if value, there := f.fields[strings.ToLower(name)]; there {
			c.r.Header[name] = []string{value}
		}
	}
	return nil
}

// checkForm judges the form by its policy. One that nobody signed has none.
func (c *call) checkForm(f *form) (postpolicy.Range, error) {
	key, there := f.fields["key"]
	switch {
	case !there:
		return postpolicy.Range{}, badArgument("key", "", "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.")
	case key == "":
		return postpolicy.Range{}, codeUserKey
	case len(key) > objstore.MaxKeyLen:
		return postpolicy.Range{}, keyTooLong(key)
	}
	bucket := c.bucketID.Name
	if c.bucketID.Tenant != c.identity.Tenant {
		bucket = c.bucketID.Tenant + ":" + bucket
	}
	if named, there := f.fields["bucket"]; there && named != bucket {
		return postpolicy.Range{}, refusal(codeAccessDenied, "The bucket of the form is not that of the request.")
	}
	if c.identity.Anonymous() {
		return postpolicy.Range{Max: math.MaxInt64}, nil
	}
	p, err := postpolicy.Parse(f.field("policy"))
	if err != nil {
		return postpolicy.Range{}, policyFault(err)
	}
	f.fields["bucket"] = bucket
	within, err := p.Check(c.h.now(), f.fields)
	return within, policyFault(err)
}

func policyFault(err error) error {
	var refused *postpolicy.Error
	if errors.As(err, &refused) {
		return refusal(code(refused.Code), refused.Message)
	}
	return err
}

// formHeaders are the fields, in lower case, that mean what a header of
// PutObject means, and that header. x-amz-* fields mean those of the same name.
var formHeaders = map[string]string{
	"acl": hdrACL, "cache-control": "Cache-Control", "content-type": "Content-Type", "content-disposition": "Content-Disposition",
	"content-encoding": "Content-Encoding", "content-language": "Content-Language", "content-md5": "Content-Md5", "expires": "Expires",
}

// takeForm makes the request one that uploads the file alone, with headers that
// say what the fields said.
func (c *call) takeForm(f *form, within postpolicy.Range) error {
	h := http.Header{}
	for name, values := range c.r.Header {
		_, described := formHeaders[strings.ToLower(name)]
		if !described && !strings.HasPrefix(name, "X-Amz-") {
			h[name] = values
		}
	}
	for field, value := range f.fields {
		name, known := formHeaders[field]
		if !known {
			if !strings.HasPrefix(field, "x-amz-") || credentialParameters[field] {
				continue
			}
			if name = textproto.CanonicalMIMEHeaderKey(field); !strings.HasPrefix(name, "X-Amz-") {
				return badArgument(field, "", "The field has a name that a header cannot have.")
			}
		}
		if name == hdrCopySource {
			return notImplemented(field)
		}
		if !isHeaderText(value) {
			return badArgument(field, "", "The field has bytes that a header cannot have.")
		}
		h[name] = []string{value}
	}
	if document := f.field("tagging"); document != "" {
		tags, err := formTags(document)
		if err != nil {
			return err
		}
		h[hdrTagging] = []string{tags}
	}
	r := *c.r
	r.Header, r.ContentLength = h, -1
	r.Body = io.NopCloser(&formFile{Reader: f.file, within: within})
	c.r, c.key = &r, f.field("key")
	if c.entry != nil {
		c.entry.Key = c.key
	}
	return nil
}

// formTags turns the document of the field "tagging" into what x-amz-tagging is.
func formTags(document string) (string, error) {
	var doc taggingDocument
	if err := parseDocument([]byte(document), "Tagging", &doc); err != nil {
		return "", err
	}
	tags, err := doc.tags(maxObjectTags, "Object")
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, t := range tags {
		if b.Len() > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(t.Key) + "=" + url.QueryEscape(t.Value))
	}
	return b.String(), nil
}

// answerForm tells a browser that the file is stored, in the way that the form
// asks for.
func (c *call) answerForm(f *form, info *objstore.ObjectInfo) error {
	if target := c.successRedirect(f, info); target != "" {
		c.set("Location", target)
		return c.send(http.StatusSeeOther)
	}
	location := c.objectURL()
	c.set("Location", location)
	switch f.field("success_action_status") {
	case "200":
		return c.send(http.StatusOK)
	case "201":
	default:
		return c.send(http.StatusNoContent)
	}
	x := c.h.newXML()
	defer x.free()
	x.declare()
	x.open("PostResponse")
	x.text("Location", location)
	x.text("Bucket", c.bucketID.Name)
	x.text("Key", c.key)
	x.etag(info.ETag)
	x.close("PostResponse")
	return c.sendXMLStatus(http.StatusCreated, x)
}

// successRedirect is the URL of the field success_action_redirect with bucket,
// key and entity tag added to its query; "" when it is no URL, which S3 takes
// for no field.
func (c *call) successRedirect(f *form, info *objstore.ObjectInfo) string {
	target := f.field("success_action_redirect")
	if target == "" {
		target = f.field("redirect")
	}
	u, err := url.Parse(target)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	more := "bucket=" + url.QueryEscape(c.bucketID.Name) + "&key=" + url.QueryEscape(c.key) + "&etag=" + url.QueryEscape(`"`+info.ETag+`"`)
	if u.RawQuery != "" {
		more = u.RawQuery + "&" + more
	}
	u.RawQuery = more
	return u.String()
}

// objectURL names the object in the style in which the request named the bucket.
func (c *call) objectURL() string {
	u := url.URL{Scheme: "http", Host: c.r.Host, Path: strings.TrimSuffix(c.r.URL.Path, "/") + "/" + c.key}
	if c.r.TLS != nil {
		u.Scheme = "https"
	}
	return u.String()
}
