package auth

import (
	"context"
	"strconv"
	"strings"

	"github.com/cofferstore/coffer/auth/acl"
	"github.com/cofferstore/coffer/auth/policy"
)

// Standard is the Authorizer of S3 (user guide, "How Amazon S3 authorizes a
// request"). In this order:
//
//   - Administrators may do everything.
//   - Users of the system may remove any bucket, which must be empty (ostor:
//     "Deleting buckets"); to the data of others they have no other way.
//   - What a statement of an identity policy or of the bucket policy denies is
//     denied. Owners keep their hands on the bucket policy itself.
//   - The owner of a bucket may do everything with it and its objects, except
//     to read, or to control the access to, objects that are another user's
//     (see [Ownership]).
//   - Who started a multipart upload may list its parts and abort it.
//   - What an identity policy allows is allowed within the caller's tenant: it
//     cannot give away what is another tenant's.
//   - What the bucket policy allows is allowed, but of objects that are another
//     user's only what does not read them.
//   - What the ACL of the bucket or object grants is allowed.
//
// A denial tells its reason in Why and, to the owner of the bucket, in Message.
type Standard struct{}

// Authorize implements [Authorizer].
func (Standard) Authorize(_ context.Context, r *Request) error {
	t := trial{r: r, id: r.Identity, access: r.Resource.Access}
	if t.id == nil {
		t.id = &Identity{}
	}
	if t.id.Admin && !t.id.Anonymous() || t.id.removesBuckets(r.Action) {
		return nil
	}
	if t.access == nil {
		t.access = &Access{}
	}
	byIdentity, byBucket := false, false
	if len(t.id.Policies) > 0 || t.access.Policy != nil {
		asked := t.policyRequest()
		var why string
		if byIdentity, why = t.askIdentity(&asked); why != "" {
			return t.denied(why)
		}
		if byBucket, why = t.askBucket(&asked); why != "" {
			return t.denied(why)
		}
	}
	if t.owns() || byIdentity && t.withinTenant() || byBucket && !t.foreign() || t.granted() {
		return nil
	}
	return t.denied("no policy, ACL or ownership allows it")
}

// trial is one request while it is judged.
type trial struct {
	r      *Request
	id     *Identity
	access *Access
}

func (t *trial) policyRequest() policy.Request {
	res := &t.r.Resource
	path := res.Bucket
	switch {
	case path == "":
		path = "*"
	case res.Key != "":
		path += "/" + res.Key
	}
	return policy.Request{
		Principal: t.id.policyPrincipal(), Action: t.r.Action, Context: t.r.Context,
		Resource: policy.Resource{Service: "s3", Account: res.Tenant, Path: path},
	}
}

// policyPrincipal is the caller in the words of policies.
func (id *Identity) policyPrincipal() policy.Principal {
	if id.Anonymous() {
		return policy.Principal{}
	}
	return policy.Principal{ARNs: []string{id.ARN()}, Account: id.Tenant, CanonicalID: id.ID}
}

// askIdentity asks the caller's policies. why is not empty when one denies.
func (t *trial) askIdentity(asked *policy.Request) (allowed bool, why string) {
	for _, p := range t.id.Policies {
		switch says := p.Evaluate(asked); says.Decision {
		case policy.Deny:
			return false, statement(says) + " of an identity policy denies it"
		case policy.Allow:
			allowed = true
		}
	}
	return allowed, ""
}

// askBucket asks the bucket policy. A public policy that is restricted allows
// nothing outside of the bucket's tenant.
func (t *trial) askBucket(asked *policy.Request) (allowed bool, why string) {
	p := t.access.Policy
	switch says := p.Evaluate(asked); says.Decision {
	case policy.Deny:
		if t.isBucketOwner() && aboutPolicy(t.r.Action) {
			return false, ""
		}
		return false, statement(says) + " of the bucket policy denies it"
	case policy.Allow:
		outside := t.id.Anonymous() || t.id.Tenant != t.r.Resource.Tenant
		return !outside || !t.access.Block.RestrictPublicBuckets || !p.Public(), ""
	}
	return false, ""
}

// removesBuckets tells whether the action is to remove a bucket, and the caller
// an operator who may, whosever it is.
func (id *Identity) removesBuckets(action string) bool {
	return action == "s3:DeleteBucket" && id.System && id.Subuser == "" && !id.Anonymous()
}

