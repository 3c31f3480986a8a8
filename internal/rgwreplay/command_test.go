package rgwreplay_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/rgwreplay"
)

func TestCommands(t *testing.T) {
	c, err := rgwreplay.ParseCommand([]byte(`{"command": "radosgw-admin user info  --name 'A B' --caps a=b;c=*", "exit": 3,
		"stdout": {"id": "x", "list": [1, 2], "RoleId": "1", "deep": {"pool": "p"}}, "stderr": "for 675c85e1-a038-4bc2-9889-b3a80b21e168\n"}`))
	require.NoError(t, err)
	assert.Equal(t, []string{"user", "info", "--name", "A B", "--caps", "a=b;c=*"}, c.Args)

	const doc, said = `{"list":[2,1],"id":"x","RoleId":"2","deep":{"pool":"q"}}`, "for 00000000-a038-4bc2-9889-b3a80b21e168"
	for _, o := range []struct {
		explanation    string
		exit           int
		stdout, stderr string
		want           int // differences
	}{
		{"order, ids and what is left out do not count", 3, doc, said, 0},
		{"the exit status does", 4, doc, said, 1},
		{"so do values", 3, strings.Replace(doc, "x", "y", 1), said, 1},
		{"members", 3, strings.Replace(doc, `"id":"x",`, "", 1), said, 1},
		{"messages", 3, doc, "to 00000000-a038-4bc2-9889-b3a80b21e168", 1},
		{"and that there is a document", 3, "x", said, 1},
	} {
		assert.Len(t, c.Differences(o.exit, o.stdout, o.stderr, "pool"), o.want, o.explanation)
	}
	assert.Len(t, c.Differences(3, doc, said), 1, "without the exception")

	plain, err := rgwreplay.ParseCommand([]byte(`{"command": "radosgw-admin x", "exit": 0, "stdout": "done\n"}`))
	require.NoError(t, err)
	assert.Empty(t, plain.Differences(0, "done", ""))
	assert.Len(t, plain.Differences(0, "gone", ""), 1)

	for _, bad := range []string{"{", `{"command": "ls"}`, `{}`} {
		_, err := rgwreplay.ParseCommand([]byte(bad))
		assert.Error(t, err, bad)
	}
}
