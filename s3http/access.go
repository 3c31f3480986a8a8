package s3http

import (
	"context"
	"encoding/json"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/acl"
	"github.com/cofferstore/coffer/auth/policy"
	"github.com/cofferstore/coffer/objstore"
)

// Kinds of bucket documents about access.
const (
	documentPolicy      = "policy"            // as it was put
	documentACL         = "acl"               // as acl.ACL encodes it
	documentOwnership   = "ownershipControls" // the ownership, or ownershipRemoved
	documentPublicBlock = "publicAccessBlock" // JSON of auth.PublicAccessBlock
)

// ownershipRemoved is the ownership of a bucket whose controls were deleted:
// ACLs count there, as they did before there were controls.
const ownershipRemoved = "-"

// access is what the documents of a bucket say of access to it, compiled. It
// does not change.
type access struct {
	auth.Access

	ownership string                  // as stored; "" = never set
	block     *auth.PublicAccessBlock // the bucket's own, nil = none; Block is with its account's
	tags      []objstore.Tag

	encryption *bucketEncryption // nil = none
}

// accessOf returns what a bucket and its account say of access, nil when they
// say nothing.
func (h *Handler) accessOf(ctx context.Context, b *objstore.Bucket, info *objstore.BucketInfo) (*access, error) {
	a, err := h.ownAccess(ctx, b, info)
	if err != nil {
		return nil, err
	}
	block, err := h.accountBlock(ctx, info.Tenant)
	if err != nil || block == nil {
		return a, err
	}
	both := access{}
	if a != nil {
		both = *a
	}
	both.Block = both.Block.Stricter(*block)
	return &both, nil
}

// ownAccess returns what a bucket says of access, nil when it says nothing.
func (h *Handler) ownAccess(ctx context.Context, b *objstore.Bucket, info *objstore.BucketInfo) (*access, error) {
	if info.Documents == 0 {
		return nil, nil
	}
	if a, ok := h.access.get(info); ok {
		return a, nil
	}
	docs, version, err := b.Documents(ctx, documentPolicy, documentACL, documentOwnership, documentPublicBlock, documentTagging, documentEncryption)
	if err != nil {
		return nil, err
	}
	a, err := compileAccess(docs, info)
	if err != nil {
		return nil, err
	}
	h.access.put(info.Ref, newCompiled(version, a, docs))
	return a, nil
}

// compileAccess fails when a document is damaged: what it would have denied is
// not known, so nobody gets past it.
func compileAccess(docs map[string][]byte, info *objstore.BucketInfo) (*access, error) {
	a := &access{}
	var err error
	if data, ok := docs[documentPolicy]; ok {
		if a.Policy, err = policy.Parse(data, policyOptions(info.BucketID)); err != nil {
			return nil, err
		}
	}
	if data, ok := docs[documentACL]; ok {
		if a.ACL, err = acl.Decode(data); err != nil {
			return nil, err
		}
	}
	a.ownership = string(docs[documentOwnership])
	if a.Ownership = auth.Ownership(a.ownership); a.ownership == ownershipRemoved {
		a.Ownership = auth.ObjectWriter
	}
	if data, ok := docs[documentPublicBlock]; ok {
		if err = json.Unmarshal(data, &a.Block); err != nil {
			return nil, err
		}
		own := a.Block
		a.block = &own
	}
	if data, ok := docs[documentEncryption]; ok {
		if a.encryption, err = decodeBucketEncryption(data); err != nil {
			return nil, err
		}
	}
	if data, ok := docs[documentTagging]; ok {
		a.tags, err = decodeStoredTags(data)
	}
	return a, err
}

// policyOptions are what the stored policy of a bucket is checked against.
func policyOptions(id objstore.BucketID) policy.ParseOptions {
	return policy.ParseOptions{Kind: policy.Bucket, Bucket: id.Name, Account: id.Tenant}
}

// rules is what the authorizer judges by.
func (a *access) rules() *auth.Access {
	if a == nil {
		return nil
	}
	return &a.Access
}

// aclsCount tells whether access control lists count in the bucket.
func (a *access) aclsCount() bool { return a != nil && a.Ownership.ACLs() }

func (a *access) blocked() auth.PublicAccessBlock {
	if a == nil {
		return auth.PublicAccessBlock{}
	}
	return a.Block
}

// shares tells whether anybody but the owner may have rights in the bucket.
func (a *access) shares() bool { return a != nil && (a.Policy != nil || a.aclsCount()) }

// owner returns whose an object is: without ACLs the bucket owner's, whoever
// wrote it, and so are those of writers without a name, whom nobody could ask.
func (a *access) owner(bucketOwner, writer string) string {
	if writer == "" || !a.aclsCount() {
		return bucketOwner
	}
	return writer
}

// writer is the owner of what the caller makes in the bucket.
func (c *call) writer() string { return c.access.owner(c.info.Owner, c.identity.ID) }
