package auth_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/acl"
	"github.com/cofferstore/coffer/auth/policy"
)

func parsePolicy(t testing.TB, kind policy.Kind, doc string) *policy.Policy {
	t.Helper()
	p, err := policy.Parse([]byte(doc), policy.ParseOptions{Kind: kind, Bucket: "b"})
	require.NoError(t, err, doc)
	return p
}

func bucketPolicy(t testing.TB, effect, principal, actions, more string) *policy.Policy {
	return parsePolicy(t, policy.Bucket, `{"Version":"2012-10-17","Statement":[{"Sid":"one","Effect":"`+effect+`","Principal":`+principal+
		`,"Action":`+actions+`,"Resource":["arn:aws:s3:::b","arn:aws:s3:::b/*"]`+more+`}]}`)
}

func userPolicy(t testing.TB, effect, resource string) []*policy.Policy {
	return []*policy.Policy{parsePolicy(t, policy.Identity,
		`{"Version":"2012-10-17","Statement":{"Effect":"`+effect+`","Action":"s3:*","Resource":"`+resource+`"}}`)}
}

func canned(t testing.TB, name, owner string) *acl.ACL {
	t.Helper()
	a, err := acl.Canned(name, acl.Owner{ID: owner}, acl.Owner{ID: "alice"})
	require.NoError(t, err)
	return a
}

