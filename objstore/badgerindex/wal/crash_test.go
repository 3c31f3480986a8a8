package wal

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/crashfs"
	"github.com/cofferstore/coffer/internal/diskfs"
)

// story appends records, makes checkpoints and removes segments, until the file
// system fails for good. It returns which versions were acknowledged and which
// is the newest that a checkpoint covers.
func story(medium *crashfs.FS, from, to uint64) (acked []uint64, marked uint64, unsure bool) {
	l, err := Open("/log", &Options{SegmentSize: 4 << 10, FS: simulated{medium}})
	if err != nil {
		return nil, 0, false
	}
	defer l.Close()
	if err := l.Replay(func(uint64, []Entry) error { return nil }); err != nil {
		return nil, 0, false
	}
	for v := from; v <= to; v++ {
		_, err := put(l, v)
		switch {
		case err == nil:
			acked = append(acked, v)
		case errors.Is(err, ErrFailed):
			return acked, marked, true
		}
		if v%11 != 0 {
			continue
		}
		if l.Checkpoint(l.Mark()) == nil {
			marked = l.Version()
		}
		for _, s := range l.Settled() {
			_ = l.Remove(s.Number) // one that stays is tried again
		}
	}
	return acked, marked, false
}

// checkStory opens what a story has left: all that was acknowledged comes back,
// apart from what a checkpoint covers, and nothing else but a last record whose
// sync has failed.
func checkStory(t *testing.T, why string, medium *crashfs.FS, acked []uint64, marked uint64, unsure bool) {
	t.Helper()
	l, err := Open("/log", &Options{SegmentSize: 4 << 10, FS: simulated{medium}})
	require.NoError(t, err, why)
	defer l.Close()
	covered := l.Version()
	if covered != marked { // a checkpoint that was not acknowledged may be whole
		assert.EqualValues(t, marked/11*11+11, covered, why)
	}
	got, _ := replayed(t, l)
	want := []uint64{}
	for _, v := range acked {
		if v > covered {
			want = append(want, v)
		}
	}
	if n := len(got); unsure && n == len(want)+1 {
		got = got[:n-1]
	}
	assert.Equal(t, want, append([]uint64{}, got...), why)
}

func TestPowerLoss(t *testing.T) {
	whole := crashfs.New()
	acked, marked, _ := story(whole, 1, 40)
	require.Len(t, acked, 40)
	require.EqualValues(t, 33, marked)
	ops := whole.Ops()
	for n := 1; n <= ops; n++ {
		for seed := range uint64(3) {
			medium := crashfs.New()
			medium.PowerOffAt(n)
			acked, marked, _ := story(medium, 1, 40)
			// The last record may have been written whole and not acknowledged.
			checkStory(t, fmt.Sprintf("power off at operation %d, seed %d", n, seed), medium.Crash(seed), acked, marked, true)
		}
	}
}

func TestEveryOperationFails(t *testing.T) {
	whole := crashfs.New()
	story(whole, 1, 40)
	for n := 1; n <= whole.Ops(); n++ {
		medium := crashfs.New()
		medium.FailAt(n, errors.New("injected"))
		acked, marked, unsure := story(medium, 1, 40)
		assert.Zero(t, medium.OpenFiles(), "operation %d: files are closed", n)
		medium.FailAt(0, nil)
		checkStory(t, fmt.Sprintf("operation %d fails", n), medium, acked, marked, unsure)
	}
}

