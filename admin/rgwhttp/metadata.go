package rgwhttp

import (
	"encoding/base64"
	"strconv"

	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
)

// metadataSections: GET /admin/metadata
func (c *call) metadataSections() (*document, error) {
	return &document{"sections", list{"section", []any{"bucket", "user"}}}, nil
}

// userMetadata: GET /admin/metadata/user lists the names of users; with key= it
// describes one. Users who were changed by others meanwhile show in the next
// page or not at all.
func (c *call) userMetadata() (*document, error) {
	if key := c.params.get("key"); key != "" {
		a, err := c.h.admin.Account(c.ctx, iam.ParseUserID(key))
		if err = c.missing(err); err != nil {
			if codeOf(err) == code(iam.ErrNoSuchUser) {
				err = codeNoSuchKey
			}
			return nil, err
		}
		members, err := c.userMembers(&a, false)
		if err != nil {
			return nil, err
		}
		data := append(members, member{"attrs", list{item: "entry"}})
		return c.metadataEntry("user:"+key, data, a.Created.UTC().Format(timeFormat)), nil
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
func (c *call) names(names []string, truncated bool) *document {
	keys := listOf("key", names, func(s string) any { return s })
	if !c.params.has("max-entries") {
		return &document{"keys", keys}
	}
	body := object{{"keys", keys}, {"truncated", strconv.FormatBool(truncated)}, {"count", len(names)}}
	if truncated {
		body = append(body, member{"marker", base64.StdEncoding.EncodeToString([]byte(names[len(names)-1]))})
	}
	return &document{"metadata_list_result", body}
}

// metadataEntry wraps the description of one thing. Ceph's version of it is not kept.
func (c *call) metadataEntry(key string, data object, mtime string) *document {
	return &document{"metadata_info", object{
		{"key", key}, {"ver", object{{"tag", ""}, {"ver", 1}}}, {"mtime", mtime}, {"data", data},
	}}
}

// bucketMetadata: GET /admin/metadata/bucket lists the names of buckets; with
// key= it describes one.
func (c *call) bucketMetadata() (*document, error) {
	if c.params.get("key") == "" {
		all, err := c.everyBucket(c.ctx, objstore.BucketsQuery{})
		if err != nil {
			return nil, err
		}
		l := listOf("key", all, func(b objstore.BucketInfo) any {
			if b.Tenant != "" {
				return b.Tenant + "/" + b.Name
			}
			return b.Name
		})
		return &document{"keys", l}, nil
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
	created := info.Created.UTC().Format(timeFormat)
	return c.metadataEntry("bucket:"+c.params.get("key"), object{
		{"bucket", object{
			{"name", info.Name}, {"marker", bucketRef(&info)}, {"bucket_id", bucketRef(&info)}, {"tenant", info.Tenant},
			{"explicit_placement", object{{"data_pool", ""}, {"data_extra_pool", ""}, {"index_pool", ""}}},
		}},
		{"owner", info.Owner}, {"creation_time", created}, {"linked", strconv.FormatBool(!info.Unlinked)}, {"has_bucket_info", "false"},
	}, created), nil
}

// noMetadata: GET of a section that does not exist.
func (c *call) noMetadata() (*document, error) { return nil, codeNoSuchKey }
