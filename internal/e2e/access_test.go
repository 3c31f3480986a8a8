package e2e

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/internal/datadir"
)

// user is one whom serveUsers knows.
type user struct {
	iam.UserID
	email             string
	accessKey, secret string
}

func newUser(tenant, uid string) user {
	return user{UserID: iam.UserID{Tenant: tenant, UID: uid}, email: uid + "@example.org", accessKey: "KEYOF" + strings.ToUpper(tenant+uid), secret: "secret/of+" + uid}
}

// as makes a client act as a user.
func as(u user) func(*s3.Options) {
	return func(o *s3.Options) {
		o.Credentials = credentials.NewStaticCredentialsProvider(u.accessKey, u.secret, "")
	}
}

// nobody makes a client sign nothing.
func nobody(o *s3.Options) { o.Credentials = aws.AnonymousCredentials{} }

// serveUsers is serve with users besides root.
func serveUsers(t *testing.T, users []user, flags ...string) *server {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	d, err := datadir.Open(data, nil)
	require.NoError(t, err)
	dir, err := iam.Open(d.Index, &iam.Options{Sealer: d.MasterKey})
	require.NoError(t, err)
	for _, u := range users {
		_, err = dir.CreateUser(t.Context(), iam.User{UserID: u.UserID, DisplayName: u.UID, Email: u.email})
		require.NoError(t, err)
		_, err = dir.CreateKey(t.Context(), u.UserID, iam.Credentials{AccessKey: u.accessKey, Secret: u.secret})
		require.NoError(t, err)
	}
	require.NoError(t, d.Close())
	s := launch(t, data, flags...)
	t.Cleanup(func() { s.stop(t) })
	return s
}

// curl fetches a URL as anybody can. It returns the status, the answer's
// headers and body.
func curl(t *testing.T, args ...string) (status string, text string) {
	t.Helper()
	out := shell{tool(t, "curl"), nil}.run(t, append([]string{"--silent", "--show-error", "--include", "--noproxy", "*"}, args...)...)
	_, rest, _ := strings.Cut(out, " ")
	return rest[:3], out
}

// allows tells whether a request that may be refused was done.
func allows(t *testing.T, err error) bool {
	t.Helper()
	if err != nil {
		require.Contains(t, []string{"AccessDenied", "Forbidden"}, code(err), "%v", err)
	}
	return err == nil
}

func bucketPolicy(statements string) *string {
	return aws.String(`{"Version":"2012-10-17","Statement":[` + statements + `]}`)
}