// A record whose sync has failed may be shown when the log is opened again. From
// then on it must stay, though the system takes it for written and does not
// write it by itself.
func TestFailedSyncStays(t *testing.T) {
	whole := crashfs.New()
	story(whole, 1, 40)
	shown := 0
	for n := 1; n <= whole.Ops(); n++ {
		medium := crashfs.New()
		medium.FailAt(n, errors.New("injected"))
		_, _, unsure := story(medium, 1, 40)
		medium.FailAt(0, nil)
		if !unsure {
			continue
		}
		why := fmt.Sprintf("operation %d fails", n)
		l, err := Open("/log", &Options{SegmentSize: 4 << 10, FS: simulated{medium}})
		require.NoError(t, err, why)
		before, _ := replayed(t, l)
		version := l.Version()
		require.NoError(t, l.Close())
		for seed := range uint64(4) {
			l, err := Open("/log", &Options{SegmentSize: 4 << 10, FS: simulated{medium.Crash(seed)}})
			require.NoError(t, err, why)
			after, _ := replayed(t, l)
			require.Equal(t, before, after, why)
			require.NoError(t, l.Close())
		}
		shown++
		acked, marked, unsure := story(medium, version+1, version+20)
		require.Len(t, acked, 20, why)
		for seed := range uint64(4) {
			after := medium.Crash(seed)
			l, err := Open("/log", &Options{SegmentSize: 4 << 10, FS: simulated{after}})
			require.NoError(t, err, why)
			got, _ := replayed(t, l)
			require.Equal(t, upTo(max(marked, l.mark.version)+1, version+20), got, why)
			require.NoError(t, l.Close())
		}
		require.False(t, unsure)
	}
	assert.Positive(t, shown)
}

// What cannot be read is not the end of the log: when it is opened, an error
// says so, or all is there.
func TestReadsFail(t *testing.T) {
	medium := crashfs.New()
	_, _, _ = story(medium, 1, 40)
	reopen := func() ([]uint64, error) {
		l, err := Open("/log", &Options{SegmentSize: 4 << 10, FS: simulated{medium}})
		if err != nil {
			return nil, err
		}
		defer l.Close()
		got := []uint64{}
		err = l.Replay(func(version uint64, _ []Entry) error {
			got = append(got, version)
			return nil
		})
		return got, err
	}
	from := medium.Ops()
	want, err := reopen()
	require.NoError(t, err)
	require.NotEmpty(t, want)
	ops := medium.Ops() - from
	for n := 1; n <= ops; n++ {
		medium.FailAt(n, errors.New("injected"))
		if got, err := reopen(); err == nil {
			assert.Equal(t, want, got, "operation %d fails", n)
		}
		assert.Zero(t, medium.OpenFiles(), "operation %d: files are closed", n)
		medium.FailAt(0, nil)
	}
}

// fullable is a file system that can be full: of what is written then, half of the
// bytes find room.
type fullable struct {
	simulated
	full bool
}

func (f *fullable) OpenFile(name string, flag int, perm fs.FileMode) (diskfs.File, error) {
	file, err := f.simulated.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return &fullableFile{file, f}, nil
}

type fullableFile struct {
	diskfs.File
	fs *fullable
}

func (f *fullableFile) Write(p []byte) (int, error) {
	if !f.fs.full {
		return f.File.Write(p)
	}
	n, err := f.File.Write(p[:len(p)/2])
	return n, errors.Join(err, syscall.ENOSPC)
}

// A full disk refuses records. What was tried does not pile up, and when there is
// room again the log goes on.
func TestFullDisk(t *testing.T) {
	disk := &fullable{simulated: simulated{crashfs.New()}}
	l, err := Open("/log", &Options{SegmentSize: 4 << 10, FS: disk})
	require.NoError(t, err)
	want := []uint64{}
	for version := uint64(1); version <= 60; version++ {
		disk.full = version/10%2 == 1
		_, err := put(l, version)
		if disk.full {
			require.ErrorIs(t, err, syscall.ENOSPC)
			continue
		}
		require.NoError(t, err)
		want = append(want, version)
	}
	names, err := disk.ReadDir("/log")
	require.NoError(t, err)
	assert.Len(t, l.Segments(), len(names), "no file is left that the log does not know")
	assert.Less(t, len(names), 20, "a segment that got no record is gone")
	require.NoError(t, l.Close())
	l, err = Open("/log", &Options{SegmentSize: 4 << 10, FS: disk})
	require.NoError(t, err)
	defer l.Close()
	got, _ := replayed(t, l)
	assert.Equal(t, want, got)
}
