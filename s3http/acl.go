package s3http

import (
	"context"
	"net/http"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/acl"
	"github.com/cofferstore/coffer/objstore"
)

// nobodyKnown resolves no grantee: the Resolver of a Handler without one.
type nobodyKnown struct{}

func (nobodyKnown) ByID(context.Context, string) (acl.Owner, error) {
	return acl.Owner{}, acl.ErrNoSuchUser
}

func (nobodyKnown) ByEmail(context.Context, string) (acl.Owner, error) {
	return acl.Owner{}, acl.ErrNoSuchUser
}

// aclHeaders are those of the request's headers that make an ACL.
func (c *call) aclHeaders() acl.Headers {
	h := c.r.Header
	return acl.Headers{
		Canned:      header(h, hdrACL),
		FullControl: header(h, "X-Amz-Grant-Full-Control"),
		Read:        header(h, "X-Amz-Grant-Read"),
		Write:       header(h, "X-Amz-Grant-Write"),
		ReadACP:     header(h, "X-Amz-Grant-Read-Acp"),
		WriteACP:    header(h, "X-Amz-Grant-Write-Acp"),
	}
}

// userOf is a user as ACLs name them.
func (c *call) userOf(id string) acl.Owner {
	return acl.Owner{ID: id, DisplayName: c.displayName(id)}
}

// newACL reads the ACL headers of a request that makes an object. It returns
// whose the object will be and its list, nil for one that gives nobody else
// anything. To share it needs the right to (S3: PutObject).
func (c *call) newACL() (owner string, list []byte, err error) {
	owner = c.writer()
	h := c.aclHeaders()
	if !h.Any() {
		return owner, nil, nil
	}
	a, err := acl.FromHeaders(c.ctx, c.h.grantees, h, c.userOf(owner), c.userOf(c.info.Owner))
	if err != nil {
		return "", nil, err
	}
	if !a.OwnerOnly(c.info.Owner) {
		if err := c.authorize("s3:PutObjectAcl", c.resource()); err != nil {
			return "", nil, err
		}
	}
	switch err := c.acceptable(a); {
	case err != nil:
		return "", nil, err
	case !c.access.aclsCount():
		return owner, nil, nil
	case h.Canned == "bucket-owner-full-control" && c.access.Ownership == auth.BucketOwnerPreferred:
		return c.info.Owner, nil, nil
	case h.Canned == "private":
		return owner, nil, nil
	}
	list, err = a.Encode()
	return owner, list, err
}

// acceptable tells whether the bucket lets an ACL be set.
func (c *call) acceptable(a *acl.ACL) error {
	switch {
	case !c.access.aclsCount() && !a.OwnerOnly(c.info.Owner):
		return codeACLNotSupported
	case c.access.blocked().BlockPublicACLs && a.Public():
		return errPublicACL()
	}
	return nil
}

func errPublicACL() error {
	return refusal(codeAccessDenied, "The public access block of the bucket or of its account refuses public access control lists.")
}

// sentACL reads the ACL of PutBucketAcl and PutObjectAcl: from headers or from
// the body, not from both.
func (c *call) sentACL(owner string) (*acl.ACL, error) {
	h := c.aclHeaders()
	body, err := c.readBody(maxDocument)
	if err != nil {
		return nil, err
	}
	switch {
	case h.Any() && len(body) > 0:
		return nil, refusal("UnexpectedContent", "")
	case h.Any():
		return acl.FromHeaders(c.ctx, c.h.grantees, h, c.userOf(owner), c.userOf(c.info.Owner))
	case len(body) == 0:
		return nil, refusal("MissingSecurityHeader", "")
	}
	return acl.ParseXML(c.ctx, c.h.grantees, body, c.userOf(owner))
}

// getBucketACL serves GetBucketAcl.
func (c *call) getBucketACL() error {
	if c.access == nil || !c.access.aclsCount() || c.access.ACL == nil {
		return c.sendACL(c.privateACL(c.info.Owner))
	}
	return c.sendACL(c.access.ACL)
}

// putBucketACL serves PutBucketAcl.
func (c *call) putBucketACL() error {
	a, err := c.sentACL(c.info.Owner)
	if err != nil {
		return err
	}
	if err := c.acceptable(a); err != nil {
		return err
	}
	if c.access.aclsCount() {
		data, err := a.Encode()
		if err != nil {
			return err
		}
		if err := c.bucket.SetDocument(c.ctx, documentACL, data); err != nil {
			return err
		}
	}
	return c.send(http.StatusOK)
}

// getObjectACL serves GetObjectAcl.
func (c *call) getObjectACL() error {
	obj, err := c.find(c.own(), c.action(), true)
	if err != nil {
		return err
	}
	defer obj.Close()
	info := obj.Info()
	list := c.privateACL(c.access.owner(c.info.Owner, info.Owner))
	if c.access.aclsCount() && len(info.ACL) > 0 {
		if list, err = acl.Decode(info.ACL); err != nil {
			return damagedACL(err)
		}
	}
	c.setVersion(info.VersionID)
	return c.sendACL(list)
}

// putObjectACL serves PutObjectAcl.
func (c *call) putObjectACL() error {
	obj, err := c.findDescribed()
	if err != nil {
		return err
	}
	defer obj.Close()
	info := obj.Info()
	a, err := c.sentACL(c.access.owner(c.info.Owner, info.Owner))
	if err != nil {
		return err
	}
	if err := c.acceptable(a); err != nil {
		return err
	}
	if c.access.aclsCount() {
		data, err := a.Encode()
		if err != nil {
			return err
		}
		if _, err := c.bucket.SetACL(c.ctx, c.key, info.VersionID, data); err != nil {
			return c.absent(err)
		}
	}
	c.setVersion(info.VersionID)
	return c.send(http.StatusOK)
}

// privateACL gives the owner full control and nobody else anything.
func (c *call) privateACL(owner string) *acl.ACL {
	u := c.userOf(owner)
	return &acl.ACL{Owner: u, Grants: []acl.Grant{{User: u, Permission: acl.FullControl}}}
}

func (c *call) sendACL(a *acl.ACL) error {
	doc, err := a.XML()
	if err != nil {
		return err
	}
	x := c.h.newXML()
	defer x.free()
	x.declare()
	x.b = append(x.b, doc...)
	return c.sendXML(x)
}

// damagedACL keeps what is wrong with a stored list from being told as if it
// were wrong with the request's.
func damagedACL(err error) error {
	return &objstore.Error{Op: "ACL", Err: objstore.ErrInvalidStorageStructure, Condition: err.Error()}
}
