package e2e

import (
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sharedDir is a directory that every user of the machine may enter, also where
// the directory for temporary files is the owner's alone.
func sharedDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp(shared(t, os.TempDir()), "coffer-e2e")
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}

// shared is dir, or the nearest directory above one that others may not enter
// in which everybody may write.
func shared(t *testing.T, dir string) string {
	t.Helper()
	for at, found := dir, true; ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		require.NoError(t, err)
		if info.Mode()&0o001 == 0 {
			found = false
		}
		if !found && info.Mode()&0o003 == 0o003 {
			dir, found = at, true
		}
		if at == filepath.Dir(at) {
			require.True(t, found, "no directory for temporary files that other users may enter")
			return dir
		}
	}
}

// installed puts the binary where every user can run it, under a name.
func installed(t *testing.T, name string) string {
	t.Helper()
	bin, err := program()
	require.NoError(t, err)
	content, err := os.ReadFile(bin)
	require.NoError(t, err)
	dir := sharedDir(t)
	path := filepath.Join(dir, "coffer")
	require.NoError(t, os.WriteFile(path, content, 0o755))
	link := filepath.Join(dir, name)
	require.NoError(t, os.Symlink("coffer", link))
	return link
}

// s3info runs the tool as a user of the operating system; nil is who runs the
// test.
func s3info(t *testing.T, program string, as *osuser.User, env []string, args ...string) (stdout, stderr string, exit int) {
	t.Helper()
	var out, errs strings.Builder
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env, cmd.Dir, cmd.Stdout, cmd.Stderr = append([]string{"PATH=" + os.Getenv("PATH")}, env...), "/", &out, &errs
	if as != nil {
		uid, err := strconv.ParseUint(as.Uid, 10, 32)
		require.NoError(t, err)
		gid, err := strconv.ParseUint(as.Gid, 10, 32)
		require.NoError(t, err)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	}
	if err := cmd.Run(); err != nil {
		var failed *exec.ExitError
		require.ErrorAs(t, err, &failed)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// TestS3info runs the tool beside a server: who calls is what the kernel says.
func TestS3info(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the kernel tells who calls on Linux only")
	}
	me, err := osuser.Current()
	require.NoError(t, err)
	own := newUser("", "own")
	own.email = me.Username + "@umn.test"
	guest := newUser("lab", "guest")
	dir := sharedDir(t)
	mapping := filepath.Join(dir, "map")
	require.NoError(t, os.WriteFile(mapping, []byte("nobody lab$guest\n"), 0o600))
	socket := filepath.Join(dir, "s3info.sock")
	settings := []string{"--s3info-socket", socket, "--s3info-domain", "umn.test", "--s3info-map", mapping}
	s := serveUsers(t, []user{own, guest}, settings...)
	tool := installed(t, "s3info")
	env := []string{"COFFER_S3INFO_SOCKET=" + socket}

	stdout, stderr, exit := s3info(t, tool, nil, env)
	assert.Equal(t, "Access key: "+own.accessKey+"\nSecret key: "+own.secret+"\nSharing address: "+own.email+"\n", stdout)
	assert.Empty(t, stderr)
	assert.Zero(t, exit)
	bash := shell{"bash", append(env, "PATH="+filepath.Dir(tool)+":"+os.Getenv("PATH"))}
	assert.Equal(t, own.accessKey+"|"+own.secret+"|", bash.run(t, "-c", `read ak sk rest < <(s3info keys --machine-output); printf %s "$ak|$sk|$rest"`))
	_, stderr, exit = s3info(t, tool, nil, env, "guest")
	assert.Equal(t, 2, exit)
	assert.Contains(t, stderr, "Usage: s3info")

	if os.Geteuid() == 0 {
		nobody, err := osuser.Lookup("nobody")
		require.NoError(t, err)
		stdout, _, _ = s3info(t, tool, nobody, env, "keys", "--machine-output")
		assert.Equal(t, guest.accessKey+" "+guest.secret+"\n", stdout, "somebody else sees other keys")
		_, stderr, exit = s3info(t, tool, nobody, []string{"COFFER_DATA=" + s.data})
		assert.Equal(t, 1, exit, "the socket for administrators is not theirs")
		assert.Contains(t, stderr, "permission denied")
	}

	s.stop(t)
	stdout, stderr, exit = s3info(t, tool, nil, env)
	assert.Equal(t, 1, exit, "there is no server")
	assert.Empty(t, stdout)
	assert.NotEmpty(t, stderr)
	stdout, stderr, exit = s3info(t, tool, nil, nil, "--machine-output", "--data", s.data, "--s3info-domain=umn.test")
	assert.Equal(t, 2, exit, "the domain is a setting of the server: %s", stderr)
	assert.Empty(t, stdout)
	stdout, stderr, _ = s3info(t, tool, nil, []string{"COFFER_S3INFO_DOMAIN=umn.test"}, "--machine-output", "--data", s.data)
	assert.Equal(t, own.accessKey+" "+own.secret+"\n", stdout, "an administrator reads the stopped store: %s", stderr)
}
