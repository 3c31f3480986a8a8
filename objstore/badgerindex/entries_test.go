package badgerindex

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEntriesAreSyncedWhenTheyMayHaveChanged(t *testing.T) {
	dir := t.TempDir()
	e, err := openEntries(dir)
	require.NoError(t, err)
	defer e.close()
	long := time.Now().Add(-time.Hour)
	for _, step := range []struct {
		why  string
		do   func() error
		want bool
	}{
		{"nothing is known of the directory yet", func() error { return os.Chtimes(dir, long, long) }, true},
		{"nothing has changed since", func() error { return nil }, false},
		{"a file has come", func() error { return os.WriteFile(filepath.Join(dir, "00001.mem"), nil, 0o600) }, true},
		{"another may have come within the same tick of the clock", func() error { return nil }, true},
		{"that was long ago", func() error { return os.Chtimes(dir, long.Add(1), long.Add(1)) }, true},
		{"and is settled now", func() error { return nil }, false},
	} {
		require.NoError(t, step.do())
		synced, err := e.settle()
		require.NoError(t, err)
		assert.Equal(t, step.want, synced, step.why)
	}
}
