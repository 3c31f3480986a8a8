package s3http

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cofferstore/coffer/objstore"
)

// Limits of tags (S3 user guide, "Object tagging" and "Bucket tagging").
const (
	maxObjectTags = 10
	maxBucketTags = 50
	maxTagKey     = 128 // characters
	maxTagValue   = 256 // characters
)

// actionTag is what giving tags to a bucket needs, but for PutBucketTagging.
const actionTag = "s3:TagResource"

// tagSet is the element of a document that holds tags.
type tagSet struct {
	Tags []struct {
		Key     *string `xml:"Key"`
		Value   *string `xml:"Value"`
		Unknown unknown `xml:",any"`
	} `xml:"Tag"`
	Unknown unknown `xml:",any"`
}

// taggingDocument is the body of PutObjectTagging and PutBucketTagging.
type taggingDocument struct {
	Set     *tagSet `xml:"TagSet"`
	Unknown unknown `xml:",any"`
}

func (d *taggingDocument) tags(limit int, what string) ([]objstore.Tag, error) {
	if len(d.Unknown) > 0 {
		return nil, codeMalformedXML
	}
	return d.Set.tags(limit, what)
}

// tags judges the set, which must be there.
func (s *tagSet) tags(limit int, what string) ([]objstore.Tag, error) {
	if s == nil || len(s.Unknown) > 0 {
		return nil, codeMalformedXML
	}
	tags := make([]objstore.Tag, 0, len(s.Tags))
	for _, t := range s.Tags {
		if t.Key == nil || t.Value == nil || len(t.Unknown) > 0 {
			return nil, codeMalformedXML
		}
		tags = append(tags, objstore.Tag{Key: *t.Key, Value: *t.Value})
	}
	return tags, checkTags(tags, limit, what)
}

func checkTags(tags []objstore.Tag, limit int, what string) error {
	if len(tags) > limit {
		if limit == maxObjectTags {
			return refusal(codeBadRequest, what+" tags cannot be greater than 10")
		}
		return refusal(codeBadRequest, what+" tag count cannot be greater than 50")
	}
	seen := make(map[string]bool, len(tags))
	for _, t := range tags {
		switch {
		case t.Key == "" || utf8.RuneCountInString(t.Key) > maxTagKey || !isTagText(t.Key):
			return refusal(codeInvalidTag, "The TagKey you have provided is invalid")
		case utf8.RuneCountInString(t.Value) > maxTagValue || !isTagText(t.Value):
			return refusal(codeInvalidTag, "The TagValue you have provided is invalid")
		case len(t.Key) >= 4 && strings.EqualFold(t.Key[:4], "aws:"):
			return refusal(codeInvalidTag, "System tags cannot be added/updated by requester")
		case seen[t.Key]:
			return refusal(codeInvalidTag, "Cannot provide multiple Tags with the same key")
		}
		seen[t.Key] = true
	}
	return nil
}

// isTagText allows letters, digits, spaces and a few signs (S3: Tag).
func isTagText(s string) bool {
	if !utf8.ValidString(s) {
		return false
	}
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsMark(r) && !unicode.IsNumber(r) && !unicode.IsSpace(r) && !strings.ContainsRune("+-=._:/@", r) {
			return false
		}
	}
	return true
}

const badTaggingHeader = "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates."

// taggingHeader reads x-amz-tagging. Whoever tags needs the right to.
func (c *call) taggingHeader() ([]objstore.Tag, error) {
	v := header(c.r.Header, hdrTagging)
	if v == "" {
		return nil, nil
	}
	tags, err := parseTagging(v)
	if err != nil {
		return nil, err
	}
	return tags, c.authorize("s3:PutObjectTagging", c.resource())
}

// parseTagging reads tags in the form of a query.
func parseTagging(v string) ([]objstore.Tag, error) {
	var tags []objstore.Tag
	for v != "" {
		var pair string
		pair, v, _ = strings.Cut(v, "&")
		if pair == "" {
			continue
		}
		k, val, _ := strings.Cut(pair, "=")
		key, err1 := url.QueryUnescape(k)
		value, err2 := url.QueryUnescape(val)
		if err1 != nil || err2 != nil || key == "" {
			return nil, badArgument("x-amz-tagging", pair, badTaggingHeader)
		}
		for _, t := range tags {
			if t.Key == key {
				return nil, badArgument("x-amz-tagging", pair, badTaggingHeader)
			}
		}
		if tags = append(tags, objstore.Tag{Key: key, Value: value}); len(tags) > maxObjectTags {
			break
		}
	}
	return tags, checkTags(tags, maxObjectTags, "Object")
}

