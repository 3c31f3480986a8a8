package rgwhttp

import (
	"encoding/base64"
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth/iam"
)

// metadataSection names the section in the resource where the request has it in
// the key: "metadata?key=user:alice" is "metadata/user?key=alice".
func (c *call) metadataSection(resource string) string {
	section, key, ok := strings.Cut(c.params.get("key"), ":")
	if resource != "metadata" || !ok {
		return resource
	}
	c.params.values.Set("key", key)
	return resource + "/" + section
}

// metadataSections: GET /admin/metadata
func (c *call) metadataSections() (*rgwdoc.Document, error) {
	return newDocument("sections", rgwdoc.Strings("section", []string{"bucket", "bucket.instance", "user"})), nil
}

// userMetadata: GET /admin/metadata/user lists the names of users; with key= it
// describes one.
func (c *call) userMetadata() (*rgwdoc.Document, error) {
	key := c.params.get("key")
	if key == "" {
		return c.metadataNames(func(after string, limit int) ([]string, bool, error) {
			page, err := c.h.admin.Users(c.ctx, iam.UsersQuery{After: iam.ParseUserID(after), Limit: limit})
			var names []string
			for _, u := range page.Users {
				names = append(names, u.String())
			}
			return names, page.Truncated, err
		})
	}
	a, err := c.h.admin.Account(c.ctx, iam.ParseUserID(key))
	if err = c.missing(err); err != nil {
		if codeOf(err) == code(iam.ErrNoSuchUser) {
			err = codeNoSuchKey
		}
		return nil, err
	}
	info, err := rgwdoc.CollectUser(c.ctx, c.h.admin, &a)
	if err != nil {
		return nil, err
	}
	return rgwdoc.UserMetadata(key, info), nil
}

// metadataNames lists everything of a section, or one page where max-entries is
// given. What others change meanwhile shows in the next page or not at all.
func (c *call) metadataNames(page func(after string, limit int) (names []string, more bool, err error)) (*rgwdoc.Document, error) {
	limit, err := c.params.number("max-entries", 0)
	if err != nil || limit < 0 {
		return nil, codeInvalidArgument
	}
	after, err := c.marker()
	if err != nil {
		return nil, err
	}
	var all []string
	for {
		names, more, err := page(after, int(min(limit, 1000)))
		if err != nil {
			return nil, err
		}
		all = append(all, names...)
		if limit > 0 || !more {
			return c.names(all, more), nil
		}
		after = names[len(names)-1]
	}
}

// marker reads the parameter marker, which is in Base64 here.
func (c *call) marker() (string, error) {
	m, err := base64.StdEncoding.DecodeString(c.params.get("marker"))
	if err != nil {
		return "", codeInvalidArgument // the first page again would never end
	}
	return string(m), nil
}

// names answers with a bare list, or with one page where max-entries is given.
func (c *call) names(names []string, truncated bool) *rgwdoc.Document {
	keys := rgwdoc.Strings("key", names)
	if !c.params.has("max-entries") {
		return newDocument("keys", keys)
	}
	body := object{field("keys", keys), field("truncated", strconv.FormatBool(truncated)), field("count", len(names))}
	if truncated {
		body = append(body, field("marker", base64.StdEncoding.EncodeToString([]byte(names[len(names)-1]))))
	}
	return newDocument("metadata_list_result", body)
}

// noMetadata: GET of a section that does not exist.
func (c *call) noMetadata() (*rgwdoc.Document, error) { return nil, codeNoSuchKey }

// rawMetadata: PUT, DELETE and POST (lock, unlock) of metadata, by which Ceph's
// zones change each other's records behind all rules.
func (c *call) rawMetadata() (*rgwdoc.Document, error) { return nil, codeNotImplemented }
