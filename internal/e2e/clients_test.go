package e2e

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tool finds a client's program. One that is not installed skips the test, or
// fails it when COFFER_E2E_REQUIRE is set.
func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name+" is not installed")
	}
	return path
}

func missing(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("COFFER_E2E_REQUIRE") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// shell runs one program again and again with the same environment.
type shell struct {
	program string
	env     []string
}

// run runs the program; it must succeed. It returns what it printed.
func (s shell) run(t *testing.T, args ...string) string {
	t.Helper()
	out, err := s.try(t, args...)
	require.NoError(t, err, "%s %s\n%s", filepath.Base(s.program), strings.Join(args, " "), out)
	return out
}

func (s shell) try(t *testing.T, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, s.program, args...)
	// None of the caller's settings for clients, such as proxies or CA bundles.
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + t.TempDir(), "HOME=" + t.TempDir(), "LANG=C.UTF-8"}, s.env...)
	cmd.Dir = t.TempDir()
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func awsEnv(home string) []string {
	return []string{
		"AWS_ACCESS_KEY_ID=" + accessKey, "AWS_SECRET_ACCESS_KEY=" + secretKey, "AWS_DEFAULT_REGION=" + region,
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=" + filepath.Join(home, "none"), "AWS_SHARED_CREDENTIALS_FILE=" + filepath.Join(home, "none"),
		"AWS_MAX_ATTEMPTS=1", "AWS_PAGER=",
	}
}

func TestBoto3(t *testing.T) {
	python := tool(t, cmp.Or(os.Getenv("COFFER_E2E_PYTHON"), "python3"))
	script, err := filepath.Abs(filepath.Join("testdata", "boto3_client.py"))
	require.NoError(t, err)
	sh := shell{python, awsEnv(t.TempDir())}
	if out, err := sh.try(t, "-c", "import boto3"); err != nil {
		missing(t, "boto3 is not installed: "+out)
	}
	plain, secure := serve(t), serveTLS(t)
	for _, tt := range []struct {
		explanation, version string
		server               *server
	}{
		{"SigV4, chunk signatures and payload hashes", "s3v4", plain},
		{"SigV4 over TLS, unsigned payload with trailers", "s3v4", secure},
		{"SigV2", "s3", plain},
		{"SigV2 over TLS", "s3", secure},
	} {
		t.Run(tt.explanation, func(t *testing.T) {
			out := sh.run(t, script, tt.server.url, tt.version, tt.server.ca)
			assert.Contains(t, out, "all good")
		})
	}
}

func TestAWSCLI(t *testing.T) {
	program := tool(t, "aws")
	for name, s := range map[string]*server{"plain": serve(t), "TLS": serveTLS(t)} {
		t.Run(name, func(t *testing.T) {
			env := append(awsEnv(t.TempDir()), "AWS_ENDPOINT_URL="+s.url)
			if s.ca != "" {
				env = append(env, "AWS_CA_BUNDLE="+s.ca)
			}
			awsSync(t, shell{program, env})
			awsAPI(t, shell{program, env})
		})
	}
}

func awsSync(t *testing.T, aws shell) {
	t.Helper()
	bucket := "s3://" + bucketName()
	aws.run(t, "s3", "mb", bucket)
	up, down, dir := writeTree(t, true), t.TempDir(), t.TempDir()
	aws.run(t, "s3", "sync", "--only-show-errors", up, bucket+"/tree")
	aws.run(t, "s3", "sync", "--only-show-errors", bucket+"/tree", down)
	sameTree(t, up, down)

	one := filepath.Join(dir, "one")
	aws.run(t, "s3", "cp", "--only-show-errors", filepath.Join(up, "sub", "big"), bucket+"/big copy")
	aws.run(t, "s3", "cp", "--only-show-errors", bucket+"/big copy", bucket+"/big copy 2")
	aws.run(t, "s3", "cp", "--only-show-errors", bucket+"/big copy 2", one)
	got, err := os.ReadFile(one)
	require.NoError(t, err)
	same(t, readTree(t, up)["sub/big"], got, "cp there, across and back")
	assert.Contains(t, aws.run(t, "s3", "ls", bucket+"/"), "PRE tree/")

	require.NoError(t, os.Remove(filepath.Join(up, "one")))
	aws.run(t, "s3", "sync", "--only-show-errors", "--delete", up, bucket+"/tree")
	assert.NotContains(t, aws.run(t, "s3", "ls", "--recursive", bucket+"/tree/"), "tree/one")
	aws.run(t, "s3", "rm", "--only-show-errors", "--recursive", bucket)
	assert.Empty(t, strings.TrimSpace(aws.run(t, "s3", "ls", "--recursive", bucket)))
	aws.run(t, "s3", "rb", bucket)
}

