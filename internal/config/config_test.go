package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/config"
)

func load(t *testing.T, yaml string, env []string, args ...string) (*config.Server, error) {
	t.Helper()
	if yaml != "" {
		path := filepath.Join(t.TempDir(), "coffer.yaml")
		require.NoError(t, os.WriteFile(path, []byte(yaml), 0o600))
		args = append(args, "--config", path)
	}
	s, server := config.ServerSettings()
	if err := config.Load(s, args, env); err != nil {
		return nil, err
	}
	return server, server.Check()
}

func TestPrecedence(t *testing.T) {
	for _, c := range []struct {
		why  string
		yaml string
		env  []string
		args []string
		want string // region
	}{
		{"the default", "", nil, nil, "us-east-1"},
		{"the file beats the default", "region: file", nil, nil, "file"},
		{"the environment beats the file", "region: file", []string{"COFFER_REGION=env"}, nil, "env"},
		{"a flag beats both", "region: file", []string{"COFFER_REGION=env"}, []string{"--region=flag"}, "flag"},
		{"a flag beats both also with the default's value", "region: file", []string{"COFFER_REGION=env"}, []string{"--region=us-east-1"}, "us-east-1"},
		{"other programs' variables are left alone", "", []string{"REGION=x", "AWS_REGION=x"}, nil, "us-east-1"},
	} {
		t.Run(c.why, func(t *testing.T) {
			s, err := load(t, c.yaml, c.env, c.args...)
			require.NoError(t, err)
			assert.Equal(t, c.want, s.Region)
		})
	}
}

func TestEverySettingInEverySource(t *testing.T) {
	values := map[string]string{
		"data": "/d", "listen": ":1", "metrics-listen": ":2", "utapi-listen": ":3", "domain": "a.b,c.d", "website-domain": "e.f", "region": "r", "tls-cert": "/c", "tls-key": "/k",
		"log-format": "text", "log-level": "warn", "access-log": "false", "read-header-timeout": "1s", "stall-timeout": "4s", "idle-timeout": "2s",
		"shutdown-timeout": "3s", "lifecycle-interval": "2h", "lifecycle-day-length": "10s", "reserve": "1KiB", "root-access-key": "ADMIN", "root-secret-key": "secret-key", "master-key": "00", "sse-c-without-tls": "true", "object-ownership": "ObjectWriter", "s3info-socket": "/i", "s3info-domain": "d.e", "s3info-map": "/j",
		"utapi-reindex": "true", "utapi-expire-after": "24h",
		"kms": "vault-kv", "kms-address": "http://a", "kms-key": "k", "kms-mount": "m", "kms-namespace": "n", "kms-keystone": "http://b", "kms-user": "u",
		"kms-user-domain": "d", "kms-project": "p", "kms-project-domain": "e", "kms-token": "t", "kms-role-id": "r", "kms-secret-id": "s",
		"kms-password": "w", "kms-credential-id": "c", "kms-credential": "x",
		"ostor-stat": "false", "ostor-stat-period": "30m", "ostor-stat-flush": "30s", "ostor-service-id": "8000000000000002", "gw-conf": "/g",
	}
	want := []string{"config"}
	var env, yaml, args []string
	for name, v := range values {
		want = append(want, name)
		env = append(env, config.EnvName(name)+"="+v)
		if name == "domain" {
			v = "[a.b, c.d]"
		}
		yaml = append(yaml, name+": "+v)
		if s, _ := config.ServerSettings(); s.Flags.Lookup(name) != nil {
			args = append(args, "--"+name+"="+values[name])
		}
	}
	assert.ElementsMatch(t, want, config.ServerKeys(), "a new setting belongs in this test")

	fromEnv, err := load(t, "", env)
	require.NoError(t, err)
	fromFile, err := load(t, strings.Join(yaml, "\n"), nil)
	require.NoError(t, err)
	assert.Equal(t, fromEnv, fromFile)
	assert.Equal(t, []string{"a.b", "c.d"}, fromEnv.Domains)
	assert.Equal(t, 3*time.Second, fromEnv.ShutdownTimeout)
	assert.Equal(t, 2*time.Hour, fromEnv.LifecycleInterval)
	assert.Equal(t, 10*time.Second, fromEnv.LifecycleDay)
	assert.Equal(t, 4*time.Second, fromEnv.StallTimeout)
	assert.False(t, fromEnv.AccessLog)
	assert.Equal(t, config.Statistics{Period: 30 * time.Minute, Flush: 30 * time.Second, ServiceID: "8000000000000002", GWConf: "/g"}, fromEnv.Statistics)
	assert.Equal(t, config.Size(1024), fromEnv.Reserve)
	assert.Equal(t, "secret-key", fromEnv.RootSecretKey)

	var secrets []string
	flags, _ := config.ServerSettings()
	flags.Secrets.VisitAll(func(f *pflag.Flag) { secrets = append(secrets, config.EnvName(f.Name)+"="+values[f.Name]) })
	fromFlags, err := load(t, "", secrets, args...)
	require.NoError(t, err)
	assert.Equal(t, fromEnv, fromFlags)
}

