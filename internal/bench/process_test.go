package bench

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func proc(t *testing.T, name, text string) Process {
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "7"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(root, "7", name), []byte(text), 0o600))
	return Process{PID: 7, root: root}
}

func TestProcessCPU(t *testing.T) {
	tests := []struct {
		explanation, stat string
		want              time.Duration
		bad               bool
	}{
		{"user and system time are the 14th and 15th field", "7 (coffer) S 1 2 3 4 5 6 7 8 9 10 250 50 0 0 20", 3 * time.Second, false},
		{"a name may hold blanks and brackets", "7 (a) b (c) S 1 2 3 4 5 6 7 8 9 10 1 1 0", 20 * time.Millisecond, false},
		{"cut short", "7 (coffer) S 1 2", 0, true},
		{"not a number", "7 (coffer) S 1 2 3 4 5 6 7 8 9 10 x 50 0", 0, true},
		{"empty", "", 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.explanation, func(t *testing.T) {
			got, err := proc(t, "stat", tt.stat).CPU()
			assert.Equal(t, tt.bad, err != nil, "%v", err)
			assert.Equal(t, tt.want, got)
		})
	}
	_, err := Process{PID: 8, root: t.TempDir()}.CPU()
	assert.ErrorIs(t, err, os.ErrNotExist, "a process that has ended")
}

func TestProcessMemory(t *testing.T) {
	got, err := proc(t, "statm", "1000 300 200 10 0 90 0\n").Memory()
	require.NoError(t, err)
	page := int64(os.Getpagesize())
	assert.Equal(t, Memory{RSS: 300 * page, Anonymous: 100 * page}, got)

	for _, bad := range []string{"", "1000 300", "1000 300 x"} {
		_, err = proc(t, "statm", bad).Memory()
		assert.Error(t, err, "%q", bad)
	}
}