func awsAPI(t *testing.T, aws shell) {
	t.Helper()
	bucket, dir := bucketName(), t.TempDir()
	body := data(123_456, 5)
	up, down := filepath.Join(dir, "up"), filepath.Join(dir, "down")
	require.NoError(t, os.WriteFile(up, body, 0o600))
	aws.run(t, "s3api", "create-bucket", "--bucket", bucket)
	aws.run(t, "s3api", "put-bucket-versioning", "--bucket", bucket, "--versioning-configuration", "Status=Enabled")
	for i, key := range oddKeys() {
		aws.run(t, "s3api", "put-object", "--bucket", bucket, "--key", key, "--body", up, "--metadata", "number="+fmt.Sprint(i), "--checksum-algorithm", "SHA256")
		out := aws.run(t, "s3api", "get-object", "--bucket", bucket, "--key", key, "--checksum-mode", "ENABLED", down)
		assert.Contains(t, out, `"number": "`+fmt.Sprint(i)+`"`)
		got, err := os.ReadFile(down)
		require.NoError(t, err)
		same(t, body, got, key)
		if testing.Short() || i > 3 {
			break // a Python process a call is slow
		}
	}
	assert.Contains(t, aws.run(t, "s3api", "list-object-versions", "--bucket", bucket, "--max-items", "1"), `"IsLatest": true`)
	out, err := aws.try(t, "s3api", "get-object", "--bucket", bucket, "--key", "absent", down)
	require.Error(t, err)
	assert.Contains(t, out, "NoSuchKey")
}

