package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// javaProgram is a program in one file, for a JDK of version 11 or later, and what
// it needs. Maven fetches that from Maven Central and keeps it between runs.
type javaProgram struct {
	java, classpath, file string
}

func newJavaProgram(t *testing.T, name string) javaProgram {
	t.Helper()
	mvn, java := tool(t, "mvn"), tool(t, "java")
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	dir, err := filepath.Abs(filepath.Join("testdata", name))
	require.NoError(t, err)
	classes := filepath.Join(t.TempDir(), "classpath")
	out, err := shell{mvn, nil}.try(t, "--quiet", "--batch-mode", "--file", filepath.Join(dir, "pom.xml"),
		"-Dmaven.repo.local="+filepath.Join(cache, "coffer-e2e", "maven"), "-Dmdep.outputFile="+classes,
		"org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath")
	if err != nil {
		missing(t, "Maven cannot fetch what "+name+" needs: "+out)
	}
	classpath, err := os.ReadFile(classes)
	require.NoError(t, err)
	return javaProgram{java, string(classpath), filepath.Join(dir, "Client.java")}
}

func (p javaProgram) run(t *testing.T, args ...string) string {
	t.Helper()
	return shell{p.java, awsEnv(t.TempDir())}.run(t, append([]string{"-cp", p.classpath, p.file}, args...)...)
}

func TestAWSSDKForJava(t *testing.T) {
	p := newJavaProgram(t, "awssdk-java")
	s := serve(t)
	assert.Contains(t, p.run(t, s.url, newBucket(t, s.sdk(t))), "all good")
	s.stop(t)
	check(t, s.data, false)
}
