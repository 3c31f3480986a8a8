package badgerindex

import (
	"testing"
	"time"

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

func TestSpaceWatch(t *testing.T) {
	now := time.Unix(1e9, 0)
	var full error
	looks := 0
	w := &spaceWatch{now: func() time.Time { return now }, look: func() error { looks++; return full }}
	for _, step := range []struct {
		bytes   int64
		later   time.Duration
		full    error
		looks   int
		refused bool
		why     string
	}{
		{100, 0, nil, 1, false, "the first batch"},
		{100, lookTime / 2, driver.ErrNoSpace, 1, false, "a look holds for a while"},
		{100, lookTime, driver.ErrNoSpace, 2, true, "and then no more"},
		{100, 0, driver.ErrNoSpace, 3, true, "a refusal does not hold: there may be room at any time"},
		{100, 0, nil, 4, false, "as here"},
		{lookBytes, 0, nil, 4, false, "a look holds for some bytes"},
		{1, 0, nil, 5, false, "and then no more"},
		{0, -time.Hour, nil, 6, false, "a clock that was set back tells nothing"},
		{2 * lookBytes, 0, nil, 7, false, "a batch of more than that is looked at"},
		{2 * lookBytes, 0, driver.ErrNoSpace, 8, true, "each of them"},
	} {
		now, full = now.Add(step.later), step.full
		err := w.free(step.bytes)
		assert.Equal(t, step.refused, err != nil, step.why)
		assert.Equal(t, step.looks, looks, step.why)
	}
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
