package rgwhttp

import (
	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth/acl"
)

// bucketPolicy: GET /admin/bucket?policy answers with the ACL of a bucket or
// object in RGW's own form.
func (c *call) bucketPolicy() (*rgwdoc.Document, error) {
	id, err := c.bucketID()
	if err != nil {
		return nil, err
	}
	var a *acl.ACL
	if key := c.params.get("object"); key != "" {
		a, err = c.h.admin.ObjectACL(c.ctx, id, key)
	} else {
		a, err = c.h.admin.BucketACL(c.ctx, id)
	}
	if err != nil {
		return nil, noKey(err)
	}
	return rgwdoc.ACL(a), nil
}
