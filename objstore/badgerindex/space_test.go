package badgerindex

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

func TestRoom(t *testing.T) {
	dir := t.TempDir()
	assert.NoError(t, room(dir, 1))
	assert.NoError(t, room(dir, -1))
	assert.ErrorIs(t, room(dir, 1<<62), driver.ErrNoSpace)
	assert.NoError(t, room(dir+"/missing", -1), "negative: do not look")
	assert.NoError(t, room(dir+"/missing/too", 1), "where it will be made")
	assert.ErrorIs(t, room(dir+"/missing/too", 1<<62), driver.ErrNoSpace)
	assert.Error(t, room(dir+"/\x00", 1))
}

// TestOpenNeedsRoom: on a full file system Badger would not fail but end the
// process.
func TestOpenNeedsRoom(t *testing.T) {
	dir := t.TempDir()
	ix, err := Open(dir, &Options{CheckpointEvery: never})
	require.NoError(t, err)
	defer ix.Close()
	writeAll(t, ix, 200, 1)
	crashed := copyDir(t, dir, "*.mem")
	for full := range 3 {
		looks := 0
		_, err := Open(crashed, &Options{room: func(dir string, minFree int64) error {
			assert.Equal(t, int64(openFree), minFree)
			if looks++; looks > full {
				return driver.ErrNoSpace
			}
			return nil
		}})
		require.ErrorIs(t, err, driver.ErrNoSpace, "at look %d", full)
		assert.Equal(t, full+1, looks)
	}
	again, err := Open(crashed, nil)
	require.NoError(t, err, "when there is room again")
	viewAll(t, again, 200, 1, 200)
	require.NoError(t, again.Close())
}
