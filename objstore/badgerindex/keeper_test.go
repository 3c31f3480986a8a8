package badgerindex

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/crashfs"
	"github.com/cofferstore/coffer/objstore/driver"
)

// never is a distance between checkpoints that no test comes to.
const never = 1 << 40

func value(i, round int) []byte {
	return bytes.Repeat([]byte{byte(i), byte(round)}, separated/2+i%7)
}

// writeAll sets n rows of large values, a small one and a counter each, in
// transactions of ten rows.
func writeAll(t *testing.T, ix *Index, n, round int) {
	t.Helper()
	for from := 0; from < n; from += 10 {
		require.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) (err error) {
			for i := from; i < from+10; i++ {
				err = errors.Join(err, tx.Set(fmt.Appendf(nil, "v%04d", i), value(i, round)),
					tx.Set(fmt.Appendf(nil, "s%04d", i), []byte{byte(round)}), tx.Add([]byte("writes"), 1))
			}
			return err
		}))
	}
}

// wantAll checks what writeAll has left.
func wantAll(t *testing.T, r driver.Reader, n, round, writes int) {
	t.Helper()
	for i := range n {
		v, err := r.Get(fmt.Appendf(nil, "v%04d", i))
		require.NoError(t, err, "row %d", i)
		require.True(t, bytes.Equal(value(i, round), v), "row %d of round %d", i, round)
		v, err = r.Get(fmt.Appendf(nil, "s%04d", i))
		require.NoError(t, err)
		require.Equal(t, []byte{byte(round)}, v)
	}
	sum, err := r.Counter([]byte("writes"))
	require.NoError(t, err)
	assert.EqualValues(t, writes, sum)
}

func viewAll(t *testing.T, ix *Index, n, round, writes int) {
	t.Helper()
	require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
		wantAll(t, r, n, round, writes)
		return nil
	}))
}

// copyDir copies an index that is open and idle, as a crash would leave it.
func copyDir(t *testing.T, from string, skip string) string {
	t.Helper()
	to := t.TempDir()
	require.NoError(t, filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, rel), 0o700)
		}
		if ok, _ := filepath.Match(skip, rel); ok {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o600)
	}))
	return to
}

// Badger's own logs are not synced: power loss may take them, or any end of
// them. Everything must come back from the log.
func TestReplayAfterPowerLoss(t *testing.T) {
	dir := t.TempDir()
	ix, err := Open(dir, &Options{CheckpointEvery: never, SegmentSize: 256 << 10})
	require.NoError(t, err)
	defer ix.Close()
	writeAll(t, ix, 500, 1)
	lost := copyDir(t, dir, "*.mem")

	require.NoError(t, ix.keeper.checkpoint(ix.store.log.Mark()))
	old := copyDir(t, dir, "log")
	writeAll(t, ix, 500, 2)
	require.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) error { return tx.Delete([]byte("v0007")) }))
	late := copyDir(t, dir, "*.mem")
	mems, err := filepath.Glob(filepath.Join(old, "*.mem"))
	require.NoError(t, err)
	require.NotEmpty(t, mems)
	for _, name := range mems {
		require.NoError(t, os.Rename(name, filepath.Join(late, filepath.Base(name))))
	}

	again, err := Open(lost, nil)
	require.NoError(t, err)
	viewAll(t, again, 500, 1, 500)
	require.NoError(t, again.Close())

	again, err = Open(late, nil)
	require.NoError(t, err)
	require.NoError(t, again.View(t.Context(), func(r driver.Reader) error {
		_, err := r.Get([]byte("v0007"))
		require.ErrorIs(t, err, driver.ErrNotFound, "what was removed stays so")
		return nil
	}))
	require.NoError(t, again.Update(t.Context(), func(tx driver.Txn) error { return tx.Set([]byte("v0007"), value(7, 2)) }))
	viewAll(t, again, 500, 2, 1000)
	require.NoError(t, again.Close())
	again, err = Open(late, nil)
	require.NoError(t, err)
	viewAll(t, again, 500, 2, 1000)
	require.NoError(t, again.Close())
}

