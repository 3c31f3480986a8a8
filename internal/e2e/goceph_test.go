package e2e

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/ceph/go-ceph/rgw/admin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func (s *server) goceph(t *testing.T, access, secret string) *admin.API {
	t.Helper()
	api, err := admin.New(s.url, access, secret, s.httpClient(t))
	require.NoError(t, err)
	return api
}

// gocephUser makes a user whose keys are those of u.
func gocephUser(t *testing.T, root *admin.API, u user, caps string) admin.User {
	t.Helper()
	made, err := root.CreateUser(t.Context(), admin.User{
		ID: u.UID, Tenant: u.Tenant, DisplayName: strings.ToUpper(u.UID), Email: u.email, UserCaps: caps,
		Keys: []admin.UserKeySpec{{AccessKey: u.accessKey, SecretKey: u.secret}},
	})
	require.NoError(t, err)
	return made
}

func TestGoCephUsers(t *testing.T) {
	s, ctx := serveTLS(t), t.Context()
	root := s.goceph(t, accessKey, secretKey)
	ops, alice := newUser("", "ops"), newUser("acme", "alice")
	gocephUser(t, root, ops, "users=*;metadata=read")
	api := s.goceph(t, ops.accessKey, ops.secret)

	made := gocephUser(t, api, alice, "")
	assert.Equal(t, "acme", made.Tenant)
	assert.Equal(t, 1000, *made.MaxBuckets)
	require.Len(t, made.Keys, 1)
	assert.Equal(t, admin.UserKeySpec{User: "acme$alice", AccessKey: alice.accessKey, SecretKey: alice.secret}, made.Keys[0])
	_, err := api.CreateUser(ctx, admin.User{ID: "acme$alice", DisplayName: "again"})
	require.ErrorIs(t, err, admin.ErrUserExists)
	_, err = api.CreateUser(ctx, admin.User{ID: "other", DisplayName: "other", Email: alice.email})
	require.ErrorIs(t, err, admin.ErrEmailExists)
	_, err = api.CreateUser(ctx, admin.User{ID: "other", DisplayName: "other", Keys: made.Keys})
	require.ErrorIs(t, err, admin.ErrKeyExists)

	changed, err := api.ModifyUser(ctx, admin.User{ID: "acme$alice", DisplayName: "Alice", MaxBuckets: aws.Int(3), Suspended: aws.Int(1), OpMask: "read,write"})
	require.NoError(t, err)
	assert.Equal(t, "read, write", changed.OpMask)
	got, err := api.GetUser(ctx, admin.User{ID: "acme$alice", GenerateStat: aws.Bool(true)})
	require.NoError(t, err)
	assert.Equal(t, []any{"Alice", 3, 1, uint64(0)}, []any{got.DisplayName, *got.MaxBuckets, *got.Suspended, *got.Stat.NumObjects})
	got, err = api.GetUser(ctx, admin.User{Keys: []admin.UserKeySpec{{AccessKey: alice.accessKey}}})
	require.NoError(t, err)
	assert.Equal(t, "alice", got.ID)
	_, err = s.sdk(t, as(alice)).ListBuckets(ctx, &s3.ListBucketsInput{})
	require.Equal(t, "UserSuspended", code(err))

	names, err := api.GetUsers(ctx)
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{"root", "ops", "acme$alice"}, *names)
	require.NoError(t, api.RemoveUser(ctx, admin.User{ID: "acme$alice"}))
	_, err = api.GetUser(ctx, admin.User{ID: "acme$alice"})
	require.ErrorIs(t, err, admin.ErrNoSuchUser)
}

