package wal

import (
	"bytes"
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
		{"the same in the newest segment: nothing is written behind a record that is not stable", func(t *testing.T, dir string, _ Pointer) { turn(t, dir, 3, 100) }, ErrDamaged, 0, nil},
		{"a bit of a value has turned", func(t *testing.T, dir string, p Pointer) {
			turn(t, dir, int(p.Segment), int(p.Offset))
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

// turn turns a bit of a segment.
func turn(t *testing.T, dir string, segment, at int) {
	t.Helper()
	name := filepath.Join(dir, fmt.Sprintf("%08x.log", segment))
	b, err := os.ReadFile(name)
	require.NoError(t, err)
	b[at] ^= 1
	require.NoError(t, os.WriteFile(name, b, 0o600))
}

func shorten(t *testing.T, dir string, segment, n int) {
	t.Helper()
	name := filepath.Join(dir, fmt.Sprintf("%08x.log", segment))
	data, err := os.ReadFile(name)
	require.NoError(t, err)
	end := len(bytes.TrimRight(data, "\x00")) // what is filled is no part of a record
	require.NoError(t, os.Truncate(name, int64(end-n)))
}
