package fileblobs_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/fileblobs"
)

func TestOpenDirectory(t *testing.T) {
	const marker = "COFFER-BLOBS"
	tests := []struct {
		name  string
		files map[string]string // a name that ends in / is a directory
		want  error
		why   string
	}{
		{"empty", nil, nil, "a new store"},
		{"interrupted", map[string]string{"00/": "", "7f/": "", marker: ""}, nil, "a crash while the layout was made"},
		{"torn-marker", map[string]string{"00/": "", marker: "coffer file"}, nil, "a crash while the marker was written"},
		{"zero-marker", map[string]string{marker: strings.Repeat("\x00", 26)}, nil, "the length survived a crash, the bytes did not"},
		{"foreign-file", map[string]string{"notes.txt": "dear diary"}, fileblobs.ErrForeign, "somebody's home"},
		{"foreign-directory", map[string]string{"photos/": ""}, fileblobs.ErrForeign, "somebody's home"},
		{"upper-case", map[string]string{"FF/": ""}, fileblobs.ErrForeign, "not a name of ours"},
		{"git-objects", map[string]string{"1f/": "", "1f/7a7a472abf3dd9643fd615f6da379c4acb3e3a": "x"}, fileblobs.ErrForeign, "another store with a fan-out like ours"},
		{"lost-marker", map[string]string{"1f/": "", "1f/0197000000007000800000000000001f": "x"}, fileblobs.ErrForeign, "a damaged copy: look before anything is changed"},
		{"damaged-marker", map[string]string{marker: "???\n", "1f/": "", "1f/0197000000007000800000000000001f": "x"}, fileblobs.ErrForeign, "a damaged copy"},
		{"newer", map[string]string{marker: "coffer fileblobs layout 2\n", "shards/": ""}, fileblobs.ErrNewer, "a later release wrote it"},
		{"older", map[string]string{marker: "coffer fileblobs layout 0\n"}, fileblobs.ErrForeign, "no release wrote that"},
		{"negative", map[string]string{marker: "coffer fileblobs layout -1\n"}, fileblobs.ErrForeign, "no release wrote that"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, directories := range []bool{true, false} {
				for name, content := range tt.files {
					path := filepath.Join(dir, name)
					if strings.HasSuffix(name, "/") == directories && directories {
						require.NoError(t, os.MkdirAll(path, 0o700))
					} else if !strings.HasSuffix(name, "/") && !directories {
						require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
					}
				}
			}
			before := tree(t, dir)
			b, err := fileblobs.Open(dir, nil)
			if tt.want != nil {
				require.ErrorIs(t, err, tt.want, tt.why)
				assert.ErrorContains(t, err, dir, "the error names the directory")
				assert.Equal(t, before, tree(t, dir), "a refused directory is left as it was")
				return
			}
			require.NoError(t, err, tt.why)
			for last := range 256 {
				put(t, b, driver.BlobID{1, 15: byte(last)}, []byte("x"))
			}
			again := open(t, dir, nil)
			_, err = again.Open(t.Context(), driver.BlobID{1})
			assert.NoError(t, err)
		})
	}
}

// tree returns the names under dir.
func tree(t *testing.T, dir string) (names []string) {
	t.Helper()
	require.NoError(t, filepath.WalkDir(dir, func(path string, _ os.DirEntry, err error) error {
		names = append(names, path)
		return err
	}))
	return names
}

func TestOpenMissing(t *testing.T) {
	parent := t.TempDir()
	open(t, filepath.Join(parent, "new"), nil)
	_, err := fileblobs.Open(filepath.Join(parent, "not", "there"), nil)
	require.ErrorIs(t, err, os.ErrNotExist, "parents are not made: a disk that is not mounted shows")
	file := filepath.Join(parent, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = fileblobs.Open(file, nil)
	require.Error(t, err, "a file is not a directory")
}