func TestGoCephKeysAndCaps(t *testing.T) {
	s, ctx := serve(t), t.Context()
	root := s.goceph(t, accessKey, secretKey)
	alice := newUser("", "alice")
	gocephUser(t, root, alice, "")

	keys, err := root.CreateKey(ctx, admin.UserKeySpec{UID: "alice", AccessKey: "SECOND", SecretKey: "secret"})
	require.NoError(t, err)
	assert.Len(t, *keys, 2)
	require.NoError(t, root.CreateSubuser(ctx, admin.User{ID: "alice"}, admin.SubuserSpec{Name: "reader", Access: admin.SubuserAccessRead}))
	require.NoError(t, root.ModifySubuser(ctx, admin.User{ID: "alice"}, admin.SubuserSpec{Name: "reader", Access: admin.SubuserAccessReadWrite, Secret: aws.String("swift")}))
	_, err = root.CreateKey(ctx, admin.UserKeySpec{UID: "alice", SubUser: "alice:reader", KeyType: "swift", SecretKey: "other"})
	require.NoError(t, err)
	got, err := root.GetUser(ctx, admin.User{ID: "alice"})
	require.NoError(t, err)
	require.Len(t, got.Subusers, 1)
	assert.Equal(t, admin.SubuserSpec{Name: "alice:reader", Access: admin.SubuserAccessReplyReadWrite}, got.Subusers[0])
	assert.Equal(t, []admin.SwiftKeySpec{{User: "alice:reader", SecretKey: "other"}}, got.SwiftKeys)
	require.NoError(t, root.RemoveKey(ctx, admin.UserKeySpec{UID: "alice", SubUser: "alice:reader", KeyType: "swift"}))
	require.NoError(t, root.RemoveKey(ctx, admin.UserKeySpec{UID: "alice", AccessKey: "SECOND"}))
	require.NoError(t, root.RemoveSubuser(ctx, admin.User{ID: "alice"}, admin.SubuserSpec{Name: "reader"}))
	require.ErrorIs(t, root.RemoveSubuser(ctx, admin.User{ID: "alice"}, admin.SubuserSpec{Name: "reader"}), admin.ErrNoSuchSubUser)

	api := s.goceph(t, alice.accessKey, alice.secret)
	_, err = api.GetUsers(ctx)
	require.ErrorIs(t, err, admin.ErrAccessDenied)
	caps, err := root.AddUserCap(ctx, "alice", "metadata=read; usage=*")
	require.NoError(t, err)
	assert.Equal(t, []admin.UserCapSpec{{Type: "metadata", Perm: "read"}, {Type: "usage", Perm: "*"}}, caps)
	_, err = api.GetUsers(ctx)
	require.NoError(t, err)
	caps, err = root.RemoveUserCap(ctx, "alice", "metadata=read")
	require.NoError(t, err)
	assert.Len(t, caps, 1)
	_, err = api.GetUsers(ctx)
	require.ErrorIs(t, err, admin.ErrAccessDenied)
	_, err = root.AddUserCap(ctx, "alice", "galaxies=*")
	require.ErrorIs(t, err, admin.ErrInvalidCapability)
}

func TestGoCephBuckets(t *testing.T) {
	s, ctx := serve(t), t.Context()
	root := s.goceph(t, accessKey, secretKey)
	alice, bob := newUser("", "alice"), newUser("", "bob")
	for _, u := range []user{alice, bob} {
		gocephUser(t, root, u, "")
	}
	c := s.sdk(t, as(alice))
	bucket := newBucket(t, c)
	put(t, c, bucket, "k", data(10_000, 1))

	info, err := root.GetBucketInfo(ctx, admin.Bucket{Bucket: bucket})
	require.NoError(t, err)
	assert.Equal(t, []any{"alice", uint64(10_000), uint64(1)}, []any{info.Owner, *info.Usage.RgwMain.Size, *info.Usage.RgwMain.NumObjects})
	assert.False(t, info.CreationTime.IsZero())
	policy, err := root.GetBucketPolicy(ctx, admin.Bucket{Bucket: bucket})
	require.NoError(t, err)
	assert.Equal(t, "alice", policy.Owner.ID)

	require.NoError(t, root.UnlinkBucket(ctx, admin.BucketLinkInput{Bucket: bucket, UID: "alice"}))
	mine, err := root.ListUsersBuckets(ctx, "alice")
	require.NoError(t, err)
	assert.Empty(t, mine)
	listed, err := c.ListBuckets(ctx, &s3.ListBucketsInput{})
	require.NoError(t, err)
	assert.Empty(t, listed.Buckets, "nor does S3 list it")
	put(t, c, bucket, "k2", data(10, 1)) // but the owner owns it
	all, err := root.ListBuckets(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{bucket}, all)
	require.Error(t, root.RemoveUser(ctx, admin.User{ID: "alice", PurgeData: aws.Int(1)}), "the bucket would be lost")
	require.NoError(t, root.LinkBucket(ctx, admin.BucketLinkInput{Bucket: bucket, BucketID: info.ID, UID: "bob"}))
	stats, err := root.ListUsersBucketsWithStat(ctx, "bob")
	require.NoError(t, err)
	require.Len(t, stats, 1)
	assert.Equal(t, "bob", stats[0].Owner)
	require.NoError(t, root.RemoveUser(ctx, admin.User{ID: "alice"}))

	require.ErrorIs(t, root.RemoveBucket(ctx, admin.Bucket{Bucket: bucket}), admin.ErrBucketNotEmpty)
	require.NoError(t, root.RemoveBucket(ctx, admin.Bucket{Bucket: bucket, PurgeObject: aws.Bool(true)}))
	_, err = root.GetBucketInfo(ctx, admin.Bucket{Bucket: bucket})
	require.ErrorIs(t, err, admin.ErrNoSuchBucket)
	s.stop(t)
	check(t, s.data, false)
}

