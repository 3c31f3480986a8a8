package rgwhttp

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseParams(t *testing.T) {
	for _, c := range []struct {
		raw, name, want string
		explanation     string
	}{
		{"caps&uid=a&user-caps=users=read;usage=*", "user-caps", "users=read;usage=*", "a raw semicolon and equals sign, as in the guide of Ceph"},
		{"user-caps=users%3Dread%3Busage%3D%2A", "user-caps", "users=read;usage=*", "what signers send"},
		{"display-name=Alice+Liddell", "display-name", "Alice Liddell", "a plus is a space"},
		{"display-name=Alice%20Liddell", "display-name", "Alice Liddell", "and so is %20"},
		{"subuser&subuser=x", "subuser", "x", "a flag beside the value"},
		{"&&uid=a&", "uid", "a", "empty items do not count"},
	} {
		p, err := parseParams(c.raw)
		require.NoError(t, err, c.explanation)
		assert.Equal(t, c.want, p.get(c.name), c.explanation)
	}
	for _, raw := range []string{"uid=%zz", "%=a", strings.Repeat("a&", maxParams+1)} {
		_, err := parseParams(raw)
		assert.ErrorIs(t, err, codeInvalidArgument, "%.20q", raw)
	}
}

func FuzzParams(f *testing.F) {
	f.Add("quota&uid=a&quota-type=user&enabled=true")
	f.Add("user-caps=a=b;c=%2A")
	f.Fuzz(func(t *testing.T, raw string) {
		p, err := parseParams(raw)
		if err != nil {
			return
		}
		// What url.ParseQuery takes, means the same.
		if want, err := url.ParseQuery(raw); err == nil {
			assert.Equal(t, want, p.values)
		}
		p.uid()
		_, _ = p.number("uid", 0)
	})
}
