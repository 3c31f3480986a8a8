package rgwhttp

import (
	"context"

	"github.com/cofferstore/coffer/admin/rgwdoc"
	"github.com/cofferstore/coffer/auth/iam"
)

// addCaps: PUT /admin/user?caps
func (c *call) addCaps() (*rgwdoc.Document, error) { return c.changeCaps(c.h.admin.AddCaps) }

// removeCaps: DELETE /admin/user?caps
func (c *call) removeCaps() (*rgwdoc.Document, error) { return c.changeCaps(c.h.admin.RemoveCaps) }

// changeCaps answers with the capabilities that a user has after a change.
func (c *call) changeCaps(change func(context.Context, iam.UserID, iam.Caps) (iam.Caps, error)) (*rgwdoc.Document, error) {
	id, named := c.params.uid()
	if !named {
		return nil, codeAccessDenied
	}
	caps, err := iam.ParseCaps(c.params.get("user-caps"))
	if err != nil {
		return nil, err
	}
	if caps, err = change(c.ctx, id, caps); err != nil {
		return nil, err
	}
	return newDocument("caps", rgwdoc.Caps(caps)), nil
}
