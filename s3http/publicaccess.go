package s3http

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/acl"
)

// publicBlockDocument is the body of PutPublicAccessBlock; what is left out is
// false.
type publicBlockDocument struct {
	BlockPublicAcls       bool    `xml:"BlockPublicAcls"`
	IgnorePublicAcls      bool    `xml:"IgnorePublicAcls"`
	BlockPublicPolicy     bool    `xml:"BlockPublicPolicy"`
	RestrictPublicBuckets bool    `xml:"RestrictPublicBuckets"`
	Unknown               unknown `xml:",any"`
}

// getPublicBlock serves GetPublicAccessBlock.
func (c *call) getPublicBlock() error {
	if c.access == nil || c.access.block == nil {
		return c.unset(codeNoSuchPublicBlock)
	}
	return c.sendPublicBlock(c.access.block, namespace)
}

func (c *call) sendPublicBlock(b *auth.PublicAccessBlock, space string) error {
	x := c.h.newXML()
	defer x.free()
	x.rootIn("PublicAccessBlockConfiguration", space)
	x.flag("BlockPublicAcls", b.BlockPublicACLs)
	x.flag("IgnorePublicAcls", b.IgnorePublicACLs)
	x.flag("BlockPublicPolicy", b.BlockPublicPolicy)
	x.flag("RestrictPublicBuckets", b.RestrictPublicBuckets)
	x.close("PublicAccessBlockConfiguration")
	return c.sendXML(x)
}

// putPublicBlock serves PutPublicAccessBlock.
func (c *call) putPublicBlock() error {
	data, err := c.sentPublicBlock()
	if err != nil {
		return err
	}
	if err := c.bucket.SetDocument(c.ctx, documentPublicBlock, data); err != nil {
		return err
	}
	return c.send(http.StatusOK)
}

// sentPublicBlock reads a block from the body, in the form in which it is kept.
func (c *call) sentPublicBlock() ([]byte, error) {
	var doc publicBlockDocument
	if err := c.needDocument("PublicAccessBlockConfiguration", &doc); err != nil {
		return nil, err
	}
	if len(doc.Unknown) > 0 {
		return nil, codeMalformedXML
	}
	return json.Marshal(auth.PublicAccessBlock{
		BlockPublicACLs: doc.BlockPublicAcls, IgnorePublicACLs: doc.IgnorePublicAcls,
		BlockPublicPolicy: doc.BlockPublicPolicy, RestrictPublicBuckets: doc.RestrictPublicBuckets,
	})
}

// deletePublicBlock serves DeletePublicAccessBlock.
func (c *call) deletePublicBlock() error { return c.removeDocument(documentPublicBlock) }

// needDocument reads a body that must be there.
func (c *call) needDocument(root string, v any) error {
	err := c.decodeDocument(root, maxDocument, v)
	if errors.Is(err, io.EOF) {
		return codeMissingBody
	}
	return err
}

// ownershipDocument is the body of PutBucketOwnershipControls.
type ownershipDocument struct {
	Rules []struct {
		Ownership auth.Ownership `xml:"ObjectOwnership"`
		Unknown   unknown        `xml:",any"`
	} `xml:"Rule"`
	Unknown unknown `xml:",any"`
}

func validOwnership(o auth.Ownership) bool { return o == auth.BucketOwnerEnforced || o.ACLs() }

// getOwnershipControls serves GetBucketOwnershipControls. A bucket where nobody
// said otherwise is BucketOwnerEnforced (as Amazon's are since April 2023).
func (c *call) getOwnershipControls() error {
	ownership := string(auth.BucketOwnerEnforced)
	if c.access != nil && c.access.ownership != "" {
		ownership = c.access.ownership
	}
	if ownership == ownershipRemoved {
		return c.unset(codeNoSuchOwnership)
	}
	x := c.h.newXML()
	defer x.free()
	x.root("OwnershipControls")
	x.open("Rule")
	x.text("ObjectOwnership", ownership)
	x.close("Rule")
	x.close("OwnershipControls")
	return c.sendXML(x)
}

// putOwnershipControls serves PutBucketOwnershipControls. ACLs cannot be
// switched off under a bucket that is shared by its ACL.
func (c *call) putOwnershipControls() error {
	var doc ownershipDocument
	if err := c.needDocument("OwnershipControls", &doc); err != nil {
		return err
	}
	if len(doc.Rules) != 1 || len(doc.Unknown) > 0 || len(doc.Rules[0].Unknown) > 0 || !validOwnership(doc.Rules[0].Ownership) {
		return codeMalformedXML
	}
	to := doc.Rules[0].Ownership
	if !to.ACLs() && c.access.aclsCount() && c.access.ACL != nil && !c.access.ACL.OwnerOnly(c.info.Owner) {
		return codeACLWithOwnership
	}
	if err := c.bucket.SetDocument(c.ctx, documentOwnership, []byte(to)); err != nil {
		return err
	}
	return c.send(http.StatusOK)
}

// deleteOwnershipControls serves DeleteBucketOwnershipControls.
func (c *call) deleteOwnershipControls() error {
	if err := c.bucket.SetDocument(c.ctx, documentOwnership, []byte(ownershipRemoved)); err != nil {
		return err
	}
	return c.send(http.StatusNoContent)
}

// accessRequested reads the ownership and the ACL that CreateBucket asks for,
// each of which needs a right of its own, as documents of the bucket.
func (c *call) accessRequested(res auth.Resource) (map[string][]byte, error) {
	docs := map[string][]byte{}
	ownership := c.h.ownership
	if v := header(c.r.Header, "X-Amz-Object-Ownership"); v != "" {
		if ownership = auth.Ownership(v); !validOwnership(ownership) {
			return nil, badArgument("x-amz-object-ownership", v, "Invalid x-amz-object-ownership header: "+v)
		}
		if err := c.authorize("s3:PutBucketOwnershipControls", res); err != nil {
			return nil, err
		}
		docs[documentOwnership] = []byte(v)
	}
	h := c.aclHeaders()
	if !h.Any() {
		return docs, nil
	}
	me := c.userOf(c.identity.ID)
	a, err := acl.FromHeaders(c.ctx, c.h.grantees, h, me, me)
	if err != nil || a.OwnerOnly(me.ID) {
		return docs, err
	}
	if !ownership.ACLs() {
		return nil, codeACLWithOwnership
	}
	if err := c.authorize("s3:PutBucketAcl", res); err != nil {
		return nil, err
	}
	block, err := c.h.accountBlock(c.ctx, c.bucketID.Tenant)
	if err != nil {
		return nil, err
	}
	if block != nil && block.BlockPublicACLs && a.Public() {
		return nil, errPublicACL()
	}
	docs[documentACL], err = a.Encode()
	return docs, err
}
