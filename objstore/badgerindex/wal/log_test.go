package wal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/crashfs"
	"github.com/cofferstore/coffer/internal/diskfs"
)

// simulated makes a crashfs.FS a diskfs.FS.
type simulated struct{ *crashfs.FS }

func (s simulated) OpenFile(name string, flag int, perm fs.FileMode) (diskfs.File, error) {
	f, err := s.FS.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return f, nil
}

// put is a record of two rows and a removal, all named after its version.
func put(l *Log, version uint64) (Pointer, error) {
	var r Record
	value := large(version)
	handle := r.Set(fmt.Appendf(nil, "big %d", version), value)
	r.Set(fmt.Appendf(nil, "small %d", version), []byte("v"))
	r.Delete(fmt.Appendf(nil, "gone %d", version))
	if _, err := l.Prepare(r.Len()); err != nil {
		return Pointer{}, err
	}
	base, err := l.Append(version, &r)
	return base.Pointer(handle, value), err
}

func large(version uint64) []byte { return bytes.Repeat([]byte{byte(version)}, 700+int(version%5)*100) }

// replayed are the versions that come back, checked for what is in them.
func replayed(t *testing.T, l *Log) (versions []uint64, values map[uint64]Pointer) {
	t.Helper()
	values = map[uint64]Pointer{}
	require.NoError(t, l.Replay(func(version uint64, entries []Entry) error {
		versions = append(versions, version)
		require.Len(t, entries, 3)
		assert.Equal(t, fmt.Sprintf("big %d", version), string(entries[0].Key))
		assert.Equal(t, large(version), entries[0].Value)
		assert.Equal(t, "v", string(entries[1].Value))
		assert.True(t, entries[2].Delete)
		values[version] = entries[0].Sum()
		return nil
	}))
	return versions, values
}

func upTo(first, last uint64) []uint64 {
	var list []uint64
	for v := first; v <= last; v++ {
		list = append(list, v)
	}
	return list
}

func TestReplay(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "log")
	o := &Options{SegmentSize: 4 << 10}
	open := func() *Log {
		l, err := Open(dir, o)
		require.NoError(t, err)
		return l
	}
	l := open()
	pointers := map[uint64]Pointer{}
	write := func(from, to uint64) {
		for v := from; v <= to; v++ {
			p, err := put(l, v)
			require.NoError(t, err)
			pointers[v] = p
		}
	}
	write(1, 20)
	mark := l.Mark()
	write(21, 30)
	require.NoError(t, l.Close())

	l = open()
	versions, values := replayed(t, l)
	assert.Equal(t, upTo(1, 30), versions, "without a checkpoint, everything")
	assert.Equal(t, pointers, values)
	assert.EqualValues(t, 30, l.Version())
	require.NoError(t, l.Checkpoint(mark))
	write(31, 33)
	require.NoError(t, l.Close())

	l = open()
	assert.EqualValues(t, 20, l.Version(), "until it is replayed")
	versions, _ = replayed(t, l)
	assert.Equal(t, upTo(21, 33), versions, "what is behind the checkpoint")
	for v, p := range pointers {
		got, err := l.Value(p)
		require.NoError(t, err)
		assert.Equal(t, large(v), got, "values are there, checkpoint or not")
	}
	_, err := put(l, 33)
	require.Error(t, err, "a version is used once")
	require.NoError(t, l.Checkpoint(l.Mark()))
	assert.Zero(t, l.Since())
	require.NoError(t, l.Close())
	l = open()
	versions, _ = replayed(t, l)
	assert.Empty(t, versions)
	require.NoError(t, l.Close())
	require.ErrorIs(t, l.Close(), ErrClosed)
}

func TestSegmentsGo(t *testing.T) {
	l, err := Open(filepath.Join(t.TempDir(), "log"), &Options{SegmentSize: 4 << 10})
	require.NoError(t, err)
	defer l.Close()
	var pointers []Pointer
	for v := uint64(1); v <= 30; v++ {
		p, err := put(l, v)
		require.NoError(t, err)
		pointers = append(pointers, p)
	}
	assert.Empty(t, l.Settled(), "all may have to be replayed")
	require.Error(t, l.Remove(1))
	require.NoError(t, l.Checkpoint(l.Mark()))
	settled := l.Settled()
	require.NotEmpty(t, settled)
	seen := 0
	for _, s := range settled {
		require.NoError(t, l.Values(s.Number, 100, func(e Entry) error {
			assert.Equal(t, pointers[seen], e.Pointer)
			seen++
			return nil
		}))
	}
	assert.Equal(t, l.Mark().at.segment, settled[len(settled)-1].Number+1)
	_, err = l.Value(pointers[0])
	require.NoError(t, err)
	require.NoError(t, l.Remove(settled[0].Number))
	_, err = l.Value(pointers[0])
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = l.Value(pointers[len(pointers)-1])
	require.NoError(t, err)
}

