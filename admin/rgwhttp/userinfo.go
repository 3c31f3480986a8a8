package rgwhttp

import (
	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth/iam"
)

// userDocument describes a user with all that belongs to it.
func (c *call) userDocument(a *iam.Account) (*rgwdoc.Document, error) {
	info, err := rgwdoc.CollectUser(c.ctx, c.h.admin, a)
	if err != nil {
		return nil, err
	}
	return newDocument("user_info", append(object{field("tenant", a.Tenant)}, info.Members(a.UID, rgwdoc.KindAlways)...)), nil
}
