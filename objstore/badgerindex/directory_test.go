package badgerindex

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/crashfs"
	"github.com/cofferstore/coffer/objstore/badgerindex/wal"
	"github.com/cofferstore/coffer/objstore/driver"
)

func TestOpenForeign(t *testing.T) {
	for _, tt := range []struct {
		explanation string
		spoil       func(t *testing.T, dir string)
		want        error
	}{
		{"what an earlier version has made needs that version", func(t *testing.T, dir string) {
			name := filepath.Join(dir, "MANIFEST")
			b, err := os.ReadFile(name)
			require.NoError(t, err)
			b[5] = 0xC1
			require.NoError(t, os.WriteFile(name, b, 0o600))
		}, ErrFormat},
		{"a manifest of somebody else", func(t *testing.T, dir string) {
			require.NoError(t, os.WriteFile(filepath.Join(dir, "MANIFEST"), []byte("hi"), 0o600))
		}, ErrFormat},
		{"without its log the tree points nowhere", func(t *testing.T, dir string) {
			require.NoError(t, os.RemoveAll(filepath.Join(dir, logName)))
		}, wal.ErrDamaged},
	} {
		dir := t.TempDir()
		ix, err := Open(dir, nil)
		require.NoError(t, err)
		writeAll(t, ix, 10, 1)
		require.NoError(t, ix.Close())
		tt.spoil(t, dir)
		for range 2 {
			_, err = Open(dir, nil)
			require.ErrorIs(t, err, tt.want, tt.explanation)
			assert.Contains(t, err.Error(), dir)
		}
	}
}

// After a crash, the options may be others than before it.
func TestReplayWithSmallerMemTables(t *testing.T) {
	dir := t.TempDir()
	ix, err := Open(dir, &Options{MemTableSize: 64 << 20, CheckpointEvery: never})
	require.NoError(t, err)
	require.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) (err error) {
		for i := range 3500 {
			err = errors.Join(err, tx.Set([]byte(strings.Repeat("k", i%100)+string(rune('a'+i%26))+string(rune(i+1000))), make([]byte, 900)))
		}
		return err
	}))
	crashed := copyDir(t, dir, "*.mem")
	whole := copyDir(t, dir, "")
	require.NoError(t, ix.Close())
	for _, dir := range []string{crashed, crashed, whole, whole} {
		ix, err = Open(dir, &Options{MemTableSize: minMemTableSize})
		require.NoError(t, err)
		n := 0
		require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
			c := r.Scan(nil, nil, driver.ScanOptions{})
			for c.Next() {
				n++
			}
			return c.Close()
		}))
		assert.Equal(t, 3500, n)
		require.NoError(t, ix.Close())
	}
}

// ours counts goroutines of this package and of Badger.
func ours() int {
	buf := make([]byte, 1<<20)
	n := 0
	for _, g := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n")[1:] {
		if strings.Contains(g, "badger") && !strings.Contains(g, "testing.") {
			n++
		}
	}
	return n
}

// Close ends everything: with the keeper at work, after a failure, and twice.
func TestCloseEndsEverything(t *testing.T) {
	before := ours()
	for _, fail := range []bool{false, true} {
		m := newMedium(t, t.TempDir(), crashfs.New())
		ix, err := Open(m.dir, &Options{SegmentSize: 64 << 10, CheckpointEvery: 128 << 10, fs: m})
		require.NoError(t, err)
		inRound, goOn := make(chan bool), make(chan bool)
		writeAll(t, ix, 100, 1)
		m.mu.Lock()
		m.at, m.before = m.ops+1, func() { close(inRound); <-goOn }
		m.mu.Unlock()
		update := make(chan error, 1)
		go func() {
			update <- ix.Update(context.Background(), func(tx driver.Txn) error { return tx.Set([]byte("x"), make([]byte, 200<<10)) })
		}()
		<-inRound
		closed := make(chan error, 2)
		go func() { closed <- ix.Close() }()
		if fail {
			m.log.FailAt(2, errors.New("injected")) // the sync of the record, or an operation of the keeper
		}
		close(goOn)
		err = <-update
		if !fail {
			require.NoError(t, err)
			require.NoError(t, <-closed)
		} else {
			<-closed
		}
		require.ErrorIs(t, ix.Close(), driver.ErrClosed)
		require.ErrorIs(t, ix.Update(t.Context(), set("late")), driver.ErrClosed)
		assert.Zero(t, m.log.OpenFiles())
		again, openErr := Open(m.dir, &Options{fs: m})
		require.NoError(t, openErr)
		viewAll(t, again, 100, 1, 100)
		if err == nil {
			assert.True(t, has(t, again, "x"))
		}
		require.NoError(t, again.Close())
	}
	for end := time.Now().Add(time.Minute); time.Now().Before(end); {
		if ours() <= before {
			return
		}
		runtime.Gosched()
	}
	assert.LessOrEqual(t, ours(), before, "goroutines of the index and of Badger")
}