func TestDamage(t *testing.T) {
	for _, tt := range []struct {
		explanation string
		damage      func(t *testing.T, dir string, p Pointer)
		replay      error // of Replay
		lost        uint64
		value       error // of the first value
	}{
		{"the end of the log is a record that was being written", func(t *testing.T, dir string, _ Pointer) { shorten(t, dir, 3, 10) }, nil, 1, nil},
		{"a record before others is gone: that was acknowledged", func(t *testing.T, dir string, _ Pointer) { shorten(t, dir, 1, 10) }, ErrDamaged, 0, nil},
		{"a whole segment is gone", func(t *testing.T, dir string, _ Pointer) {
			require.NoError(t, os.Remove(filepath.Join(dir, "00000002.log")))
		}, ErrDamaged, 0, nil},
		{"a bit of a value has turned", func(t *testing.T, dir string, p Pointer) {
			name := filepath.Join(dir, fmt.Sprintf("%08x.log", p.Segment))
			b, err := os.ReadFile(name)
			require.NoError(t, err)
			b[p.Offset] ^= 1
			require.NoError(t, os.WriteFile(name, b, 0o600))
		}, ErrDamaged, 0, ErrDamaged},
	} {
		t.Run(tt.explanation, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "log")
			o := &Options{SegmentSize: 4 << 10}
			l, err := Open(dir, o)
			require.NoError(t, err)
			var first Pointer
			var v uint64
			for l.Mark().at.segment < 3 || l.Mark().at.offset < 3000 {
				v++
				p, err := put(l, v)
				require.NoError(t, err)
				if v == 1 {
					first = p
				}
			}
			require.NoError(t, l.Close())
			tt.damage(t, dir, first)
			l, err = Open(dir, o)
			require.NoError(t, err)
			defer l.Close()
			var last uint64
			err = l.Replay(func(version uint64, _ []Entry) error { last = version; return nil })
			require.ErrorIs(t, err, tt.replay)
			if tt.replay == nil {
				assert.Equal(t, v-tt.lost, last)
			}
			_, err = l.Value(first)
			require.ErrorIs(t, err, tt.value)
		})
	}
}

func shorten(t *testing.T, dir string, segment, n int) {
	t.Helper()
	name := filepath.Join(dir, fmt.Sprintf("%08x.log", segment))
	info, err := os.Stat(name)
	require.NoError(t, err)
	require.NoError(t, os.Truncate(name, info.Size()-int64(n)))
}

// story appends records, makes checkpoints and removes segments, until the file
// system fails for good. It returns which versions were acknowledged and which
// is the newest that a checkpoint covers.
func story(medium *crashfs.FS) (acked []uint64, marked uint64, unsure bool) {
	l, err := Open("/log", &Options{SegmentSize: 4 << 10, FS: simulated{medium}})
	if err != nil {
		return nil, 0, false
	}
	defer l.Close()
	if err := l.Replay(func(uint64, []Entry) error { return nil }); err != nil {
		return nil, 0, false
	}
	for v := uint64(1); v <= 40; v++ {
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
	acked, marked, _ := story(whole)
	require.Len(t, acked, 40)
	require.EqualValues(t, 33, marked)
	ops := whole.Ops()
	for n := 1; n <= ops; n++ {
		for seed := range uint64(3) {
			medium := crashfs.New()
			medium.PowerOffAt(n)
			acked, marked, _ := story(medium)
			// The last record may have been written whole and not acknowledged.
			checkStory(t, fmt.Sprintf("power off at operation %d, seed %d", n, seed), medium.Crash(seed), acked, marked, true)
		}
	}
}

func TestEveryOperationFails(t *testing.T) {
	whole := crashfs.New()
	story(whole)
	for n := 1; n <= whole.Ops(); n++ {
		medium := crashfs.New()
		medium.FailAt(n, errors.New("injected"))
		acked, marked, unsure := story(medium)
		assert.Zero(t, medium.OpenFiles(), "operation %d: files are closed", n)
		medium.FailAt(0, nil)
		checkStory(t, fmt.Sprintf("operation %d fails", n), medium, acked, marked, unsure)
	}
}

func FuzzSegment(f *testing.F) {
	var r Record
	r.Set([]byte("key"), bytes.Repeat([]byte("v"), 100))
	r.Delete([]byte("other"))
	f.Add(append(segmentHeader(1), r.seal(1, 0)...))
	f.Add(segmentHeader(1))
	f.Fuzz(func(t *testing.T, data []byte) {
		medium := crashfs.New()
		require.NoError(t, medium.Mkdir("/log", 0o700))
		file, err := medium.OpenFile("/log/00000001.log", os.O_WRONLY|os.O_CREATE, 0o600)
		require.NoError(t, err)
		_, err = file.Write(data)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		l, err := Open("/log", &Options{FS: simulated{medium}})
		require.NoError(t, err)
		defer l.Close()
		_ = l.Replay(func(uint64, []Entry) error { return nil })
		_ = l.Values(1, 0, func(Entry) error { return nil })
	})
}
