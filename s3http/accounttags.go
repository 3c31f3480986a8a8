package s3http

import (
	"net/http"
	"slices"
	"strings"

	"github.com/cofferstore/coffer/objstore"
)

// tagsPrefix is where the S3 Control API has the tags of resources, each by its
// ARN.
const tagsPrefix = accountPrefix + "tags/"

// resource returns the bucket of the account that an ARN names:
// "arn:aws:s3:::name", as in policies, or
// "arn:aws:s3:region:account:bucket/name". An account of twelve digits says
// nothing, as in [accountAddress]; a name must be that of the request's account.
// Which region it is does not matter, as in signatures.
func (a address) resource(arn string) (address, error) {
	f := strings.SplitN(arn, ":", 6)
	if len(f) != 6 || f[0] != "arn" || f[1] == "" || !strings.HasPrefix(f[2], "s3") {
		return a, badResource(arn, "The ARN is not one of S3.")
	}
	service, region, account, name := f[2], f[3], f[4], f[5]
	kind := "bucket"
	if region != "" {
		kind, name, _ = strings.Cut(name, "/")
	}
	if service != "s3" || kind != "bucket" {
		return a, refusal(codeNotImplemented, "Resources other than buckets are not implemented.")
	}
	if name == "" || strings.ContainsAny(name, "/:") {
		return a, badResource(arn, "The ARN is not that of a bucket.")
	}
	if account != "" {
		owner, err := accountAddress(account)
		if err != nil || owner.explicit && owner != a {
			return a, badResource(arn, "The account of the ARN is not that of x-amz-account-id.")
		}
	}
	a.bucket = name
	return a, nil
}

func badResource(arn, message string) *fault {
	return badArgument("resourceArn", arn, message)
}

// listTags serves ListTagsForResource. A bucket without tags has an empty list.
func (c *call) listTags() error {
	var tags []objstore.Tag
	if c.access != nil {
		tags = c.access.tags
	}
	x := c.h.newXML()
	defer x.free()
	x.rootIn("ListTagsForResourceResult", accountNamespace)
	tagSetXML(x, "Tags", tags)
	x.close("ListTagsForResourceResult")
	return c.sendXML(x)
}

// tagResourceDocument is the body of TagResource.
type tagResourceDocument struct {
	Tags    *tagSet `xml:"Tags"`
	Unknown unknown `xml:",any"`
}

// tagResource serves TagResource. Who has not the right to does not learn what
// was wrong with the tags.
func (c *call) tagResource() error {
	tags, wrong := c.sentTags()
	c.keys.tags, c.keys.hasTags = tags, true
	if err := c.authorize(c.route.Action, c.resource()); err != nil {
		return err
	}
	if wrong != nil {
		return wrong
	}
	return c.changeTags(func(old []objstore.Tag) []objstore.Tag { return mergeTags(old, tags) })
}

func (c *call) sentTags() ([]objstore.Tag, error) {
	var doc tagResourceDocument
	if err := c.needDocument("TagResourceRequest", &doc); err != nil {
		return nil, err
	}
	if len(doc.Unknown) > 0 {
		return nil, codeMalformedXML
	}
	return doc.Tags.tags(maxBucketTags, "Bucket")
}

// mergeTags gives old the values of tags, and those that it has not.
func mergeTags(old, tags []objstore.Tag) []objstore.Tag {
	for _, t := range tags {
		at := slices.IndexFunc(old, func(o objstore.Tag) bool { return o.Key == t.Key })
		if at < 0 {
			old = append(old, t)
		} else {
			old[at] = t
		}
	}
	return old
}

// untagResource serves UntagResource. A key that the bucket has not is no error.
func (c *call) untagResource() error {
	c.keys.untag = c.query.all("tagKeys")
	c.keys.hasTags = true
	if err := c.authorize(c.route.Action, c.resource()); err != nil {
		return err
	}
	return c.changeTags(func(old []objstore.Tag) []objstore.Tag {
		return slices.DeleteFunc(old, func(t objstore.Tag) bool { return slices.Contains(c.keys.untag, t.Key) })
	})
}

// changeTags replaces the bucket's tags by what change makes of them; they are
// the caller's.
func (c *call) changeTags(change func(old []objstore.Tag) []objstore.Tag) error {
	err := c.bucket.UpdateDocument(c.ctx, documentTagging, func(data []byte) ([]byte, error) {
		var tags []objstore.Tag
		if data != nil {
			var err error
			if tags, err = decodeStoredTags(data); err != nil {
				return nil, err
			}
		}
		if tags = change(tags); len(tags) == 0 {
			return nil, nil
		}
		return c.h.encodeTags(tags), checkTags(tags, maxBucketTags, "Bucket")
	})
	if err != nil {
		return err
	}
	return c.send(http.StatusNoContent)
}
