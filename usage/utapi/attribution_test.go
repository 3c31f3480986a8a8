package utapi_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/s3http/s3test"
	"github.com/cofferstore/coffer/usage/utapi"
)

// subuser gives alice a subuser with a key.
func (l *lab) subuser(name string) s3test.User {
	l.t.Helper()
	a, err := l.Directory.UpdateAccount(l.t.Context(), iam.UserID{UID: "alice"}, func(a *iam.Account) error {
		a.Subusers = append(a.Subusers, iam.Subuser{Name: name, Access: iam.AccessFull})
		_, err := a.SetKey(iam.AccountKey{AccessKey: "SUBUSER", Subuser: name})
		return err
	})
	require.NoError(l.t, err)
	return s3test.User{ID: "alice", AccessKey: "SUBUSER", SecretKey: a.Key("SUBUSER").Secret}
}

// TestAttribution tells who is charged for a request: storage is the bucket
// owner's, other operations are the caller's.
func TestAttribution(t *testing.T) {
	l := newLab(t)
	reader := l.subuser("reader")
	open := []string{"X-Amz-Acl", "public-read-write"}
	for user, bucket := range map[s3test.User]string{l.alice: "photos", l.bob: "bobs"} {
		require.Equal(t, 200, l.do(user, "PUT", "/"+bucket, "", append(open, "X-Amz-Object-Ownership", "ObjectWriter")...))
	}
	put, get := change{"PutObject", 3, 1, 3, 0}, change{"GetObject", 0, 0, 0, 3}
	type levels struct{ photos, bobs, alice, bob, reader, service change }
	for _, tt := range []struct {
		explanation        string
		user               s3test.User
		method, path, body string
		header             []string
		want               levels
	}{
		{"an owner writes", l.alice, "PUT", "/photos/a", "123", open, levels{photos: put, alice: put, service: put}},
		{"an owner reads", l.alice, "GET", "/photos/a", "", nil, levels{photos: get, alice: get, service: get}},
		{"another account writes: the owner pays for storage", l.bob, "PUT", "/photos/b", "123", open, levels{photos: put, alice: put, service: put}},
		{"another account reads: it pays", l.bob, "GET", "/photos/a", "", nil, levels{photos: get, bob: get, service: get}},
		{"a subuser writes", reader, "PUT", "/photos/c", "123", open, levels{photos: put, alice: put, reader: put, service: put}},
		{"a subuser reads", reader, "GET", "/photos/a", "", nil, levels{photos: get, alice: get, reader: get, service: get}},
		{"a subuser writes to another account's bucket: not on the user", reader, "PUT", "/bobs/a", "123", open, levels{bobs: put, bob: put, service: put}},
		{"a subuser reads from there", reader, "GET", "/bobs/a", "", nil, levels{bobs: get, alice: get, reader: get, service: get}},
		{"nobody writes: the owner pays for storage", s3test.User{}, "PUT", "/photos/d", "123", open, levels{photos: put, alice: put, service: put}},
		{"nobody reads: no account", s3test.User{}, "GET", "/photos/a", "", nil, levels{photos: get, service: get}},
		{"many deletes are storage", l.bob, "POST", "/photos?delete", "<Delete><Object><Key>b</Key></Object></Delete>", nil,
			levels{photos: change{"MultiObjectDelete", -3, -1, 0, 0}, alice: change{"MultiObjectDelete", -3, -1, 0, 0}, service: change{"MultiObjectDelete", -3, -1, 0, 0}}},
		{"an upload is not, until it has parts", l.bob, "POST", "/photos/e?uploads", "", nil,
			levels{photos: change{counter: "InitiateMultipartUpload"}, bob: change{counter: "InitiateMultipartUpload"}, service: change{counter: "InitiateMultipartUpload"}}},
	} {
		read := func() [6]utapi.Metric {
			return [6]utapi.Metric{
				l.list(utapi.Buckets, "photos"), l.list(utapi.Buckets, "bobs"), l.list(utapi.Accounts, "alice"),
				l.list(utapi.Accounts, "bob"), l.list(utapi.Users, "alice:reader"), l.list(utapi.Service, "s3"),
			}
		}
		before := read()
		status := l.do(tt.user, tt.method, tt.path, tt.body, tt.header...)
		assert.Equal(t, 200, status, tt.explanation)
		var got levels
		after := read()
		for i, c := range [...]*change{&got.photos, &got.bobs, &got.alice, &got.bob, &got.reader, &got.service} {
			*c = changeOf(t, before[i], after[i])
		}
		assert.Equal(t, tt.want, got, tt.explanation)
	}
	assert.Zero(t, l.list(utapi.Users, "alice").Storage, "the account's own keys are no user")
}
