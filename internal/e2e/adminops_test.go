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

// host is the server without the scheme.
func (s *server) host() string { return s.url[strings.Index(s.url, "//")+2:] }

func TestRGWAdmin(t *testing.T) {
	python := tool(t, cmp.Or(os.Getenv("COFFER_E2E_PYTHON"), "python3"))
	script, err := filepath.Abs(filepath.Join("testdata", "rgwadmin_client.py"))
	require.NoError(t, err)
	sh := shell{python, awsEnv(t.TempDir())}
	if out, err := sh.try(t, "-c", "import boto3, rgwadmin"); err != nil {
		missing(t, "rgwadmin is not installed: "+out)
	}
	for name, s := range map[string]*server{"plain": serve(t), "TLS": serveTLS(t)} {
		t.Run(name, func(t *testing.T) {
			assert.Contains(t, sh.run(t, script, s.host(), s.ca), "all good")
			s.stop(t)
			check(t, s.data, false)
		})
	}
}

func TestRadosgwAdmin4J(t *testing.T) {
	p := newJavaProgram(t, "radosgw-admin4j")
	s := serve(t)
	c := s.sdk(t)
	bucket := newBucket(t, c)
	for _, key := range []string{"one", "two"} {
		put(t, c, bucket, key, data(1000, 1))
	}
	assert.Contains(t, p.run(t, s.url, bucket), "all good")
	s.stop(t)
	check(t, s.data, false)
}

func TestAdminCurl(t *testing.T) {
	bash := tool(t, "bash")
	tool(t, "curl")
	tool(t, "openssl")
	script, err := filepath.Abs(filepath.Join("testdata", "admin_curl.sh"))
	require.NoError(t, err)
	assert.Contains(t, shell{bash, awsEnv(t.TempDir())}.run(t, script, serve(t).url), "all good")
}
