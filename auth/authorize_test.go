package auth_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/auth"
)

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
