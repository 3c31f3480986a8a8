package auth_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/auth"
)

// What holds for a whole tenant is nobody's own.
func TestAccountActions(t *testing.T) {
	all := userPolicy(t, "Allow", "*")
	for _, action := range []string{"s3:GetAccountPublicAccessBlock", "s3:PutAccountPublicAccessBlock"} {
		for _, tt := range []struct {
			why              string
			id               auth.Principal
			private, allowed bool
		}{
			{why: "nobody"},
			{why: "a user", id: auth.Principal{ID: "bob"}},
			{why: "an administrator", id: auth.Principal{ID: "root", Admin: true}, private: true, allowed: true},
			{why: "a user whose policy says so", id: auth.Principal{ID: "bob", Policies: all}, allowed: true},
			{why: "not in another tenant", id: auth.Principal{ID: "t$carol", Tenant: "t", Policies: all}},
		} {
			r := &auth.Request{Identity: &auth.Identity{Principal: tt.id}, Action: action}
			assert.Equal(t, tt.allowed, auth.Standard{}.Authorize(t.Context(), r) == nil, "%s: %s", action, tt.why)
			assert.Equal(t, tt.private, auth.Private{}.Authorize(t.Context(), r) == nil, "%s, without shared access: %s", action, tt.why)
		}
	}
}

func TestStricter(t *testing.T) {
	all := auth.PublicAccessBlock{BlockPublicACLs: true, IgnorePublicACLs: true, BlockPublicPolicy: true, RestrictPublicBuckets: true}
	for _, b := range []auth.PublicAccessBlock{
		{}, {BlockPublicACLs: true}, {IgnorePublicACLs: true}, {BlockPublicPolicy: true}, {RestrictPublicBuckets: true}, all,
	} {
		assert.Equal(t, b, b.Stricter(auth.PublicAccessBlock{}))
		assert.Equal(t, b, auth.PublicAccessBlock{}.Stricter(b))
		assert.Equal(t, all, b.Stricter(all))
	}
}

func TestPrivate(t *testing.T) {
	user := func(id string, admin bool) *auth.Identity {
		return &auth.Identity{Principal: auth.Principal{ID: id, Admin: admin}}
	}
	tests := []struct {
		why      string
		id       *auth.Identity
		resource auth.Resource
		allowed  bool
	}{
		{"the owner of the bucket", user("alice", false), auth.Resource{Bucket: "b", BucketOwner: "alice"}, true},
		{"also for objects that others wrote", user("alice", false), auth.Resource{Bucket: "b", Key: "k", BucketOwner: "alice", ObjectOwner: "bob"}, true},
		{"another user", user("bob", false), auth.Resource{Bucket: "b", BucketOwner: "alice"}, false},
		{"nor for an object of their own there", user("bob", false), auth.Resource{Bucket: "b", Key: "k", BucketOwner: "alice", ObjectOwner: "bob"}, false},
		{"the same uid in another tenant is another user", user("t$alice", false), auth.Resource{Bucket: "b", BucketOwner: "alice"}, false},
		{"an administrator", user("root", true), auth.Resource{Bucket: "b", BucketOwner: "alice"}, true},
		{"nobody", user("", false), auth.Resource{Bucket: "b", BucketOwner: "alice"}, false},
		{"nobody does not own what has no owner", user("", false), auth.Resource{Bucket: "b"}, false},
		{"a user does not either", user("alice", false), auth.Resource{Bucket: "b"}, false},
		{"nobody is no administrator", user("", true), auth.Resource{Bucket: "b"}, false},
		{"no identity at all", nil, auth.Resource{}, false},
		{"a user, where no bucket is concerned", user("bob", false), auth.Resource{}, true},
		{"nobody, where no bucket is concerned", user("", false), auth.Resource{}, false},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			err := auth.Private{}.Authorize(context.Background(), &auth.Request{Identity: tt.id, Action: "s3:GetObject", Resource: tt.resource})
			if tt.allowed {
				assert.NoError(t, err)
			} else {
				assert.ErrorIs(t, err, auth.ErrAccessDenied)
			}
		})
	}
}

// A user of the system removes any bucket (ostor), and that is all.
func TestOperators(t *testing.T) {
	operator := auth.Principal{ID: "op", System: true}
	denied := &auth.Access{Policy: bucketPolicy(t, "Deny", `"*"`, `"s3:*"`, "")}
	for _, tt := range []struct {
		why     string
		id      auth.Principal
		action  string
		key     string
		access  *auth.Access
		allowed bool
	}{
		{why: "the guide deletes customers' buckets so", id: operator, action: "s3:DeleteBucket", allowed: true},
		{why: "a customer's policy does not keep the operator out", id: operator, action: "s3:DeleteBucket", access: denied, allowed: true},
		{why: "a bucket is not listed", id: operator, action: "s3:ListBucket"},
		{why: "data are not read", id: operator, action: "s3:GetObject", key: "k"},
		{why: "data are not removed", id: operator, action: "s3:DeleteObject", key: "k"},
		{why: "settings are not changed", id: operator, action: "s3:PutBucketPolicy"},
		{why: "a subuser has rights to data alone", id: auth.Principal{ID: "op", System: true, Subuser: "s"}, action: "s3:DeleteBucket"},
		{why: "a customer is no operator", id: auth.Principal{ID: "bob"}, action: "s3:DeleteBucket"},
		{why: "nobody is no operator", id: auth.Principal{System: true}, action: "s3:DeleteBucket"},
	} {
		r := &auth.Request{Identity: &auth.Identity{Principal: tt.id}, Action: tt.action,
			Resource: auth.Resource{Bucket: "b", Key: tt.key, BucketOwner: "alice", Access: tt.access}}
		assert.Equal(t, tt.allowed, auth.Standard{}.Authorize(t.Context(), r) == nil, tt.why)
		assert.Equal(t, tt.allowed, auth.Private{}.Authorize(t.Context(), r) == nil, "without shared access: %s", tt.why)
	}
}
