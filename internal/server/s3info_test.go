package server_test

import (
	"bytes"
	"context"
	"io"
	"os"
	osuser "os/user"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/internal/config"
	"github.com/cofferstore/coffer/internal/control"
	"github.com/cofferstore/coffer/internal/server"
)

func TestS3Info(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the kernel tells who calls on Linux only")
	}
	me, err := osuser.Current()
	if err != nil {
		t.Skip("the user has no name: ", err)
	}
	socket := filepath.Join(t.TempDir(), "s")
	r := start(t, settings(t, append(withRoot(), "S3INFO_SOCKET="+socket, "S3INFO_DOMAIN=umn.edu")...))
	require.Equal(t, 200, status(t, "PUT", r.url+"/admin/user?uid=j&display-name=J&email="+me.Username+"@umn.edu&access-key=MINE&secret-key=secret", ""))

	var stdout, stderr bytes.Buffer
	exit, err := control.Call(t.Context(), socket, "s3info", &cli.Invocation{Args: []string{"--machine-output"}, User: "somebody", Stdout: &stdout, Stderr: &stderr})
	require.NoError(t, err)
	assert.Zero(t, exit)
	assert.Equal(t, "MINE secret\n", stdout.String(), "who calls is what the kernel says, not what the client says")
	_, err = control.Call(t.Context(), socket, "radosgw-admin", &cli.Invocation{Args: []string{"user", "list"}, Stdout: io.Discard, Stderr: io.Discard})
	assert.ErrorIs(t, err, control.ErrRefused, "any local user may open this socket")
}

func TestS3InfoSettings(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "map")
	require.NoError(t, os.WriteFile(bad, []byte("one two three\n"), 0o600))
	for explanation, setting := range map[string]string{
		"a mapping that is none would leave everybody without keys": "S3INFO_MAP=" + bad,
		"so would one that is not there":                            "S3INFO_MAP=" + bad + "x",
		"an address has one @":                                      "S3INFO_DOMAIN=@umn.edu",
	} {
		err := server.Run(context.Background(), settings(t, append(withRoot(), setting)...), &server.Options{Log: io.Discard, Credentials: io.Discard})
		assert.ErrorIs(t, err, config.ErrUsage, explanation)
	}
}