func TestMistakes(t *testing.T) {
	for _, c := range []struct {
		why  string
		yaml string
		env  []string
		args []string
		text string // in the message
	}{
		{"unknown flag", "", nil, []string{"--lisen=:1"}, "unknown flag: --lisen"},
		{"stray argument", "", nil, []string{"now"}, `unexpected argument "now"`},
		{"value of a flag", "", nil, []string{"--idle-timeout=soon"}, "idle-timeout"},
		{"value in the environment", "", []string{"COFFER_RESERVE=much"}, nil, "COFFER_RESERVE: want a size"},
		{"unknown key, with its line", "region: a\n\nlisen: :1\n", nil, nil, `coffer.yaml:3: unknown setting "lisen"`},
		{"value in the file, with its line", "# a comment\nreserve: much\n", nil, nil, "coffer.yaml:2: reserve: want a size"},
		{"a flag does not hide a mistake in the file", "region: [a, b]\n", nil, []string{"--region=x"}, "coffer.yaml:1: region: want a plain value"},
		{"a key twice", "region: a\nregion: b\n", nil, nil, "coffer.yaml:2: region is set twice"},
		{"nothing after the colon", "region:\n", nil, nil, "coffer.yaml:1: region: want a plain value"},
		{"a list of lists", "domain: [[a]]\n", nil, nil, "coffer.yaml:1: domain: want a list of plain values"},
		{"not a mapping", "- a\n", nil, nil, "coffer.yaml:1: want lines of the form"},
		{"not YAML", "a: [\n", nil, nil, "coffer.yaml"},
		{"a file cannot name a file", "config: other.yaml\n", nil, nil, `coffer.yaml:1: unknown setting "config"`},
		{"missing file", "", nil, []string{"--config=/nonexistent/coffer.yaml"}, "no such file"},
		{"secrets have no flag", "", nil, []string{"--root-secret-key=x"}, "unknown flag"},
		{"half of TLS", "", nil, []string{"--tls-cert=c"}, "tls-cert and tls-key belong together"},
		{"half of the root credentials", "", []string{"COFFER_ROOT_ACCESS_KEY=a"}, nil, "COFFER_ROOT_ACCESS_KEY and COFFER_ROOT_SECRET_KEY belong together"},
		{"a short root secret", "", []string{"COFFER_ROOT_ACCESS_KEY=a", "COFFER_ROOT_SECRET_KEY=short"}, nil, "at least 8 characters"},
		{"log format", "", nil, []string{"--log-format=xml"}, "want json or text"},
		{"log level", "", nil, []string{"--log-level=loud"}, "want debug, info, warn or error"},
		{"no data", "", nil, []string{"--data="}, "data is empty"},
		{"no address", "", nil, []string{"--listen="}, "listen is empty"},
		{"an ownership that S3 does not know", "", nil, []string{"--object-ownership=Mine"}, "want BucketOwnerEnforced, BucketOwnerPreferred or ObjectWriter"},
		{"no region", "", nil, []string{"--region="}, "region is empty"},
		{"a day of no length would be rounded to midnight", "", nil, []string{"--lifecycle-day-length=1ms"}, "at least a second"},
		{"unknown key provider", "", nil, []string{"--kms=magic"}, "want keyring, vault-transit"},
		{"a key server without an address", "", nil, []string{"--kms=vault-kv"}, "needs kms-address"},
		{"an address without a key server", "", nil, []string{"--kms-address=http://a"}, "kms-address needs kms"},
		{"tokens are secrets", "", nil, []string{"--kms-token=x"}, "unknown flag"},
		{"one setting in two places", "gw-conf: /g", nil, []string{"--ostor-stat"}, "set one or the other"},
		{"statistics that are never written", "", nil, []string{"--ostor-stat-flush=0s"}, "ostor-stat-flush must be positive"},
		{"no time", "", nil, []string{"--shutdown-timeout=0s"}, "timeouts must be positive"},
	} {
		t.Run(c.why, func(t *testing.T) {
			_, err := load(t, c.yaml, c.env, c.args...)
			require.ErrorIs(t, err, config.ErrUsage)
			assert.ErrorContains(t, err, c.text)
		})
	}
}