// The bucket b is alice's in all cases; carol is of the tenant t.
func TestStandard(t *testing.T) {
	const get, put, list, del = "s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:DeleteObject"
	everybody := bucketPolicy(t, "Allow", `"*"`, `["s3:GetObject","s3:ListBucket"]`, "")
	denyAll := bucketPolicy(t, "Deny", `"*"`, `"s3:*"`, "")
	tests := []struct {
		why     string
		user    string // "" = nobody
		admin   bool
		own     []*policy.Policy
		action  string
		key     string
		owner   string // of the object
		list    *acl.ACL
		access  *auth.Access
		allowed bool
	}{
		{why: "the owner of the bucket", user: "alice", action: put, key: "k", allowed: true},
		{why: "another user", user: "bob", action: get, key: "k", owner: "alice"},
		{why: "nobody", action: get, key: "k", owner: "alice"},
		{why: "an administrator", user: "root", admin: true, action: put, key: "k", access: &auth.Access{Policy: denyAll}, allowed: true},
		{why: "nobody is no administrator", admin: true, action: get, key: "k"},
		{why: "without ACLs what others wrote is the owner's", user: "alice", action: get, key: "k", owner: "bob", allowed: true},
		{why: "and no more the writer's", user: "bob", action: get, key: "k", owner: "bob"},
		{why: "with ACLs it is the writer's", user: "bob", action: get, key: "k", owner: "bob", access: &auth.Access{Ownership: auth.ObjectWriter}, allowed: true},
		{why: "and closed to the owner of the bucket", user: "alice", action: get, key: "k", owner: "bob", access: &auth.Access{Ownership: auth.ObjectWriter}},
		{why: "who may not open it by its list either", user: "alice", action: "s3:PutObjectAcl", key: "k", owner: "bob", access: &auth.Access{Ownership: auth.ObjectWriter}},
		{why: "but may remove it", user: "alice", action: del, key: "k", owner: "bob", access: &auth.Access{Ownership: auth.ObjectWriter}, allowed: true},
		{why: "unless the list says so", user: "alice", action: get, key: "k", owner: "bob", list: canned(t, "bucket-owner-read", "bob"), access: &auth.Access{Ownership: auth.ObjectWriter}, allowed: true},
		{why: "the bucket policy does not open another's object", user: "carol", action: get, key: "k", owner: "bob", access: &auth.Access{Policy: everybody, Ownership: auth.ObjectWriter}},
		{why: "it does where ACLs are off", action: get, key: "k", owner: "bob", access: &auth.Access{Policy: everybody}, allowed: true},

		{why: "a policy allows", action: list, access: &auth.Access{Policy: everybody}, allowed: true},
		{why: "what it names", action: put, key: "k", access: &auth.Access{Policy: everybody}},
		{why: "also across tenants", user: "t$carol", action: get, key: "k", owner: "alice", access: &auth.Access{Policy: everybody}, allowed: true},
		{why: "a deny wins over the owner", user: "alice", action: get, key: "k", access: &auth.Access{Policy: denyAll}},
		{why: "but the owner may mend the policy", user: "alice", action: "s3:PutBucketPolicy", access: &auth.Access{Policy: denyAll}, allowed: true},
		{why: "nobody else may", user: "bob", action: "s3:DeleteBucketPolicy", access: &auth.Access{Policy: denyAll}},
		{why: "a user of another tenant by name", user: "t$carol", action: get, key: "k",
			access: &auth.Access{Policy: bucketPolicy(t, "Allow", `{"AWS":"arn:aws:iam::t:user/carol"}`, `"s3:GetObject"`, "")}, allowed: true},
		{why: "the same name in another tenant", user: "carol", action: get, key: "k",
			access: &auth.Access{Policy: bucketPolicy(t, "Allow", `{"AWS":"arn:aws:iam::t:user/carol"}`, `"s3:GetObject"`, "")}},
		{why: "a whole tenant", user: "t$dave", action: get, key: "k",
			access: &auth.Access{Policy: bucketPolicy(t, "Allow", `{"AWS":"arn:aws:iam::t:root"}`, `"s3:GetObject"`, "")}, allowed: true},
		{why: "a canonical user", user: "bob", action: get, key: "k",
			access: &auth.Access{Policy: bucketPolicy(t, "Allow", `{"CanonicalUser":"bob"}`, `"s3:GetObject"`, "")}, allowed: true},
		{why: "all but one are denied", user: "bob", action: list,
			access: &auth.Access{Policy: bucketPolicy(t, "Deny", `{"AWS":"*"}`, `"s3:ListBucket"`, `,"Condition":{"StringNotEquals":{"aws:username":"bob"}}`), ACL: canned(t, "public-read", "alice"), Ownership: auth.ObjectWriter}, allowed: false},
		{why: "a public policy under RestrictPublicBuckets", action: get, key: "k", access: &auth.Access{Policy: everybody, Block: auth.PublicAccessBlock{RestrictPublicBuckets: true}}},
		{why: "it still speaks to the tenant", user: "bob", action: get, key: "k", access: &auth.Access{Policy: everybody, Block: auth.PublicAccessBlock{RestrictPublicBuckets: true}}, allowed: true},
		{why: "and not to others", user: "t$carol", action: get, key: "k", access: &auth.Access{Policy: everybody, Block: auth.PublicAccessBlock{RestrictPublicBuckets: true}}},

		{why: "an identity policy allows in its tenant", user: "bob", own: userPolicy(t, "Allow", "*"), action: put, key: "k", allowed: true},
		{why: "not in another's", user: "t$carol", own: userPolicy(t, "Allow", "*"), action: put, key: "k"},
		{why: "it denies also the owner", user: "alice", own: userPolicy(t, "Deny", "arn:aws:s3:::b/*"), action: put, key: "k"},
		{why: "and what a bucket policy allows", user: "bob", own: userPolicy(t, "Deny", "*"), action: get, key: "k", access: &auth.Access{Policy: everybody}},

		{why: "public-read lists", action: list, access: &auth.Access{ACL: canned(t, "public-read", "alice"), Ownership: auth.ObjectWriter}, allowed: true},
		{why: "not where ACLs are off", action: list, access: &auth.Access{ACL: canned(t, "public-read", "alice")}},
		{why: "it does not reach into objects", action: get, key: "k", owner: "alice", access: &auth.Access{ACL: canned(t, "public-read", "alice"), Ownership: auth.ObjectWriter}},
		{why: "but who may list learns what is not there", action: get, key: "k", access: &auth.Access{ACL: canned(t, "public-read", "alice"), Ownership: auth.ObjectWriter}, allowed: true},
		{why: "nor writes", user: "bob", action: put, key: "k", access: &auth.Access{ACL: canned(t, "public-read", "alice"), Ownership: auth.ObjectWriter}},
		{why: "public-read-write does", action: put, key: "k", access: &auth.Access{ACL: canned(t, "public-read-write", "alice"), Ownership: auth.ObjectWriter}, allowed: true},
		{why: "and who writes says who reads it", user: "bob", action: "s3:PutObjectAcl", key: "k", access: &auth.Access{ACL: canned(t, "public-read-write", "alice"), Ownership: auth.ObjectWriter}, allowed: true},
		{why: "but not of what is there", user: "bob", action: "s3:PutObjectAcl", key: "k", owner: "alice", access: &auth.Access{ACL: canned(t, "public-read-write", "alice"), Ownership: auth.ObjectWriter}},
		{why: "a public object", action: get, key: "k", owner: "alice", list: canned(t, "public-read", "alice"), access: &auth.Access{Ownership: auth.ObjectWriter}, allowed: true},
		{why: "no longer when public lists are ignored", action: get, key: "k", owner: "alice", list: canned(t, "public-read", "alice"),
			access: &auth.Access{Ownership: auth.ObjectWriter, Block: auth.PublicAccessBlock{IgnorePublicACLs: true}}},
		{why: "nor when ACLs are off", action: get, key: "k", owner: "alice", list: canned(t, "public-read", "alice")},
		{why: "a deny wins over a list", action: get, key: "k", owner: "alice", list: canned(t, "public-read", "alice"), access: &auth.Access{Ownership: auth.ObjectWriter, Policy: denyAll}},
		{why: "authenticated-read needs a name", action: get, key: "k", owner: "alice", list: canned(t, "authenticated-read", "alice"), access: &auth.Access{Ownership: auth.ObjectWriter}},
		{why: "any", user: "t$carol", action: get, key: "k", owner: "alice", list: canned(t, "authenticated-read", "alice"), access: &auth.Access{Ownership: auth.ObjectWriter}, allowed: true},
		{why: "no list grants a configuration", user: "bob", action: "s3:PutBucketPolicy", access: &auth.Access{ACL: canned(t, "public-read-write", "alice"), Ownership: auth.ObjectWriter}},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			tenant := ""
			if len(tt.user) > 2 && tt.user[:2] == "t$" {
				tenant = "t"
			}
			err := auth.Standard{}.Authorize(context.Background(), &auth.Request{
				Identity: &auth.Identity{Principal: auth.Principal{ID: tt.user, Tenant: tenant, Admin: tt.admin, Policies: tt.own}},
				Action:   tt.action,
				Resource: auth.Resource{Bucket: "b", Key: tt.key, BucketOwner: "alice", ObjectOwner: tt.owner, ObjectACL: tt.list, Access: tt.access},
			})
			if tt.allowed {
				assert.NoError(t, err)
			} else {
				assert.ErrorIs(t, err, auth.ErrAccessDenied)
			}
		})
	}
}

