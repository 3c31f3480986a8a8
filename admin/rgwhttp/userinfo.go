package rgwhttp

import (
	"errors"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/quota"
)

// userDocument describes a user with all that belongs to it.
func (c *call) userDocument(a *iam.Account) (*rgwdoc.Document, error) {
	info, err := c.describe(a)
	if err != nil {
		return nil, err
	}
	return newDocument("user_info", append(object{field("tenant", a.Tenant)}, info.Members(a.UID, rgwdoc.KindAlways)...)), nil
}

// describe collects what there is to say of a user.
func (c *call) describe(a *iam.Account) (*rgwdoc.User, error) {
	q, err := c.quotas(a.UserID)
	if err != nil {
		return nil, err
	}
	devices, err := c.h.admin.MFADevices(c.ctx, a.UserID)
	return &rgwdoc.User{Account: a, Quotas: q, Devices: devices}, err
}

// quotas returns the quotas of a user, none where the server has no quotas.
func (c *call) quotas(id iam.UserID) (quota.UserSpecs, error) {
	q, err := c.h.admin.UserQuotas(c.ctx, id)
	if errors.Is(err, admin.ErrNotImplemented) {
		return quota.UserSpecs{User: rgwdoc.NoQuota(), Bucket: rgwdoc.NoQuota()}, nil
	}
	return q, err
}
