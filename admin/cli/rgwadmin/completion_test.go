package rgwadmin_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCompletion asks a real bash what it would complete.
func TestCompletion(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	l := newLab(t)
	script := filepath.Join(t.TempDir(), "completion")
	ask := `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _radosgw_admin; printf '%s\n' "${COMPREPLY[@]}"`
	require.NoError(t, os.WriteFile(script, []byte(l.must("completion", "bash")), 0o600))
	for _, c := range []struct {
		explanation string
		words       []string
		want        []string
	}{
		{"the first word", []string{"radosgw-admin", "u"}, []string{"usage", "user"}},
		{"the second", []string{"radosgw-admin", "subuser", ""}, []string{"create", "modify", "rm"}},
		{"the third", []string{"/usr/bin/radosgw-admin", "global", "quota", "e"}, []string{"enable"}},
		{"flags", []string{"radosgw-admin", "caps", "rm", "--c"}, []string{"--caps"}},
		{"behind a flag and its value", []string{"radosgw-admin", "--uid", "user", "caps", "r"}, []string{"rm"}},
		{"bash makes three words of --uid=user", []string{"radosgw-admin", "--uid", "=", "user", "caps", "r"}, []string{"rm"}},
		{"a value is anything", []string{"radosgw-admin", "user", "info", "--uid", ""}, []string{""}},
		{"coffer admin", []string{"coffer", "admin", "us"}, []string{"usage", "user"}},
		{"other commands of coffer are not ours", []string{"coffer", "serve", "us"}, []string{""}},
		{"shells", []string{"radosgw-admin", "completion", "z"}, []string{"zsh"}},
		{"behind what is no command", []string{"radosgw-admin", "fly", ""}, []string{""}},
	} {
		cmd := exec.CommandContext(t.Context(), bash, append([]string{"--norc", "-c", ask, "bash", script}, c.words...)...)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", c.explanation, out)
		assert.Equal(t, c.want, strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"), c.explanation)
	}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		out := l.must("completion", shell)
		assert.Contains(t, out, "--totp-seed-type", shell)
		assert.NotContains(t, out, "{CASES}", shell)
		assert.NotContains(t, out, "{VALUES}", shell)
	}
}
