package rgwhttp

import (
	"encoding/base64"
	"strconv"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
)

// metadataSections: GET /admin/metadata
func (c *call) metadataSections() (*rgwdoc.Document, error) {
	return newDocument("sections", rgwdoc.Strings("section", []string{"bucket", "user"})), nil
}

// userMetadata: GET /admin/metadata/user lists the names of users; with key= it
// describes one. Users who were changed by others meanwhile show in the next
// page or not at all.
func (c *call) userMetadata() (*rgwdoc.Document, error) {
	if key := c.params.get("key"); key != "" {
		a, err := c.h.admin.Account(c.ctx, iam.ParseUserID(key))
		if err = c.missing(err); err != nil {
			if codeOf(err) == code(iam.ErrNoSuchUser) {
				err = codeNoSuchKey
			}
			return nil, err
		}
		info, err := c.describe(&a)
		if err != nil {
			return nil, err
		}
		return rgwdoc.UserMetadata(key, info), nil
	}
	var names []string
	q := iam.UsersQuery{After: iam.ParseUserID(c.marker())}
	limit, err := c.params.number("max-entries", 0)
	if err != nil || limit < 0 {
		return nil, codeInvalidArgument
	}
	for {
		if limit > 0 {
			q.Limit = int(min(limit, 1000))
		}
		page, err := c.h.admin.Users(c.ctx, q)
		if err != nil {
			return nil, err
		}
		for _, u := range page.Users {
			names = append(names, u.String())
			q.After = u.UserID
		}
		if limit > 0 || !page.Truncated {
			return c.names(names, page.Truncated), nil
		}
	}
}

// marker reads the parameter marker, which is in Base64 here.
func (c *call) marker() string {
	m, err := base64.StdEncoding.DecodeString(c.params.get("marker"))
	if err != nil {
		return ""
	}
	return string(m)
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

// bucketMetadata: GET /admin/metadata/bucket lists the names of buckets; with
// key= it describes one.
func (c *call) bucketMetadata() (*rgwdoc.Document, error) {
	if c.params.get("key") == "" {
		all, err := c.everyBucket(c.ctx, objstore.BucketsQuery{})
		if err != nil {
			return nil, err
		}
		l := rgwdoc.ListOf("key", all, func(b objstore.BucketInfo) any {
			if b.Tenant != "" {
				return b.Tenant + "/" + b.Name
			}
			return b.Name
		})
		return newDocument("keys", l), nil
	}
	c.params.values.Set("bucket", c.params.get("key"))
	id, err := c.bucketID()
	if err != nil {
		return nil, err
	}
	b, err := c.h.admin.Bucket(c.ctx, id)
	if err != nil {
		return nil, noKey(err)
	}
	info := b.Info()
	return rgwdoc.BucketMetadata(c.params.get("key"), &info), nil
}

// noMetadata: GET of a section that does not exist.
func (c *call) noMetadata() (*rgwdoc.Document, error) { return nil, codeNoSuchKey }