func TestStatistics(t *testing.T) {
	s, err := load(t, "ostor-stat-period: 1h", []string{"COFFER_OSTOR_STAT_FLUSH=5s"}, "--ostor-stat")
	require.NoError(t, err)
	assert.Equal(t, config.Statistics{Collect: true, Period: time.Hour, Flush: 5 * time.Second, ServiceID: "8000000000000001"}, s.Statistics)
}

func TestHelpIsAsked(t *testing.T) {
	_, err := load(t, "", nil, "--help")
	assert.ErrorIs(t, err, pflag.ErrHelp)
	s, _ := config.ServerSettings()
	for _, name := range config.ServerKeys() {
		assert.True(t, strings.Contains(s.Help(), "--"+name) || strings.Contains(s.Help(), config.EnvName(name)), "help names %s", name)
	}
}

func TestEmptyFile(t *testing.T) {
	for _, yaml := range []string{"\n", "# nothing yet\n", "---\n"} {
		_, err := load(t, yaml, nil)
		assert.NoError(t, err, "%q", yaml)
	}
}

func TestFileOfSeveralCommands(t *testing.T) {
	path := filepath.Join(t.TempDir(), "coffer.yaml")
	require.NoError(t, os.WriteFile(path, []byte("data: /d\nlisten: :1\n"), 0o600))
	var dir string
	f := pflag.NewFlagSet("check", pflag.ContinueOnError)
	config.DataFlags(f, &dir)
	require.NoError(t, config.Load(config.Settings{Flags: f, AlsoInFile: config.ServerKeys()}, nil, []string{"COFFER_CONFIG=" + path}))
	assert.Equal(t, "/d", dir)
}

func TestSize(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64 // -1: refused
	}{
		{"0", 0}, {"1", 1}, {"1B", 1}, {"4k", 4096}, {"4KiB", 4096}, {"4kb", 4000}, {"1.5 GiB", 3 << 29}, {"2TB", 2e12},
		{"", -1}, {"-1", -1}, {"MiB", -1}, {"1XB", -1}, {"NaN", -1}, {"1e30", -1}, {"Inf", -1},
	} {
		var s config.Size
		err := s.Set(c.text)
		if c.want < 0 {
			assert.Error(t, err, "%q", c.text)
			continue
		}
		require.NoError(t, err, "%q", c.text)
		assert.EqualValues(t, c.want, s, "%q", c.text)
		var again config.Size
		require.NoError(t, again.Set(s.String()))
		assert.Equal(t, s, again, "%q reads back", s.String())
	}
}

func FuzzYAML(f *testing.F) {
	f.Add([]byte("listen: :1\ndomain: [a, b]\n"))
	f.Add([]byte("a: &x [*x]\n"))
	f.Add([]byte("? [a]\n: b\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "f")
		require.NoError(t, os.WriteFile(path, data, 0o600))
		s, server := config.ServerSettings()
		if err := config.Load(s, []string{"--config", path}, nil); err != nil {
			assert.ErrorIs(t, err, config.ErrUsage)
			return
		}
		_ = server.Check()
	})
}
