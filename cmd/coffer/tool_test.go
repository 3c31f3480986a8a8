package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAdminTool(t *testing.T) {
	dir := t.TempDir()
	data := "--data=" + dir
	nothing := finish(t, nil, "admin", "user", "list", data)
	assert.Equal(t, exitFailure, nothing.code)
	assert.Contains(t, nothing.stderr, "name the directory of the store with --data or COFFER_DATA")
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	assert.Empty(t, left, "looking for a store makes none")

	running := serveDir(t, dir)
	info, err := os.Stat(filepath.Join(dir, "admin.sock"))
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), "whoever can open it owns the data")
	r := finish(t, nil, "admin", data, "user", "create", "--uid=alice", "--display-name", "Alice")
	require.Equal(t, exitOK, r.code, r.stderr)
	assert.Contains(t, r.stdout, `    "user_id": "alice",`)
	r = finish(t, []string{"COFFER_DATA=" + dir}, "admin", "user", "create", "--uid=alice", "--display-name", "Alice")
	assert.Equal(t, 17, r.code, "the tool's own exit status")
	assert.Equal(t, "could not create user: unable to parse parameters, user: alice exists\n", r.stderr)
	running.end(t)
	_, err = os.Stat(filepath.Join(dir, "admin.sock"))
	assert.ErrorIs(t, err, fs.ErrNotExist)

	r = finish(t, nil, "admin", "user", "info", "--uid", "alice", data)
	require.Equal(t, exitOK, r.code, "on the stopped store: %s", r.stderr)
	assert.Contains(t, r.stdout, `"display_name": "Alice"`)
	assert.Empty(t, r.stderr)
	config := filepath.Join(t.TempDir(), "coffer.yaml")
	require.NoError(t, os.WriteFile(config, []byte("data: "+dir+"\nlisten: \":1\"\n"), 0o600))
	r = finish(t, nil, "admin", "--config", config, "user", "rm", "--uid", "alice")
	require.Equal(t, exitOK, r.code, "the server's own file: %s", r.stderr)

	running = serveDir(t, dir)
	r = finish(t, nil, "admin", data, "user", "info", "--uid=alice")
	assert.Equal(t, 22, r.code, "the server sees what was done to the stopped store")
	require.NoError(t, os.Remove(filepath.Join(dir, "admin.sock")))
	r = finish(t, nil, "admin", data, "user", "list")
	assert.Equal(t, exitFailure, r.code)
	assert.Contains(t, r.stderr, "in use by another process that does not listen for tools")
	running.end(t)
}

func TestOstorTool(t *testing.T) {
	dir := t.TempDir()
	data := "--data=" + dir
	running := serveDir(t, dir)
	r := finish(t, nil, "ostor", data, "create-user", "-e", "op@example.com", "-S", "-V", "0100000000000002")
	require.Equal(t, exitOK, r.code, r.stderr)
	assert.Contains(t, r.stdout, "\nFlags:system\n")
	r = finish(t, nil, "ostor", data, "create-user", "-e", "op@example.com", "-S")
	assert.Equal(t, exitFailure, r.code)
	assert.Equal(t, "ostor-s3-admin: the e-mail address is another user's\n", r.stderr)
	running.end(t)
	r = finish(t, nil, "ostor", data, "query-users")
	require.Equal(t, exitOK, r.code, "on the stopped store: %s", r.stderr)
	assert.Contains(t, r.stdout, "***  op@example.com\n")
}

func TestToolUsage(t *testing.T) {
	for _, c := range []struct {
		explanation    string
		args           []string
		code           int
		stdout, stderr string
	}{
		{"help needs no store", []string{"admin", "--help"}, exitOK, "user create", ""},
		{"nor does completion", []string{"admin", "completion", "bash"}, exitOK, "complete -o default", ""},
		{"nor the version", []string{"admin", "--version"}, exitOK, "16.2.15", ""},
		{"nor telling what is wrong", []string{"admin", "user", "fly"}, exitFailure, "", "Unrecognized argument: 'fly'"},
		{"s3info has help of its own", []string{"s3info", "--help"}, exitOK, "Usage: s3info", ""},
		{"and takes no user", []string{"s3info", "alice"}, exitUsage, "", "Usage: s3info"},
		{"so does ostor-s3-admin", []string{"ostor", "help"}, exitOK, "create-user         -e EMAIL [-S]", ""},
		{"and tells what is wrong", []string{"ostor", "create-user"}, exitUsage, "", "ostor-s3-admin: create-user: -e is needed"},
		{"volumes are known without a store", []string{"ostor-ctl", "get-config", "-n", "192.0.2.1"}, exitOK, "0100000000000002   OBJ      READY", ""},
		{"a client needs no store", []string{"metrics", "-m", "buckets"}, exitFailure, "", "list_metrics: missing required option: host"},
		{"and has the older form", []string{"bucket-metrics", "-m", "buckets"}, exitFailure, "", "list_bucket_metrics: unknown shorthand flag"},
		{"settings are read as the server does", []string{"admin", "--config", "/none.yaml", "user", "list"}, exitUsage, "", "/none.yaml"},
		{"a flag without its value", []string{"admin", "user", "list", "--data"}, exitUsage, "", "--data"},
		{"after -- nothing is a setting", []string{"admin", "user", "list", "--", "--data"}, exitFailure, "", "Unrecognized argument: '--data'"},
	} {
		r := finish(t, nil, c.args...)
		assert.Equal(t, c.code, r.code, "%s: %s", c.explanation, r.stderr)
		assert.Contains(t, r.stdout, c.stdout, c.explanation)
		assert.Contains(t, r.stderr, c.stderr, c.explanation)
	}
}

func TestNamesOfTheBinary(t *testing.T) {
	for _, c := range []struct {
		explanation string
		process     []string
		want        []string
	}{
		{"its own name", []string{"/usr/bin/coffer", "serve", "--data=x"}, []string{"serve", "--data=x"}},
		{"a tool's", []string{"/usr/bin/radosgw-admin", "user", "list"}, []string{"admin", "user", "list"}},
		{"another's", []string{"/usr/local/bin/s3info", "keys"}, []string{"s3info", "keys"}},
		{"the provider's", []string{"ostor-s3-admin", "query-users", "-a"}, []string{"ostor", "query-users", "-a"}},
		{"a client's", []string{"list_metrics", "-r"}, []string{"metrics", "-r"}},
		{"without a directory", []string{"radosgw-admin"}, []string{"admin"}},
		{"on Windows", []string{"radosgw-admin.exe", "user"}, []string{"admin", "user"}},
		{"a process without a name", nil, nil},
	} {
		assert.Equal(t, c.want, commandLine(c.process), c.explanation)
	}
}