func (t *trial) isBucketOwner() bool {
	return !t.id.Anonymous() && t.id.ID == t.r.Resource.BucketOwner
}

// owns tells whether the caller may do it by ownership alone. What concerns no
// bucket is everybody's own who has a name, but for a whole tenant's.
func (t *trial) owns() bool {
	switch {
	case t.id.Anonymous():
		return false
	case t.r.Resource.Bucket == "":
		return !aboutAccount(t.r.Action)
	case t.r.Resource.Initiator == t.id.ID:
		return true
	}
	return t.isBucketOwner() && !t.foreign()
}

// foreign tells whether it is about what is in an object that is not the
// bucket owner's.
func (t *trial) foreign() bool {
	res := &t.r.Resource
	if res.ObjectOwner == "" || res.ObjectOwner == res.BucketOwner || !t.access.Ownership.ACLs() {
		return false
	}
	_, object := permission(t.r.Action)
	return object
}

// withinTenant tells whether an identity policy can speak of the resource.
func (t *trial) withinTenant() bool {
	if t.foreign() {
		return tenantOf(t.r.Resource.ObjectOwner) == t.id.Tenant
	}
	return t.r.Resource.Tenant == t.id.Tenant
}

func tenantOf(user string) string {
	tenant, _, found := strings.Cut(user, "$")
	if !found {
		return ""
	}
	return tenant
}

// granted asks the ACLs. An object that is not there, or not yet, is judged by
// the list of the bucket.
func (t *trial) granted() bool {
	if !t.access.Ownership.ACLs() {
		return false
	}
	p, object := permission(t.r.Action)
	if p == "" {
		return false
	}
	res, list := &t.r.Resource, t.access.ACL
	switch {
	case object && res.ObjectOwner == "" && p != acl.Read:
		p = acl.Write // of what is about to be written
	case object && res.ObjectOwner == "":
	case object && res.ObjectACL == nil:
		return t.id.ID == res.ObjectOwner
	case object:
		list = res.ObjectACL
	}
	_, ok := list.Allows(acl.Caller{ID: t.id.ID, NotPublic: t.access.Block.IgnorePublicACLs}, p)
	return ok
}

// permission returns the grant of an ACL that stands for an action, and
// whether it is one in the object's list rather than the bucket's (S3 user
// guide, "Mapping of ACL permissions and access policy permissions").
func permission(action string) (p acl.Permission, object bool) {
	switch action {
	case "s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTorrent", "s3:GetObjectVersionTorrent",
		"s3:GetObjectAttributes", "s3:GetObjectVersionAttributes":
		return acl.Read, true
	case "s3:GetObjectAcl", "s3:GetObjectVersionAcl":
		return acl.ReadACP, true
	case "s3:PutObjectAcl", "s3:PutObjectVersionAcl":
		return acl.WriteACP, true
	case "s3:ListBucket", "s3:ListBucketVersions", "s3:ListBucketMultipartUploads":
		return acl.Read, false
	case "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts":
		return acl.Write, false
	case "s3:GetBucketAcl":
		return acl.ReadACP, false
	case "s3:PutBucketAcl":
		return acl.WriteACP, false
	}
	return "", false
}

// aboutPolicy tells whether an action is on the bucket policy itself: no
// statement can lock the owner out of it.
func aboutPolicy(action string) bool {
	return action == "s3:GetBucketPolicy" || action == "s3:PutBucketPolicy" || action == "s3:DeleteBucketPolicy"
}

func (t *trial) denied(why string) error {
	e := &Error{Reason: ErrAccessDenied, Why: why}
	if t.isBucketOwner() {
		res := t.r.Resource.Bucket
		if t.r.Resource.Key != "" {
			res += "/" + t.r.Resource.Key
		}
		e.Message = "User " + t.id.ID + " is not authorized to perform " + t.r.Action + " on " + strconv.Quote(res) + ": " + why
	}
	return e
}

// statement names a statement by its id or its place.
func statement(r policy.Result) string {
	if r.Sid != "" {
		return "statement " + strconv.Quote(r.Sid)
	}
	return "statement " + strconv.Itoa(r.Index+1)
}
