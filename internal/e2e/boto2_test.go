package e2e

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestBoto2 does with boto 2, which signs version 2, what computing centres have
// told their users for years: list buckets, find an object, share it by URL.
func TestBoto2(t *testing.T) {
	python := tool(t, cmp.Or(os.Getenv("COFFER_E2E_PYTHON"), "python3"))
	script, err := filepath.Abs(filepath.Join("testdata", "boto2_client.py"))
	require.NoError(t, err)
	sh := shell{python, awsEnv(t.TempDir())}
	if out, err := sh.try(t, "-c", "import importlib.util, sys; sys.exit(not importlib.util.find_spec('boto'))"); err != nil {
		missing(t, "boto is not installed: "+out)
	}
	s := serve(t, "--domain", "s3.test")
	out := sh.run(t, script, s.url[strings.LastIndexByte(s.url, ':')+1:])
	assert.Contains(t, out, "all good")
}