// The client puts the account before the host; the server is its proxy in place
// of a resolver that knows such names.
func TestAWSCLIAccount(t *testing.T) {
	s := serve(t)
	aws := shell{tool(t, "aws"), append(awsEnv(t.TempDir()), "AWS_ENDPOINT_URL=http://s3.test", "http_proxy="+s.url, "no_proxy=", "NO_PROXY=")}
	account := []string{"--account-id", "123456789012"}
	do := func(command string, more ...string) []string {
		return append(append([]string{"s3control", command}, account...), more...)
	}
	aws.run(t, do("put-public-access-block", "--public-access-block-configuration", "BlockPublicPolicy=true")...)
	assert.Contains(t, aws.run(t, do("get-public-access-block")...), `"BlockPublicPolicy": true`)
	bucket := bucketName()
	aws.run(t, "s3api", "create-bucket", "--bucket", bucket)
	policy := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::` + bucket + `/*"}}`
	out, err := aws.try(t, "s3api", "put-bucket-policy", "--bucket", bucket, "--policy", policy)
	require.Error(t, err)
	assert.Contains(t, out, "AccessDenied")
	aws.run(t, do("delete-public-access-block")...)
	out, err = aws.try(t, do("get-public-access-block")...)
	require.Error(t, err)
	assert.Contains(t, out, "NoSuchPublicAccessBlockConfiguration")
	aws.run(t, "s3api", "put-bucket-policy", "--bucket", bucket, "--policy", policy)
	awsTags(t, aws, do)
}

// awsTags tags a bucket as Terraform does, by its ARN.
func awsTags(t *testing.T, aws shell, do func(string, ...string) []string) {
	t.Helper()
	bucket := bucketName()
	aws.run(t, "s3api", "create-bucket", "--bucket", bucket, "--create-bucket-configuration", "Tags=[{Key=team,Value=a b}]")
	for _, arn := range []string{"arn:aws:s3:::" + bucket, "arn:aws:s3:" + region + ":123456789012:bucket/" + bucket} {
		assert.Contains(t, aws.run(t, do("list-tags-for-resource", "--resource-arn", arn)...), `"Value": "a b"`)
		aws.run(t, do("tag-resource", "--resource-arn", arn, "--tags", "Key=more,Value=1", "Key=more still,Value=2")...)
		out := aws.run(t, "s3api", "get-bucket-tagging", "--bucket", bucket)
		assert.Contains(t, out, `"Value": "a b"`, "tags are added")
		assert.Contains(t, out, `"Key": "more still"`)
		aws.run(t, do("untag-resource", "--resource-arn", arn, "--tag-keys", "more", "more still")...)
		assert.NotContains(t, aws.run(t, do("list-tags-for-resource", "--resource-arn", arn)...), "more")
	}
	out, err := aws.try(t, do("list-tags-for-resource", "--resource-arn", "arn:aws:s3:::"+bucketName())...)
	require.Error(t, err)
	assert.Contains(t, out, "NoSuchBucket")
}

func TestS3cmd(t *testing.T) {
	program := tool(t, "s3cmd")
	plain, secure := serve(t), serveTLS(t)
	for _, tt := range []struct {
		explanation string
		server      *server
		flags       []string
	}{
		{"SigV4", plain, []string{"--no-ssl"}},
		{"SigV4 over TLS", secure, []string{"--ssl", "--ca-certs=" + secure.ca}},
		{"SigV2", plain, []string{"--no-ssl", "--signature-v2"}},
	} {
		t.Run(tt.explanation, func(t *testing.T) {
			host := tt.server.url[strings.Index(tt.server.url, "//")+2:]
			flags := append([]string{
				"--config=/dev/null", "--access_key=" + accessKey, "--secret_key=" + secretKey, "--region=" + region,
				"--host=" + host, "--host-bucket=" + host, "--no-progress", "--multipart-chunk-size-mb=5",
			}, tt.flags...)
			s3cmdTransfers(t, func(args ...string) string { return shell{program, nil}.run(t, append(flags, args...)...) })
		})
	}
}

func s3cmdTransfers(t *testing.T, s3cmd func(...string) string) {
	t.Helper()
	bucket := "s3://" + bucketName()
	s3cmd("mb", bucket)
	up, down, dir := writeTree(t, true), t.TempDir(), t.TempDir()
	s3cmd("sync", up+"/", bucket+"/tree/")
	s3cmd("sync", bucket+"/tree/", down+"/")
	sameTree(t, up, down)
	source := filepath.Join(up, "sub", "page")
	for i, key := range []string{"with blank", "plus+and%percent", "ünïcödé/ключ", "quote'(paren)", "a=b&c;d,e:f@g", "tilde~"} {
		target := filepath.Join(dir, fmt.Sprint(i))
		s3cmd("put", source, bucket+"/"+key)
		s3cmd("cp", bucket+"/"+key, bucket+"/copies/"+key)
		s3cmd("get", bucket+"/copies/"+key, target)
		got, err := os.ReadFile(target)
		require.NoError(t, err)
		same(t, readTree(t, up)["sub/page"], got, key)
		assert.Contains(t, s3cmd("ls", bucket+"/copies/"), bucket+"/copies/")
	}
	s3cmd("info", bucket)
	s3cmd("info", bucket+"/tilde~")
	s3cmd("del", "--recursive", "--force", bucket)
	assert.Empty(t, strings.TrimSpace(s3cmd("ls", "--recursive", bucket)))
	s3cmd("rb", bucket)
}

func TestRclone(t *testing.T) {
	program := tool(t, "rclone")
	plain, secure := serve(t), serveTLS(t)
	for _, tt := range []struct {
		explanation string
		server      *server
		flags       []string
	}{
		{"SigV4", plain, nil},
		{"SigV4 over TLS", secure, []string{"--ca-cert", secure.ca}},
		{"SigV2", plain, []string{"--s3-v2-auth"}},
	} {
		t.Run(tt.explanation, func(t *testing.T) {
			flags := append([]string{
				"--config", "", "--s3-provider=Other", "--s3-endpoint=" + tt.server.url, "--s3-access-key-id=" + accessKey,
				"--s3-secret-access-key=" + secretKey, "--s3-region=" + region, "--s3-upload-cutoff=5M", "--s3-chunk-size=5M", "--retries=1", "--low-level-retries=1",
			}, tt.flags...)
			rcloneSync(t, func(args ...string) string { return shell{program, nil}.run(t, append(flags, args...)...) })
		})
	}
}

func rcloneSync(t *testing.T, rclone func(...string) string) {
	t.Helper()
	bucket := ":s3:" + bucketName()
	up, down := writeTree(t, true), t.TempDir()
	rclone("mkdir", bucket)
	rclone("sync", up, bucket+"/tree")
	rclone("check", "--download", up, bucket+"/tree")
	rclone("sync", bucket+"/tree", down)
	sameTree(t, up, down)
	rclone("copy", bucket+"/tree", bucket+"/second") // on the server
	rclone("check", up, bucket+"/second")

	require.NoError(t, os.RemoveAll(filepath.Join(up, "sub", "deep")))
	require.NoError(t, os.WriteFile(filepath.Join(up, "one"), []byte("changed"), 0o600))
	rclone("sync", up, bucket+"/tree")
	rclone("sync", bucket+"/tree", down)
	sameTree(t, up, down)
	rclone("purge", bucket)
	assert.NotContains(t, rclone("lsd", ":s3:"), strings.TrimPrefix(bucket, ":s3:"))
}

func TestRestic(t *testing.T) {
	program := tool(t, "restic")
	s := serve(t)
	env := append(awsEnv(t.TempDir()), "RESTIC_REPOSITORY=s3:"+s.url+"/"+bucketName()+"/repo", "RESTIC_PASSWORD=test", "RESTIC_CACHE_DIR="+t.TempDir())
	restic := shell{program, env}
	restic.run(t, "init")
	tree, out := writeTree(t, true), t.TempDir()
	restic.run(t, "backup", tree)
	require.NoError(t, os.WriteFile(filepath.Join(tree, "new"), data(2<<20, 77), 0o600))
	restic.run(t, "backup", tree)
	restic.run(t, "check", "--read-data")
	restic.run(t, "restore", "latest", "--target", out)
	sameTree(t, tree, filepath.Join(out, tree))
	restic.run(t, "forget", "--keep-last", "1", "--prune")
	restic.run(t, "check", "--read-data")
	assert.Contains(t, restic.run(t, "snapshots"), "1 snapshots")
}
