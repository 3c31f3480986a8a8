package e2e

import (
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// linked links the server's binary under the name of one of its tools.
func linked(t *testing.T, name string) string {
	t.Helper()
	bin, err := program()
	require.NoError(t, err)
	link := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.Symlink(bin, link))
	return link
}

// rgwUser is what tests read of radosgw-admin's user documents.
type rgwUser struct {
	Keys []struct {
		AccessKey string `json:"access_key"`
		SecretKey string `json:"secret_key"`
	}
	Suspended int
	UserQuota struct {
		Enabled    bool
		MaxObjects int `json:"max_objects"`
	} `json:"user_quota"`
}

func decodeUser(t *testing.T, text string) rgwUser {
	t.Helper()
	var u rgwUser
	require.NoError(t, json.Unmarshal([]byte(text), &u), text)
	return u
}

func TestRadosgwAdmin(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := launch(t, dir)
	t.Cleanup(func() { s.stop(t) })
	tool := shell{linked(t, "radosgw-admin"), []string{"COFFER_DATA=" + dir}}

	u := decodeUser(t, tool.run(t, "user", "create", "--uid=alice", "--display-name", "Alice"))
	require.Len(t, u.Keys, 1, "a new user has a key")
	alice := func(o *s3.Options) {
		o.Credentials = credentials.NewStaticCredentialsProvider(u.Keys[0].AccessKey, u.Keys[0].SecretKey, "")
	}
	c := s.sdk(t, alice)
	bucket := newBucket(t, c)
	put(t, c, bucket, "a", []byte("data"))
	assert.Contains(t, tool.run(t, "bucket", "stats", "--bucket", bucket), `"num_objects": 1`)
	assert.Contains(t, tool.run(t, "usage", "show", "--uid=alice", "--show-log-entries=false"), `"category": "put_obj"`)

	tool.run(t, "quota", "set", "--quota-scope=user", "--uid=alice", "--max-objects=1")
	tool.run(t, "quota", "enable", "--quota-scope=user", "--uid=alice")
	_, err := c.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: aws.String("b"), Body: strings.NewReader("data")})
	assert.Equal(t, "QuotaExceeded", code(err), "at once, in the running server")
	tool.run(t, "user", "suspend", "--uid=alice")
	_, err = c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket})
	assert.Error(t, err)

	s.stop(t)
	u = decodeUser(t, tool.run(t, "user", "enable", "--uid=alice"))
	assert.Zero(t, u.Suspended, "on the stopped store")
	assert.Equal(t, 1, u.UserQuota.MaxObjects)
	out, err := tool.try(t, "user", "rm", "--uid=alice")
	var status *exec.ExitError
	require.ErrorAs(t, err, &status)
	assert.Equal(t, 17, status.ExitCode(), out)
	tool.run(t, "bucket", "chown", "--bucket", bucket, "--uid=root")
	assert.Equal(t, "[]\n", tool.run(t, "bucket", "list", "--uid=alice"))

	s = launch(t, dir)
	_, err = s.sdk(t, alice).ListBuckets(t.Context(), &s3.ListBucketsInput{})
	require.NoError(t, err, "the server sees what was done meanwhile")
	_, err = s.sdk(t, alice).GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("a")})
	assert.Equal(t, "AccessDenied", code(err), "neither the bucket nor the object is theirs any more")
	root := s.sdk(t)
	_, err = root.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: aws.String("a")})
	require.NoError(t, err)
}

// TestRadosgwAdminAfterCrash: the socket that a killed server leaves is in
// nobody's way.
func TestRadosgwAdminAfterCrash(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := launch(t, dir)
	tool := shell{linked(t, "radosgw-admin"), []string{"COFFER_DATA=" + dir}}
	tool.run(t, "user", "create", "--uid=alice", "--display-name", "Alice")
	s.kill()
	_, err := os.Lstat(filepath.Join(dir, "admin.sock"))
	require.NoError(t, err)
	assert.Contains(t, tool.run(t, "user", "list"), "alice", "on the store")
	s = launch(t, dir)
	t.Cleanup(func() { s.stop(t) })
	assert.Contains(t, tool.run(t, "user", "list"), "alice", "in the server")
}

// TestControlSocketIsTheOwners: other users of the machine cannot reach it.
func TestControlSocketIsTheOwners(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be another user")
	}
	dir := sharedDir(t)
	s := launch(t, dir)
	t.Cleanup(func() { s.stop(t) })
	require.NoError(t, os.Chmod(dir, 0o755)) // the socket's own mode must do
	cmd := exec.CommandContext(t.Context(), installed(t, "coffer-tool"), "admin", "--data", dir, "user", "list")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	cmd.Dir = "/"
	out, err := cmd.CombinedOutput()
	require.Error(t, err)
	assert.Contains(t, string(out), "permission denied")
}

// TestCompletionInBash completes in an interactive bash, on a terminal.
func TestCompletionInBash(t *testing.T) {
	bash, script := tool(t, "bash"), tool(t, "script")
	link := linked(t, "radosgw-admin")
	rc := filepath.Join(t.TempDir(), "rc")
	require.NoError(t, os.WriteFile(rc, []byte("PATH=$PATH:"+filepath.Dir(link)+"\nsource <(radosgw-admin completion bash)\nPS1='ready> '\n"), 0o600))
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, script, "-qec", bash+" --noprofile --rcfile "+rc+" -i", "/dev/null")
	cmd.Env = append(os.Environ(), "TERM=dumb", "INPUTRC=/dev/null", "HOME="+t.TempDir())
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var screen []byte
	until := func(want string) {
		t.Helper()
		for piece := make([]byte, 1024); !strings.Contains(string(screen), want); {
			n, err := out.Read(piece)
			require.NoError(t, err, "no %q in %q", want, screen)
			screen = append(screen, piece[:n]...)
		}
	}
	until("ready> ")
	_, err = in.Write([]byte("radosgw-admin subu\tcr\t--sub\t")) // each tab has one way to go on
	require.NoError(t, err)
	until("radosgw-admin subuser create --subuser ")
	_, err = in.Write([]byte("\x15exit\n"))
	require.NoError(t, err)
	require.NoError(t, in.Close())
	_, _ = io.Copy(io.Discard, out) // a terminal ends with an error
	require.NoError(t, cmd.Wait())
}
