package rgwhttp

import (
	"encoding/json"
	"io"
	"math"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/quota"
)

// maxQuotaBody bounds the JSON of quotas, in bytes.
const maxQuotaBody = 64 << 10

// userQuota: GET /admin/user?quota
func (c *call) userQuota() (*rgwdoc.Document, error) {
	id, named := c.params.uid()
	if !named {
		return nil, codeInvalidArgument
	}
	kind := c.params.get("quota-type")
	if kind != "" && kind != "user" && kind != "bucket" {
		return nil, codeInvalidArgument
	}
	q, err := c.h.admin.UserQuotas(c.ctx, id)
	if err = c.missing(err); err != nil {
		return nil, err
	}
	switch kind {
	case "user":
		return newDocument("user_quota", rgwdoc.Quota(q.User)), nil
	case "bucket":
		return newDocument("bucket_quota", rgwdoc.Quota(q.Bucket)), nil
	}
	return newDocument("quota", object{field("bucket_quota", rgwdoc.Quota(q.Bucket)), field("user_quota", rgwdoc.Quota(q.User))}), nil
}

// setSize sets the size of a quota; bytes win over kilobytes.
func setSize(q *quota.Spec, bytes, kb *int64) error {
	switch {
	case bytes != nil:
		q.MaxBytes = *bytes
	case kb == nil:
	case *kb > math.MaxInt64/1024:
		return codeInvalidArgument
	case *kb < 0:
		q.MaxBytes = quota.Unlimited
	default:
		q.MaxBytes = *kb * 1024
	}
	return nil
}

// setUserQuota: PUT /admin/user?quota. A body replaces, query parameters merge.
func (c *call) setUserQuota() (*rgwdoc.Document, error) {
	id, named := c.params.uid()
	kind := c.params.get("quota-type")
	if !named || kind != "" && kind != "user" && kind != "bucket" {
		return nil, codeInvalidArgument
	}
	body, err := c.body()
	if err != nil {
		return nil, err
	}
	var change func(*quota.UserSpecs) error
	switch {
	case len(body) == 0 && kind == "":
		return nil, codeInvalidArgument
	case len(body) == 0:
		change = func(q *quota.UserSpecs) error {
			if kind == "user" {
				return c.mergeQuota(&q.User)
			}
			return c.mergeQuota(&q.Bucket)
		}
	default:
		if change, err = quotaChange(body, kind); err != nil {
			return nil, err
		}
	}
	return nil, c.missing(c.h.admin.UpdateUserQuotas(c.ctx, id, change))
}

// mergeQuota changes what query parameters name.
func (c *call) mergeQuota(q *quota.Spec) error {
	var size [2]*int64
	for i, name := range []string{"max-size", "max-size-kb"} {
		if n, err := c.params.number(name, 0); err != nil {
			return err
		} else if c.params.has(name) {
			size[i] = &n
		}
	}
	var err error
	if q.MaxObjects, err = c.params.number("max-objects", q.MaxObjects); err != nil {
		return err
	}
	q.Enabled = c.params.flag("enabled", q.Enabled)
	return setSize(q, size[0], size[1])
}

// body reads the body, which is small.
func (c *call) body() ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(c.r.Body, maxQuotaBody+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxQuotaBody {
		return nil, codeInvalidArgument
	}
	return data, nil
}

// setBucketQuota: PUT /admin/bucket?quota. The uid must be a user's, but need
// not be the owner's.
func (c *call) setBucketQuota() (*rgwdoc.Document, error) {
	uid, named := c.params.uid()
	id, err := c.bucketID()
	if err != nil || !named {
		return nil, codeInvalidArgument
	}
	if there, err := c.h.admin.HasUser(c.ctx, uid); err != nil || !there {
		return nil, noUser(err)
	}
	q, err := c.h.admin.BucketQuota(c.ctx, id)
	if err != nil {
		return nil, noKey(err)
	}
	body, err := c.body()
	if err != nil {
		return nil, err
	}
	if len(body) == 0 {
		err = c.mergeQuota(&q)
	} else {
		var j quotaJSON
		if json.Unmarshal(body, &j) != nil {
			return nil, codeInvalidArgument
		}
		q, err = j.spec()
	}
	if err != nil {
		return nil, err
	}
	return nil, noKey(c.h.admin.SetBucketQuota(c.ctx, id, q))
}

// noUser is err, or that there is no such user.
func noUser(err error) error {
	if err != nil {
		return err
	}
	return codeNoSuchKey
}
