package badgerindex

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/cofferstore/coffer/objstore/driver"
)

func TestLogSyncFollowsTheNewestLog(t *testing.T) {
	for _, watched := range []bool{true, false} {
		dir := t.TempDir()
		create := func(name string) { require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600)) }
		create("00009.mem")
		create("00010.sst")
		s, err := newLogSync(dir)
		require.NoError(t, err)
		defer s.close()
		if !watched { // as where the system has no watch left
			require.NoError(t, unix.Close(s.watch))
			s.watch = -1
		}
		for _, step := range []struct {
			why, file string
			want      int
		}{
			{"the log that is there", "", 9},
			{"a new log counts at once", "00010.mem", 10},
			{"a table is no log", "00011.sst", 10},
			{"numbers count, not the order of names", "100000.mem", 100000},
			{"an older log is none to follow", "00011.mem", 100000},
		} {
			if step.file != "" {
				create(step.file)
			}
			require.NoError(t, s.sync(), step.why)
			assert.Equal(t, step.want, s.number, "%s (watched: %v)", step.why, watched)
		}
	}
}

// What is written must be in the log that is synced, also across many logs.
func TestSyncedLogIsBadgersOwn(t *testing.T) {
	dir := t.TempDir()
	ix, err := Open(dir, &Options{MemTableSize: minMemTableSize})
	require.NoError(t, err)
	defer ix.Close()
	value := make([]byte, 512<<10)
	numbers := map[int]bool{}
	for i := range 60 {
		key := []byte{byte(i)}
		require.NoError(t, ix.Update(t.Context(), func(txn driver.Txn) error { return txn.Set(key, value) }))
		logs, err := filepath.Glob(filepath.Join(dir, "*.mem"))
		require.NoError(t, err)
		newest := filepath.Base(logs[len(logs)-1])
		assert.Equal(t, newest, filepath.Base(ix.log.log.Name()), "after update %d", i)
		numbers[ix.log.number] = true
	}
	assert.Greater(t, len(numbers), 2, "the test must meet several logs")
}
