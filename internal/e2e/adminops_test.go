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

// TestRadosgwAdmin4J needs Maven, which fetches the client from Maven Central
// and keeps it between runs, and a JDK of version 11 or later.
func TestRadosgwAdmin4J(t *testing.T) {
	mvn, java := tool(t, "mvn"), tool(t, "java")
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	dir, err := filepath.Abs(filepath.Join("testdata", "radosgw-admin4j"))
	require.NoError(t, err)
	classes := filepath.Join(t.TempDir(), "classpath")
	out, err := shell{mvn, nil}.try(t, "--quiet", "--batch-mode", "--file", filepath.Join(dir, "pom.xml"),
		"-Dmaven.repo.local="+filepath.Join(cache, "coffer-e2e", "maven"), "-Dmdep.outputFile="+classes,
		"org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath")
	if err != nil {
		missing(t, "Maven cannot fetch radosgw-admin4j: "+out)
	}
	classpath, err := os.ReadFile(classes)
	require.NoError(t, err)

	s := serve(t)
	c := s.sdk(t)
	bucket := newBucket(t, c)
	for _, key := range []string{"one", "two"} {
		put(t, c, bucket, key, data(1000, 1))
	}
	run := shell{java, awsEnv(t.TempDir())}
	assert.Contains(t, run.run(t, "-cp", string(classpath), filepath.Join(dir, "Client.java"), s.url, bucket), "all good")
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