func TestGoCephQuotasAndUsage(t *testing.T) {
	s, ctx := serve(t), t.Context()
	root := s.goceph(t, accessKey, secretKey)
	alice := newUser("", "alice")
	gocephUser(t, root, alice, "")
	c := s.sdk(t, as(alice))
	bucket := newBucket(t, c)

	quota := admin.QuotaSpec{UID: "alice", Enabled: aws.Bool(true), MaxObjects: aws.Int64(2)}
	require.NoError(t, root.SetUserQuota(ctx, quota))
	require.NoError(t, root.SetBucketQuota(ctx, admin.QuotaSpec{UID: "alice", Enabled: aws.Bool(true), MaxSizeKb: aws.Int(100)}))
	got, err := root.GetUserQuota(ctx, quota)
	require.NoError(t, err)
	assert.Equal(t, []any{true, int64(2), int64(-1)}, []any{*got.Enabled, *got.MaxObjects, *got.MaxSize})
	got, err = root.GetBucketQuota(ctx, quota)
	require.NoError(t, err)
	assert.Equal(t, []any{true, int64(100 << 10), 100}, []any{*got.Enabled, *got.MaxSize, *got.MaxSizeKb})
	store := func(key string, size int) string {
		_, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: strings.NewReader(strings.Repeat("x", size))})
		return code(err)
	}
	assert.Equal(t, "QuotaExceeded", store("big", 101<<10))
	require.Empty(t, store("k", 1000))
	require.NoError(t, root.SetIndividualBucketQuota(ctx, admin.QuotaSpec{UID: "alice", Bucket: bucket, Enabled: aws.Bool(true), MaxSize: aws.Int64(2000)}))
	assert.Equal(t, "QuotaExceeded", store("k2", 1001), "that of the bucket itself")
	info, err := root.GetBucketInfo(ctx, admin.Bucket{Bucket: bucket})
	require.NoError(t, err)
	assert.Equal(t, int64(2000), *info.BucketQuota.MaxSize)

	usage, err := root.GetUsage(ctx, admin.Usage{UserID: "alice", ShowEntries: aws.Bool(true), ShowSummary: aws.Bool(true)})
	require.NoError(t, err)
	require.Len(t, usage.Summary, 1)
	assert.Equal(t, uint64(4), usage.Summary[0].Total.Ops)
	assert.Equal(t, uint64(2), usage.Summary[0].Total.SuccessfulOps)
	require.Len(t, usage.Entries, 1)
	assert.Equal(t, bucket, usage.Entries[0].Buckets[0].Bucket)
	require.Error(t, root.TrimUsage(ctx, admin.Usage{}), "everybody's usage is trimmed only on demand")
	require.NoError(t, root.TrimUsage(ctx, admin.Usage{UserID: "alice"}))
	usage, err = root.GetUsage(ctx, admin.Usage{UserID: "alice"})
	require.NoError(t, err)
	assert.Empty(t, usage.Entries)
}