func TestCollect(t *testing.T) {
	dir := t.TempDir()
	o := &Options{CheckpointEvery: never, SegmentSize: 64 << 10}
	ix, err := Open(dir, o)
	require.NoError(t, err)
	segments := func() int {
		names, err := filepath.Glob(filepath.Join(dir, logName, "*.log"))
		require.NoError(t, err)
		return len(names)
	}
	round := func() { require.NoError(t, ix.keeper.round(ix.store.log.Mark())) }

	writeAll(t, ix, 200, 1)
	whole := segments()
	round()
	assert.Equal(t, whole, segments(), "values that count keep their segments")
	require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
		for n := 2; n <= 5; n++ {
			writeAll(t, ix, 200, n)
		}
		require.NoError(t, ix.Update(t.Context(), func(tx driver.Txn) error { return tx.Set([]byte("kept"), value(1, 1)) }))
		grown := segments()
		round()
		assert.GreaterOrEqual(t, segments(), grown, "a reader still needs them")
		wantAll(t, r, 200, 1, 200)
		return nil
	}))
	round()
	assert.LessOrEqual(t, segments(), whole+2, "four of five rounds are gone")
	viewAll(t, ix, 200, 5, 1000)

	// One value in a segment of others that go.
	writeAll(t, ix, 200, 6)
	round()
	round()
	viewAll(t, ix, 200, 6, 1200)
	require.NoError(t, ix.Close())
	ix, err = Open(dir, o)
	require.NoError(t, err)
	viewAll(t, ix, 200, 6, 1200)
	require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
		v, err := r.Get([]byte("kept"))
		assert.Equal(t, value(1, 1), v)
		return err
	}))
	live := int64(0)
	for _, n := range ix.committer.live.bytes {
		live += n
	}
	want := int64(len(value(1, 1)))
	for i := range 200 {
		want += int64(len(value(i, 6)))
	}
	assert.Equal(t, want, live, "the figures are those of the values that count")
	require.NoError(t, ix.Close())
}

// Once a sync of Badger's logs has failed, a later one that succeeds says nothing.
func TestNoCheckpointAfterAFailedSync(t *testing.T) {
	m := newMedium(t, t.TempDir(), crashfs.New())
	o := &Options{CheckpointEvery: never, fs: m}
	ix, err := Open(m.dir, o)
	require.NoError(t, err)
	writeAll(t, ix, 100, 1)
	behind := ix.Stats().Log.Behind
	m.sick = errors.New("injected")
	require.ErrorIs(t, ix.keeper.round(ix.store.log.Mark()), m.sick)
	m.sick = nil
	require.Error(t, ix.keeper.round(ix.store.log.Mark()))
	assert.Equal(t, behind, ix.Stats().Log.Behind)
	lost := m.image(t, rand.New(rand.NewPCG(1, 1)))
	marks := func() []string {
		names, err := m.ReadDir(filepath.Join(m.dir, logName))
		require.NoError(t, err)
		return slices.DeleteFunc(names, func(name string) bool { return filepath.Ext(name) != ".mark" })
	}
	before := marks()
	require.NoError(t, ix.Close(), "it leaves tables, no logs")
	assert.Equal(t, before, marks(), "the name of one of them may be what the failed sync was for")

	o.fs = lost
	ix, err = Open(lost.dir, o)
	require.NoError(t, err)
	viewAll(t, ix, 100, 1, 100)
	require.NoError(t, ix.keeper.round(ix.store.log.Mark()))
	assert.Zero(t, ix.Stats().Log.Behind)
	require.NoError(t, ix.Close())
}

// Checkpoints and collections go on while others write and read.
func TestKeeperUnderLoad(t *testing.T) {
	dir := t.TempDir()
	o := &Options{CheckpointEvery: 256 << 10, SegmentSize: 64 << 10, NoSync: true}
	ix, err := Open(dir, o)
	require.NoError(t, err)
	rounds := 40
	if testing.Short() {
		rounds = 10
	}
	for n := 1; n <= rounds; n++ {
		writeAll(t, ix, 100, n)
		viewAll(t, ix, 100, n, n*100)
	}
	require.NoError(t, ix.Close())
	o.CheckpointEvery = never
	ix, err = Open(dir, o)
	require.NoError(t, err)
	require.NoError(t, ix.keeper.round(ix.store.log.Mark()), "the rounds before may have been late")
	assert.Less(t, len(ix.store.log.Segments()), 8, "of about two segments a round")
	viewAll(t, ix, 100, rounds, rounds*100)
	require.NoError(t, ix.Close())
}
