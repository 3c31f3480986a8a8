package s3http

import (
	"context"
	"encoding/json"
	"sync"

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

	ownership string // as stored; "" = never set
	block     bool   // a public access block is set
	tags      []objstore.Tag
}

// accessCache keeps what was compiled of the buckets' documents. An entry is
// good for one count of changes ([objstore.BucketInfo]), which a bucket that is
// opened after a change has another of: the cache is as exact as the bucket.
type accessCache struct {
	mu      sync.RWMutex
	entries map[[16]byte]accessEntry
	size    int // of all entries
}

type accessEntry struct {
	version uint64
	access  *access
	size    int // in bytes: of the documents, and a little
}

// cachedAccess bounds the documents, in bytes, that are kept compiled, which
// takes a few times as much memory.
const cachedAccess = 16 << 20

func (ac *accessCache) get(info *objstore.BucketInfo) (*access, bool) {
	ac.mu.RLock()
	defer ac.mu.RUnlock()
	e, ok := ac.entries[info.Ref]
	return e.access, ok && e.version == info.Documents
}

func (ac *accessCache) put(ref [16]byte, e accessEntry) {
	ac.mu.Lock()
	defer ac.mu.Unlock()
	if ac.entries == nil {
		ac.entries = make(map[[16]byte]accessEntry)
	}
	old := ac.entries[ref]
	if old.version > e.version {
		return
	}
	ac.entries[ref] = e
	ac.size += e.size - old.size
	for victim, v := range ac.entries { // any one
		if ac.size <= cachedAccess {
			return
		}
		delete(ac.entries, victim)
		ac.size -= v.size
	}
}

// accessOf returns what a bucket says of access, nil when it says nothing.
func (h *Handler) accessOf(ctx context.Context, b *objstore.Bucket, info *objstore.BucketInfo) (*access, error) {
	if info.Documents == 0 {
		return nil, nil
	}
	if a, ok := h.access.get(info); ok {
		return a, nil
	}
	docs, version, err := b.Documents(ctx, documentPolicy, documentACL, documentOwnership, documentPublicBlock, documentTagging)
	if err != nil {
		return nil, err
	}
	a, err := compileAccess(docs, info)
	if err != nil {
		return nil, err
	}
	const overhead = 512
	e := accessEntry{version: version, access: a, size: overhead}
	for _, data := range docs {
		e.size += len(data)
	}
	h.access.put(info.Ref, e)
	return a, nil
}

// compileAccess fails when a document is damaged: what it would have denied is
// not known, so nobody gets past it.
func compileAccess(docs map[string][]byte, info *objstore.BucketInfo) (*access, error) {
	a := &access{}
	var err error
	if data, ok := docs[documentPolicy]; ok {
		if a.Policy, err = parsePolicy(data, info.BucketID); err != nil {
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
		a.block = true
		if err = json.Unmarshal(data, &a.Block); err != nil {
			return nil, err
		}
	}
	if data, ok := docs[documentTagging]; ok {
		var doc taggingDocument
		if err = parseDocument(data, "Tagging", &doc); err != nil {
			return nil, err
		}
		a.tags, err = doc.tags(maxBucketTags, "Bucket")
	}
	return a, err
}

func parsePolicy(data []byte, id objstore.BucketID) (*policy.Policy, error) {
	return policy.Parse(data, policy.ParseOptions{Kind: policy.Bucket, Bucket: id.Name, Account: id.Tenant})
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
