package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestS3cmdSettings sets and shows what s3cmd can set on buckets and objects.
func TestS3cmdSettings(t *testing.T) {
	program := tool(t, "s3cmd")
	bob := newUser("", "bob")
	s := serveUsers(t, []user{bob})
	host := s.url[strings.Index(s.url, "//")+2:]
	s3cmd := func(args ...string) string {
		t.Helper()
		flags := []string{"--config=/dev/null", "--access_key=" + accessKey, "--secret_key=" + secretKey, "--region=" + region, "--no-ssl", "--host=" + host, "--host-bucket=" + host}
		return shell{program, nil}.run(t, append(flags, args...)...)
	}
	c := s.sdk(t)
	name := newBucket(t, c)
	bucket, object := "s3://"+name, "s3://"+name+"/o"
	_, err := c.PutBucketOwnershipControls(t.Context(), &s3.PutBucketOwnershipControlsInput{Bucket: &name, OwnershipControls: &types.OwnershipControls{
		Rules: []types.OwnershipControlsRule{{ObjectOwnership: types.ObjectOwnershipObjectWriter}}}})
	require.NoError(t, err)
	put(t, c, name, "o", []byte("x"))
	s3cmdACLs(t, s, s3cmd, name)

	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text+"\n"), 0o600))
		return path
	}
	for _, step := range []struct {
		why  string
		args []string
		show []string // a command
		want string   // in what it prints
		not  string   // "" = nothing
	}{
		{"a policy", []string{"setpolicy", file("policy", *bucketPolicy(`{"Sid":"named","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + name + `/*"}`)), bucket},
			[]string{"info", bucket}, `"Sid":"named"`, ""},
		{"no policy", []string{"delpolicy", bucket}, []string{"info", bucket}, "Policy:    none", "named"},
		{"rules for other origins", []string{"setcors", file("cors", `<CORSConfiguration><CORSRule><ID>app</ID><AllowedOrigin>https://app.example.org</AllowedOrigin><AllowedMethod>GET</AllowedMethod></CORSRule></CORSConfiguration>`), bucket},
			[]string{"info", bucket}, "https://app.example.org", ""},
		{"no rules", []string{"delcors", bucket}, []string{"info", bucket}, "CORS:      none", ""},
		{"expiration", []string{"expire", bucket, "--expiry-days=7", "--expiry-prefix=tmp/"}, []string{"info", bucket}, "Expiration Rule: objects with key prefix 'tmp/' will expire in '7' day(s)", ""},
		{"which is a lifecycle rule", []string{"expire", bucket, "--expiry-days=7", "--expiry-prefix=tmp/"}, []string{"getlifecycle", bucket}, "<Days>7</Days>", ""},
		{"no expiration", []string{"expire", bucket}, []string{"info", bucket}, "Expiration Rule: none", ""},
		{"a lifecycle", []string{"setlifecycle", file("lifecycle", `<LifecycleConfiguration><Rule><ID>mine</ID><Filter><Prefix>logs/</Prefix></Filter><Status>Enabled</Status>`+
			`<NoncurrentVersionExpiration><NoncurrentDays>3</NoncurrentDays></NoncurrentVersionExpiration></Rule></LifecycleConfiguration>`), bucket},
			[]string{"getlifecycle", bucket}, "<ID>mine</ID>", ""},
		{"no lifecycle", []string{"dellifecycle", bucket}, []string{"info", bucket}, "Expiration Rule: none", ""},
		{"who asks pays", []string{"payer", "--requester-pays", bucket}, []string{"info", bucket}, "Payer:     Requester", ""},
		{"the owner pays", []string{"payer", bucket}, []string{"info", bucket}, "Payer:     BucketOwner", ""},
		{"a website", []string{"ws-create", "--ws-index=start.html", "--ws-error=oops.html", bucket}, []string{"ws-info", bucket}, "start.html", ""},
		{"no website", []string{"ws-delete", bucket}, []string{"ws-info", bucket}, "", "start.html"},
		{"a log", []string{"accesslog", "--access-logging-target-prefix=" + bucket + "/log/", bucket}, []string{"accesslog", bucket}, bucket + "/log/", ""},
		{"metadata of what is there", []string{"modify", "--add-header=x-amz-meta-colour: blue", object}, []string{"info", object}, "x-amz-meta-colour: blue", ""},
	} {
		s3cmd(step.args...)
		shown := s3cmd(step.show...)
		assert.Contains(t, shown, step.want, step.why)
		if step.not != "" {
			assert.NotContains(t, shown, step.not, step.why)
		}
	}
}

// s3cmdACLs shares a bucket and an object and takes it back.
func s3cmdACLs(t *testing.T, s *server, s3cmd func(...string) string, name string) {
	t.Helper()
	bucket, object := "s3://"+name, "s3://"+name+"/o"
	visit := func(want, why string) {
		t.Helper()
		status, _ := curl(t, s.url+"/"+name+"/o")
		assert.Equal(t, want, status, why)
	}
	visit("403", "private")
	s3cmd("setacl", "--acl-public", bucket)
	assert.Contains(t, s3cmd("info", bucket), "*anon*: READ")
	visit("403", "the bucket's list is not the object's")
	s3cmd("setacl", "--acl-public", object)
	assert.Contains(t, s3cmd("info", object), "*anon*: READ")
	visit("200", "public")
	s3cmd("setacl", "--acl-private", object)
	visit("403", "private again")

	friend := s.sdk(t, as(newUser("", "bob")))
	assert.False(t, allows(t, attempt(t, friend, name, "get", "o")))
	s3cmd("setacl", "--acl-grant=read:bob", object)
	assert.Contains(t, s3cmd("info", object), "bob: READ")
	assert.True(t, allows(t, attempt(t, friend, name, "get", "o")), "granted by id")
	s3cmd("setacl", "--acl-revoke=read:bob", object)
	assert.False(t, allows(t, attempt(t, friend, name, "get", "o")), "revoked")
	s3cmd("setacl", "--acl-grant=full_control:bob@example.org", object)
	assert.True(t, allows(t, attempt(t, friend, name, "get", "o")), "granted by e-mail address")
	s3cmd("setacl", "--acl-public", "--recursive", bucket)
	visit("200", "all of it public")
	s3cmd("setacl", "--acl-private", "--recursive", bucket)
	visit("403", "none of it")
}
