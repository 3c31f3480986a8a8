package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// node prepares a JavaScript client of testdata and its libraries.
func node(t *testing.T, client, file string) (program, script string) {
	t.Helper()
	program, npm := tool(t, "node"), tool(t, "npm")
	dir := t.TempDir()
	require.NoError(t, os.CopyFS(dir, os.DirFS(filepath.Join("testdata", client))))
	// An installer, not a client: it keeps the caller's settings.
	install := exec.CommandContext(t.Context(), npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	install.Dir = dir
	if out, err := install.CombinedOutput(); err != nil {
		missing(t, "libraries of "+client+" are not to be had: "+string(out))
	}
	return program, filepath.Join(dir, file)
}

// TestJavaScript: the SDK signs the checksum of an empty body into the URL of an
// upload, whose body it does not know.
func TestJavaScript(t *testing.T) {
	s := serve(t)
	program, script := node(t, "javascript", "client.mjs")
	out := shell{program, nil}.run(t, "--no-warnings", script, s.url, accessKey, secretKey, bucketName())
	var got struct {
		Status               int
		Error, Got, Checksum string
		Size                 int
		Signed               []string
	}
	require.NoError(t, json.Unmarshal([]byte(out), &got), "%s", out)
	assert.Equal(t, 200, got.Status, got.Error)
	assert.Equal(t, "sent by a visitor", got.Got)
	assert.Equal(t, len(got.Got), got.Size)
	assert.NotEmpty(t, got.Checksum, "what came has a checksum")
	assert.Equal(t, []string{"x-amz-checksum-crc32"}, got.Signed, "else this is no test")
}