// decodeTags reads the document of a tagging operation.
func (c *call) decodeTags(limit int, what string) ([]objstore.Tag, error) {
	var doc taggingDocument
	err := c.decodeDocument("Tagging", maxDocument, &doc)
	if errors.Is(err, io.EOF) {
		return nil, codeMalformedXML
	}
	if err != nil {
		return nil, err
	}
	return doc.tags(limit, what)
}

func tagsXML(x *xmlWriter, tags []objstore.Tag) {
	x.root("Tagging")
	tagSetXML(x, "TagSet", tags)
	x.close("Tagging")
}

func tagSetXML(x *xmlWriter, name string, tags []objstore.Tag) {
	x.open(name)
	for _, t := range tags {
		x.open("Tag")
		x.text("Key", t.Key)
		x.text("Value", t.Value)
		x.close("Tag")
	}
	x.close(name)
}

// getObjectTagging serves GetObjectTagging.
func (c *call) getObjectTagging() error {
	obj, err := c.findDescribed()
	if err != nil {
		return err
	}
	defer obj.Close()
	info := obj.Info()
	c.setVersion(info.VersionID)
	x := c.h.newXML()
	defer x.free()
	tagsXML(x, info.Tags)
	return c.sendXML(x)
}

// putObjectTagging serves PutObjectTagging.
func (c *call) putObjectTagging() error {
	tags, err := c.decodeTags(maxObjectTags, "Object")
	return c.setObjectTags(tags, err, http.StatusOK)
}

// deleteObjectTagging serves DeleteObjectTagging.
func (c *call) deleteObjectTagging() error { return c.setObjectTags(nil, nil, http.StatusNoContent) }

// setObjectTags needs the right to, which may hang on the tags that the object
// has and on those that it would get. Who has it not does not learn what was
// wrong with the tags.
func (c *call) setObjectTags(tags []objstore.Tag, wrong error, status int) error {
	c.keys.tags, c.keys.hasTags = tags, true
	obj, err := c.findDescribed()
	if err != nil {
		return err
	}
	defer obj.Close()
	if wrong != nil {
		return wrong
	}
	info, err := c.bucket.SetTags(c.ctx, c.key, obj.Info().VersionID, tags)
	if err != nil {
		return c.absent(err)
	}
	c.setVersion(info.VersionID)
	return c.send(status)
}

// documentTagging is the kind of the bucket document that holds a bucket's
// tags, as XML in the form of GetBucketTagging.
const documentTagging = "tagging"

// encodeTags is the document of a bucket that has the tags.
func (h *Handler) encodeTags(tags []objstore.Tag) []byte {
	x := h.newXML()
	defer x.free()
	tagsXML(x, tags)
	return append([]byte(nil), x.b...)
}

// decodeStoredTags reads the document of a bucket's tags.
func decodeStoredTags(data []byte) ([]objstore.Tag, error) {
	var doc taggingDocument
	if err := parseDocument(data, "Tagging", &doc); err != nil {
		return nil, err
	}
	return doc.tags(maxBucketTags, "Bucket")
}

// getBucketTagging serves GetBucketTagging.
func (c *call) getBucketTagging() error {
	data, err := c.bucket.Document(c.ctx, documentTagging)
	if objstore.CodeOf(err) == objstore.ErrNoSuchDocument {
		return c.unset(codeNoSuchTagSet)
	}
	if err != nil {
		return err
	}
	x := c.h.newXML()
	defer x.free()
	x.b = append(x.b, data...)
	return c.sendXML(x)
}

// putBucketTagging serves PutBucketTagging.
func (c *call) putBucketTagging() error {
	tags, wrong := c.decodeTags(maxBucketTags, "Bucket")
	c.keys.tags, c.keys.hasTags = tags, true
	if err := c.authorize(c.route.Action, c.resource()); err != nil {
		return err
	}
	if wrong != nil {
		return wrong
	}
	return c.putDocument(documentTagging, c.h.encodeTags(tags), http.StatusNoContent)
}

// deleteBucketTagging serves DeleteBucketTagging.
func (c *call) deleteBucketTagging() error {
	if err := c.bucket.SetDocument(c.ctx, documentTagging, nil); err != nil {
		return err
	}
	return c.send(http.StatusNoContent)
}
