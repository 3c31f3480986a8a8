package rgwhttp

import (
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

// setUserQuota: PUT /admin/user?quota
func (c *call) setUserQuota() (*rgwdoc.Document, error) {
	id, named := c.params.uid()
	kind := c.params.get("quota-type")
	if !named || kind != "" && kind != "user" && kind != "bucket" {
		return nil, codeInvalidArgument
	}
	change, err := c.userQuotaChange(kind)
	if err != nil {
		return nil, err
	}
	return nil, c.missing(c.h.admin.UpdateUserQuotas(c.ctx, id, func(q *quota.UserSpecs) error { change(q); return nil }))
}

// userQuotaChange reads what is to change in one of the quotas of a user, or with
// the kind "" in both, for which there must be a body.
func (c *call) userQuotaChange(kind string) (func(*quota.UserSpecs), error) {
	if kind == "" {
		body, err := c.Body(maxQuotaBody)
		if err != nil {
			return nil, err
		}
		both, err := parseQuotas(body)
		return func(q *quota.UserSpecs) { *q = both }, err
	}
	change, err := c.quotaChange()
	return func(q *quota.UserSpecs) {
		if kind == "user" {
			change(&q.User)
		} else {
			change(&q.Bucket)
		}
	}, err
}

// quotaChange reads what is to change in a quota: a body replaces it, without one
// query parameters change what they name.
func (c *call) quotaChange() (func(*quota.Spec), error) {
	body, err := c.Body(maxQuotaBody)
	switch {
	case err != nil:
		return nil, err
	case len(body) == 0:
		return c.quotaMerge()
	}
	spec, err := parseQuota(body)
	return func(q *quota.Spec) { *q = spec }, err
}

// quotaMerge reads the query parameters of a quota.
func (c *call) quotaMerge() (func(*quota.Spec), error) {
	var numbers [3]*int64
	for i, name := range [...]string{"max-size", "max-size-kb", "max-objects"} {
		n, err := c.params.number(name, 0)
		if err != nil {
			return nil, err
		}
		if c.params.has(name) {
			numbers[i] = &n
		}
	}
	objects := numbers[2]
	size, err := sizeOf(numbers[0], numbers[1])
	return func(q *quota.Spec) {
		if size != nil {
			q.MaxBytes = *size
		}
		if objects != nil {
			q.MaxObjects = *objects
		}
		q.Enabled = c.params.flag("enabled", q.Enabled)
	}, err
}

// sizeOf returns the bytes that a size in bytes or one in kilobytes is, nil if
// neither is there. Bytes win.
func sizeOf(bytes, kb *int64) (*int64, error) {
	if bytes != nil || kb == nil {
		return bytes, nil
	}
	n := int64(quota.Unlimited)
	switch {
	case *kb > math.MaxInt64/1024:
		return nil, codeInvalidArgument
	case *kb >= 0:
		n = *kb * 1024
	}
	return &n, nil
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
	change, err := c.quotaChange()
	if err != nil {
		return nil, err
	}
	return nil, noKey(c.h.admin.UpdateBucketQuota(c.ctx, id, change))
}

// noUser is err, or that there is no such user.
func noUser(err error) error {
	if err != nil {
		return err
	}
	return codeNoSuchKey
}
