package e2e

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// sizes are lengths around the limits that the server and the clients know:
// inline objects, pages, buffers, parts.
func sizes() []int {
	return []int{0, 1, 4095, 4096, 4097, 64<<10 + 1, 1 << 20, 9<<20 + 7}
}

// oddKeys are names that break encoders, signers and path cleaners.
func oddKeys() []string {
	return []string{
		"plain", "with blank", "with+plus", "per%cent", "%2F", "a%20b", "ünïcödé/ключ/鍵", "emoji-🗝️", "quote'\"<>&",
		"semi;colon,comma:at@dollar$bang!star*paren()", "hash#mark?query=1&x=y", "tilde~under_dash-dot.", "back\\slash",
		"dir/", "dir/file", "double//slash", "a/../b", "a/./b", "...", "brackets[]{}|^`", "equals=",
	}
}

// worseKeys are those that only careful clients send unchanged.
func worseKeys() []string {
	return []string{"/leading", "//", "..", ".", "../up", "trailing ", " leading", "\ttab", "line\nbreak"}
}

var bucketNumber atomic.Int64

// bucketName is a name that no other test has.
func bucketName() string { return fmt.Sprintf("bucket-%d", bucketNumber.Add(1)) }

// data makes n bytes that depend on seed alone and do not compress.
func data(n int, seed uint64) []byte {
	b := make([]byte, n)
	r := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8), byte(seed >> 16), byte(seed >> 24)})
	r.Read(b)
	return b
}

// same compares without printing megabytes.
func same(t *testing.T, want, got []byte, what string) {
	t.Helper()
	if !bytes.Equal(want, got) {
		t.Errorf("%s: %d bytes came back, not equal to the %d that were sent", what, len(got), len(want))
	}
}

// writeTree makes a directory of files for clients that copy directories.
func writeTree(t *testing.T, big bool) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]int{"empty": 0, "one": 1, "sub/page": 4096, "sub/deep/er/more": 100_000, "name with blank": 10, "ünïcödé": 10, "plus+and%percent": 10}
	if big {
		files["sub/big"] = 20<<20 + 3
	}
	seed := uint64(0)
	for name, size := range files {
		seed++
		path := filepath.Join(dir, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, data(size, seed), 0o600))
	}
	return dir
}

// readTree returns the files of a directory by their slash-separated names.
func readTree(t *testing.T, dir string) map[string][]byte {
	t.Helper()
	files := make(map[string][]byte)
	require.NoError(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		files[strings.TrimPrefix(filepath.ToSlash(path), filepath.ToSlash(dir)+"/")] = b
		return err
	}))
	return files
}

// sameTree compares two directories.
func sameTree(t *testing.T, want, got string) {
	t.Helper()
	w, g := readTree(t, want), readTree(t, got)
	for name, b := range w {
		if _, ok := g[name]; !ok {
			t.Errorf("%q is missing", name)
			continue
		}
		same(t, b, g[name], name)
	}
	for name := range g {
		if _, ok := w[name]; !ok {
			t.Errorf("%q should not be there", name)
		}
	}
}