// TestSharedByPolicy: a bucket of alice, what bob of the same tenant, carol of
// another and nobody in particular may do.
func TestSharedByPolicy(t *testing.T) {
	alice, bob, carol := newUser("", "alice"), newUser("", "bob"), newUser("acme", "carol")
	s := serveUsers(t, []user{alice, bob, carol})
	owner := s.sdk(t, as(alice))
	bucket := newBucket(t, owner)
	for _, key := range []string{"private/a", "public/a", "team/a"} {
		put(t, owner, bucket, key, []byte(key))
	}
	arn := "arn:aws:s3:::" + bucket
	policies := map[string]*string{
		"none": nil,
		"shared": bucketPolicy(`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"` + arn + `/public/*"},` +
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam:::user/bob"},"Action":["s3:GetObject","s3:PutObject"],"Resource":"` + arn + `/team/*"},` +
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam:::user/bob"},"Action":"s3:ListBucket","Resource":"` + arn + `","Condition":{"StringLike":{"s3:prefix":"team/*"}}},` +
			`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::acme:user/carol"},"Action":"s3:GetObject","Resource":"` + arn + `/team/*"}`),
		"denied": bucketPolicy(`{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":["` + arn + `","` + arn + `/*"]},` +
			`{"Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"` + arn + `/private/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`),
	}
	callers := map[string]*s3.Client{"alice": owner, "bob": s.sdk(t, as(bob)), "carol": s.sdk(t, as(carol)), "nobody": s.sdk(t, nobody), "root": s.sdk(t)}
	for _, tt := range []struct {
		why, policy, who, action, key string
		want                          bool
	}{
		{"a bucket is its owner's", "none", "bob", "get", "public/a", false},
		{"and nobody else's", "none", "nobody", "get", "public/a", false},
		{"root may do everything", "none", "root", "get", "public/a", true},
		{"everybody is everybody", "shared", "nobody", "get", "public/a", true},
		{"with credentials too", "shared", "carol", "get", "public/a", true},
		{"but only there", "shared", "nobody", "get", "private/a", false},
		{"and only read", "shared", "nobody", "put", "public/a", false},
		{"bob by name", "shared", "bob", "get", "team/a", true},
		{"and writes", "shared", "bob", "put", "team/b", true},
		{"but does not delete", "shared", "bob", "delete", "team/a", false},
		{"under the condition", "shared", "bob", "list", "team/", true},
		{"without it", "shared", "bob", "list", "", false},
		{"a tenant's user by name", "shared", "carol", "get", "team/a", true},
		{"others are not bob", "shared", "carol", "put", "team/a", false},
		{"denial wins", "denied", "bob", "get", "private/a", false},
		{"over the owner as well", "denied", "alice", "get", "private/a", false},
		{"what is not denied is allowed", "denied", "nobody", "delete", "team/a", true},
	} {
		if text := policies[tt.policy]; text != nil {
			_, err := owner.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: text})
			require.NoError(t, err)
		}
		name := bucket
		if tt.who == "carol" {
			name = ":" + bucket // of the default tenant
		}
		assert.Equal(t, tt.want, allows(t, attempt(t, callers[tt.who], name, tt.action, tt.key)), "%s: %s %s", tt.why, tt.action, tt.key)
	}
}

// TestConditionalDeletes: a policy that lets nobody delete what they do not know.
func TestConditionalDeletes(t *testing.T) {
	alice := newUser("", "alice")
	c := serveUsers(t, []user{alice}).sdk(t, as(alice))
	bucket := newBucket(t, c)
	_, err := c.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: bucketPolicy(`{"Effect":"Deny","Principal":"*",
		"Action":"s3:DeleteObject","Resource":"arn:aws:s3:::` + bucket + `/*","Condition":{"Null":{"s3:if-match":"true"}}}`)})
	require.NoError(t, err)
	key, other := aws.String("key"), aws.String(`"00000000000000000000000000000000"`)
	etag := put(t, c, bucket, *key, []byte("one")).ETag
	for _, tt := range []struct {
		explanation string
		ifMatch     *string
		want        string
	}{
		{"without a condition", nil, "AccessDenied"},
		{"another version", other, "PreconditionFailed"},
		{"the present version", etag, ""},
	} {
		_, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: key, IfMatch: tt.ifMatch})
		assert.Equal(t, tt.want, code(err), "%s: %v", tt.explanation, err)
	}
	etag = put(t, c, bucket, "many", []byte("two")).ETag
	put(t, c, bucket, "kept", []byte("three"))
	out, err := c.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: &bucket, Delete: &types.Delete{Objects: []types.ObjectIdentifier{
		{Key: aws.String("many"), ETag: etag}, {Key: aws.String("kept")}}}})
	require.NoError(t, err)
	require.Len(t, out.Deleted, 1, "each object by its own condition")
	assert.Equal(t, "many", *out.Deleted[0].Key)
	require.Len(t, out.Errors, 1)
	assert.Equal(t, "AccessDenied", *out.Errors[0].Code)
}

// attempt does one operation on a key, or lists what begins with it.
func attempt(t *testing.T, c *s3.Client, bucket, action, key string) error {
	t.Helper()
	var err error
	switch action {
	case "get":
		var out *s3.GetObjectOutput
		if out, err = c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key}); err == nil {
			out.Body.Close()
		}
	case "put":
		_, err = c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader([]byte("new"))})
	case "delete":
		_, err = c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
	case "list":
		_, err = c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &key})
	default:
		t.Fatalf("no such action: %s", action)
	}
	return err
}

// TestPublicByCurl publishes by policy and by ACL, and reads with curl; presigned
// URLs carry their signer's rights and nothing more.
func TestPublicByCurl(t *testing.T) {
	alice, bob := newUser("", "alice"), newUser("", "bob")
	s := serveUsers(t, []user{alice, bob})
	owner := s.sdk(t, as(alice))
	bucket := bucketName()
	_, err := owner.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket, ObjectOwnership: types.ObjectOwnershipBucketOwnerPreferred})
	require.NoError(t, err)
	put(t, owner, bucket, "o", []byte("the body"))
	object := s.url + "/" + bucket + "/o"
	expect := func(want, why string, args ...string) {
		t.Helper()
		status, text := curl(t, args...)
		assert.Equal(t, want, status, "%s\n%s", why, text)
		if want == "200" && len(args) == 1 {
			assert.Contains(t, text, "the body", why)
		}
	}
	expect("403", "private", object)
	_, err = owner.PutObjectAcl(t.Context(), &s3.PutObjectAclInput{Bucket: &bucket, Key: aws.String("o"), ACL: types.ObjectCannedACLPublicRead})
	require.NoError(t, err)
	expect("200", "readable by an ACL", object)
	expect("403", "but not writable", object, "--request", "PUT", "--data-binary", "x")
	expect("403", "nor listed", s.url+"/"+bucket)

	_, err = owner.PutPublicAccessBlock(t.Context(), &s3.PutPublicAccessBlockInput{Bucket: &bucket, PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
		BlockPublicAcls: aws.Bool(true), IgnorePublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true)}})
	require.NoError(t, err)
	expect("403", "the block ignores the ACL", object)
	public := &s3.PutBucketPolicyInput{Bucket: &bucket, Policy: bucketPolicy(`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + bucket + `/*"}`)}
	_, err = owner.PutBucketPolicy(t.Context(), public)
	assert.False(t, allows(t, err), "nor does it let a public policy in")
	_, err = owner.DeletePublicAccessBlock(t.Context(), &s3.DeletePublicAccessBlockInput{Bucket: &bucket})
	require.NoError(t, err)
	_, err = owner.PutObjectAcl(t.Context(), &s3.PutObjectAclInput{Bucket: &bucket, Key: aws.String("o"), ACL: types.ObjectCannedACLPrivate})
	require.NoError(t, err)
	expect("403", "private again", object)
	_, err = owner.PutBucketPolicy(t.Context(), public)
	require.NoError(t, err)
	expect("200", "readable by a policy", object)
	_, err = owner.DeleteBucketPolicy(t.Context(), &s3.DeleteBucketPolicyInput{Bucket: &bucket})
	require.NoError(t, err)

	in := &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("o")}
	signed, err := s3.NewPresignClient(owner).PresignGetObject(t.Context(), in)
	require.NoError(t, err)
	expect("200", "who has the owner's URL needs no right", signed.URL)
	foreign, err := s3.NewPresignClient(s.sdk(t, as(bob))).PresignGetObject(t.Context(), in)
	require.NoError(t, err)
	expect("403", "bob cannot give what he does not have", foreign.URL)
	_, err = owner.PutObjectAcl(t.Context(), &s3.PutObjectAclInput{Bucket: &bucket, Key: aws.String("o"), GrantRead: aws.String(`emailAddress="` + bob.email + `"`)})
	require.NoError(t, err)
	expect("200", "until it is granted to him", foreign.URL)
	expect("403", "and to him alone", object)
}

// TestSharedByACL: grants by id, e-mail address and group, on buckets and objects.
func TestSharedByACL(t *testing.T) {
	alice, bob := newUser("", "alice"), newUser("", "bob")
	s := serveUsers(t, []user{alice, bob})
	owner, friend := s.sdk(t, as(alice)), s.sdk(t, as(bob))
	enforced := newBucket(t, owner)
	_, err := owner.PutBucketAcl(t.Context(), &s3.PutBucketAclInput{Bucket: &enforced, ACL: types.BucketCannedACLPublicRead})
	assert.Equal(t, "AccessControlListNotSupported", code(err), "ACLs are off in a new bucket")

	bucket := bucketName()
	_, err = owner.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket, ObjectOwnership: types.ObjectOwnershipObjectWriter,
		GrantWrite: aws.String("id=bob"), GrantRead: aws.String(`uri="http://acs.amazonaws.com/groups/global/AuthenticatedUsers"`)})
	require.NoError(t, err)
	put(t, owner, bucket, "mine", []byte("x"))
	require.NoError(t, attempt(t, friend, bucket, "list", ""), "authenticated users read the list")
	assert.False(t, allows(t, attempt(t, s.sdk(t, nobody), bucket, "list", "")), "nobody is not one of them")
	assert.False(t, allows(t, attempt(t, friend, bucket, "get", "mine")), "the right to a bucket is none to its objects")

	put(t, friend, bucket, "his", []byte("y"))
	list, err := owner.GetObjectAcl(t.Context(), &s3.GetObjectAclInput{Bucket: &bucket, Key: aws.String("his")})
	assert.False(t, allows(t, err), "what bob wrote is bob's: %v", list)
	_, err = friend.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("shared"), ACL: types.ObjectCannedACLBucketOwnerFullControl, Body: bytes.NewReader(nil)})
	require.NoError(t, err)
	list, err = owner.GetObjectAcl(t.Context(), &s3.GetObjectAclInput{Bucket: &bucket, Key: aws.String("shared")})
	require.NoError(t, err)
	assert.Equal(t, "bob", *list.Owner.ID)
	grants := make(map[string]types.Permission)
	for _, g := range list.Grants {
		grants[*g.Grantee.ID] = g.Permission
	}
	assert.Equal(t, map[string]types.Permission{"alice": types.PermissionFullControl, "bob": types.PermissionFullControl}, grants)

	got, err := owner.GetBucketAcl(t.Context(), &s3.GetBucketAclInput{Bucket: &bucket})
	require.NoError(t, err)
	assert.Len(t, got.Grants, 2)
	_, err = owner.PutBucketOwnershipControls(t.Context(), &s3.PutBucketOwnershipControlsInput{Bucket: &bucket, OwnershipControls: &types.OwnershipControls{
		Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnershipBucketOwnerEnforced}}}})
	assert.Equal(t, "InvalidBucketAclWithObjectOwnership", code(err), "not while the bucket's list shares it")
}

// TestRequesterPays: who reads another's bucket must say that they pay.
func TestRequesterPays(t *testing.T) {
	alice, bob := newUser("", "alice"), newUser("", "bob")
	s := serveUsers(t, []user{alice, bob})
	owner, friend := s.sdk(t, as(alice)), s.sdk(t, as(bob))
	bucket := newBucket(t, owner)
	put(t, owner, bucket, "o", []byte("x"))
	_, err := owner.PutBucketPolicy(t.Context(), &s3.PutBucketPolicyInput{Bucket: &bucket,
		Policy: bucketPolicy(`{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + bucket + `/*"}`)})
	require.NoError(t, err)
	require.NoError(t, attempt(t, friend, bucket, "get", "o"), "the owner pays")
	_, err = owner.PutBucketRequestPayment(t.Context(), &s3.PutBucketRequestPaymentInput{Bucket: &bucket,
		RequestPaymentConfiguration: &types.RequestPaymentConfiguration{Payer: types.PayerRequester}})
	require.NoError(t, err)
	assert.False(t, allows(t, attempt(t, friend, bucket, "get", "o")), "not if he is not asked")
	out, err := friend.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("o"), RequestPayer: types.RequestPayerRequester})
	require.NoError(t, err)
	out.Body.Close()
	assert.Equal(t, types.RequestChargedRequester, out.RequestCharged)
	assert.False(t, allows(t, attempt(t, s.sdk(t, nobody), bucket, "get", "o")), "nobody cannot pay")
	require.NoError(t, attempt(t, owner, bucket, "get", "o"), "the owner does anyway")
}