func TestInitiator(t *testing.T) {
	r := &auth.Request{
		Identity: &auth.Identity{Principal: auth.Principal{ID: "bob"}}, Action: "s3:AbortMultipartUpload",
		Resource: auth.Resource{Bucket: "b", Key: "k", BucketOwner: "alice", Initiator: "bob"},
	}
	require.NoError(t, auth.Standard{}.Authorize(context.Background(), r), "who started an upload may abort it")
	r.Resource.Access = &auth.Access{Policy: bucketPolicy(t, "Deny", `"*"`, `"s3:AbortMultipartUpload"`, "")}
	require.Error(t, auth.Standard{}.Authorize(context.Background(), r), "unless that is denied")
	r.Resource.Access, r.Resource.Initiator = nil, "eve"
	require.Error(t, auth.Standard{}.Authorize(context.Background(), r), "not another's")
	r.Identity, r.Resource.Initiator = &auth.Identity{}, ""
	require.Error(t, auth.Standard{}.Authorize(context.Background(), r), "nobody started nothing")
}

func TestStandardWithoutBucket(t *testing.T) {
	r := &auth.Request{Identity: &auth.Identity{}, Action: "s3:ListAllMyBuckets"}
	require.Error(t, auth.Standard{}.Authorize(context.Background(), r), "nobody has no buckets")
	r.Identity.ID = "bob"
	require.NoError(t, auth.Standard{}.Authorize(context.Background(), r))
	r.Identity.Policies = userPolicy(t, "Deny", "*")
	require.Error(t, auth.Standard{}.Authorize(context.Background(), r))
	require.Error(t, auth.Standard{}.Authorize(context.Background(), &auth.Request{Action: "s3:ListAllMyBuckets"}), "no identity at all")
}

// What decided is for the log; the owner of the bucket reads it too.
func TestReasons(t *testing.T) {
	deny := &auth.Access{Policy: bucketPolicy(t, "Deny", `"*"`, `"s3:GetObject"`, "")}
	for _, tt := range []struct {
		user         string
		access       *auth.Access
		why, message string
	}{
		{"alice", deny, `statement "one" of the bucket policy denies it`, `User alice is not authorized to perform s3:GetObject on "b/k": statement "one" of the bucket policy denies it`},
		{"bob", deny, `statement "one" of the bucket policy denies it`, ""},
		{"bob", nil, "no policy, ACL or ownership allows it", ""},
	} {
		err := auth.Standard{}.Authorize(context.Background(), &auth.Request{
			Identity: &auth.Identity{Principal: auth.Principal{ID: tt.user}}, Action: "s3:GetObject",
			Resource: auth.Resource{Bucket: "b", Key: "k", BucketOwner: "alice", Access: tt.access},
		})
		var e *auth.Error
		require.ErrorAs(t, err, &e)
		assert.Equal(t, tt.why, e.Why)
		assert.Equal(t, tt.message, e.Message)
	}
}

func TestPrincipalNames(t *testing.T) {
	assert.Equal(t, "arn:aws:iam:::user/bob", auth.Principal{ID: "bob"}.ARN())
	assert.Equal(t, "arn:aws:iam::t:user/carol", auth.Principal{ID: "t$carol", Tenant: "t"}.ARN())
	assert.Equal(t, "carol", auth.Principal{ID: "t$carol", Tenant: "t"}.UID())
}
