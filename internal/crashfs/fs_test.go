package crashfs_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/crashfs"
)

const create = os.O_WRONLY | os.O_CREATE | os.O_EXCL

// write makes a file with text in it and leaves it open.
func write(t *testing.T, f *crashfs.FS, name, text string) *crashfs.File {
	t.Helper()
	file, err := f.OpenFile(name, create, 0o600)
	require.NoError(t, err)
	_, err = io.WriteString(file, text)
	require.NoError(t, err)
	return file
}

// read returns a file's text.
func read(f *crashfs.FS, name string) (string, error) {
	file, err := f.OpenFile(name, os.O_RDONLY, 0)
	if err != nil {
		return "", err
	}
	size, err := file.Size()
	p := make([]byte, size)
	if err == nil && size > 0 {
		_, err = file.ReadAt(p, 0)
	}
	return string(p), errors.Join(err, file.Close())
}

func TestDurability(t *testing.T) {
	tests := []struct {
		data, name bool
		want       string
		err        error
		why        string
	}{
		{true, true, "hello", nil, "both were synced"},
		{true, false, "", fs.ErrNotExist, "the name was not synced"},
		{false, true, "", nil, "the data was not synced: an empty file"},
		{false, false, "", fs.ErrNotExist, "nothing was synced"},
	}
	for _, tt := range tests {
		f := crashfs.New()
		file := write(t, f, "/x", "hello")
		if tt.data {
			require.NoError(t, file.SyncData())
		}
		if tt.name {
			require.NoError(t, f.SyncDir("/"))
		}
		got, err := read(f.Crash(0), "/x")
		require.ErrorIs(t, err, tt.err, tt.why)
		assert.Equal(t, tt.want, got, tt.why)

		got, err = read(f, "/x")
		require.NoError(t, err, "the original goes on")
		assert.Equal(t, "hello", got)
	}
}

// TestOutcomes: all that may become of an unsynced write and name does, under
// some seed, and the same seed gives the same outcome.
func TestOutcomes(t *testing.T) {
	f := crashfs.New()
	text := strings.Repeat("a", 512) + strings.Repeat("b", 512) + strings.Repeat("c", 100)
	write(t, f, "/x", text)
	seen := map[string]int{}
	for seed := range uint64(200) {
		got, err := read(f.Crash(seed), "/x")
		again, _ := read(f.Crash(seed), "/x")
		require.Equal(t, again, got, "seed %d", seed)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			seen["lost"]++
		case err != nil:
			t.Fatal(err)
		case got == "":
			seen["empty"]++
		case got == text:
			seen["whole"]++
		case strings.Trim(got, "\x00") == "":
			seen["zeros"]++
		default:
			seen["torn"]++
			for i, r := range got {
				require.True(t, r == 0 || byte(r) == text[i], "a torn write has bytes of its own")
			}
		}
	}
	for _, outcome := range []string{"lost", "empty", "whole", "zeros", "torn"} {
		assert.Positive(t, seen[outcome], outcome)
	}
}

func TestRemoveNeedsSync(t *testing.T) {
	f := crashfs.New()
	require.NoError(t, write(t, f, "/x", "hello").SyncData())
	require.NoError(t, f.SyncDir("/"))
	require.NoError(t, f.Remove("/x"))
	got, err := read(f.Crash(0), "/x")
	require.NoError(t, err, "a removal that was not synced")
	assert.Equal(t, "hello", got)
	require.NoError(t, f.SyncDir("/"))
	_, err = read(f.Crash(1), "/x")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// TestFailedSync: what a failed sync did not write is lost although a second
// sync succeeds, as the page cache of Linux has it.
func TestFailedSync(t *testing.T) {
	f := crashfs.New()
	file := write(t, f, "/x", "hello")
	require.NoError(t, f.SyncDir("/"))
	f.FailAt(1, syscall.EIO)
	require.ErrorIs(t, file.SyncData(), syscall.EIO)
	require.NoError(t, file.SyncData())
	got, err := read(f.Crash(0), "/x")
	require.NoError(t, err)
	assert.Empty(t, got)

	write(t, f, "/y", "")
	f.FailAt(1, syscall.EIO)
	require.ErrorIs(t, f.SyncDir("/"), syscall.EIO)
	require.NoError(t, f.SyncDir("/"))
	_, err = read(f.Crash(0), "/y")
	require.ErrorIs(t, err, fs.ErrNotExist)
}

// TestLostIsCovered: what was lost never comes to lie over what was written and
// synced later, and stays uncertain beside it.
func TestLostIsCovered(t *testing.T) {
	f := crashfs.New()
	file := write(t, f, "/x", "aaaaaaaa")
	require.NoError(t, f.SyncDir("/"))
	f.FailAt(1, syscall.EIO)
	require.ErrorIs(t, file.SyncData(), syscall.EIO)
	_, err := file.WriteAt([]byte("bbb"), 2)
	require.NoError(t, err)
	require.NoError(t, file.SyncData())
	seen := map[string]bool{}
	for seed := range uint64(200) {
		got, err := read(f.Crash(seed), "/x")
		require.NoError(t, err)
		require.Equal(t, "bbb", got[2:5], "seed %d", seed)
		seen[got] = true
	}
	for _, want := range []string{"\x00\x00bbb", "aabbb", "aabbbaaa"} {
		assert.True(t, seen[want], "%q", want)
	}
}

// TestFailAt: each operation can be the one that fails, it fails once, and a
// path is named.
func TestFailAt(t *testing.T) {
	tests := []struct {
		name string
		op   func(f *crashfs.FS, file *crashfs.File) error
	}{
		{"open", func(f *crashfs.FS, _ *crashfs.File) error { _, err := f.OpenFile("/x", os.O_RDONLY, 0); return err }},
		{"mkdir", func(f *crashfs.FS, _ *crashfs.File) error { return f.Mkdir("/d", 0o700) }},
		{"readdir", func(f *crashfs.FS, _ *crashfs.File) error { _, err := f.ReadDir("/"); return err }},
		{"remove", func(f *crashfs.FS, _ *crashfs.File) error { return f.Remove("/x") }},
		{"syncdir", func(f *crashfs.FS, _ *crashfs.File) error { return f.SyncDir("/") }},
		{"space", func(f *crashfs.FS, _ *crashfs.File) error { _, _, err := f.Space("/"); return err }},
		{"write", func(_ *crashfs.FS, file *crashfs.File) error { _, err := file.Write([]byte("12")); return err }},
		{"readat", func(_ *crashfs.FS, file *crashfs.File) error { _, err := file.ReadAt(make([]byte, 1), 0); return err }},
		{"size", func(_ *crashfs.FS, file *crashfs.File) error { _, err := file.Size(); return err }},
		{"syncdata", func(_ *crashfs.FS, file *crashfs.File) error { return file.SyncData() }},
		{"direct", func(_ *crashfs.FS, file *crashfs.File) error {
			return errors.Join(file.SetDirect(true), file.SetDirect(false))
		}},
		{"close", func(_ *crashfs.FS, file *crashfs.File) error { return file.Close() }},
	}
	for _, tt := range tests {
		f := crashfs.New()
		file, err := f.OpenFile("/x", os.O_RDWR|os.O_CREATE, 0o600)
		require.NoError(t, err)
		_, err = file.Write([]byte("hello"))
		require.NoError(t, err)

		before := f.Ops()
		f.FailAt(1, syscall.EIO)
		err = tt.op(f, file)
		require.ErrorIs(t, err, syscall.EIO, tt.name)
		var named *fs.PathError
		require.ErrorAs(t, err, &named, tt.name)
		assert.Greater(t, f.Ops(), before, tt.name)
		if tt.name == "close" {
			assert.Zero(t, f.OpenFiles(), "a failed Close closes")
			continue
		}
		require.NoError(t, tt.op(f, file), "%s: the fault is over", tt.name)
	}
}

func TestFailedWriteIsShort(t *testing.T) {
	f := crashfs.New()
	file, err := f.OpenFile("/x", create, 0o600)
	require.NoError(t, err)
	f.FailAt(1, syscall.ENOSPC)
	n, err := file.Write([]byte("hello!"))
	require.ErrorIs(t, err, syscall.ENOSPC)
	assert.Equal(t, 3, n)
	n, err = file.Write([]byte("LO!"))
	require.NoError(t, err)
	assert.Equal(t, 3, n)
	got, err := read(f, "/x")
	require.NoError(t, err)
	assert.Equal(t, "helLO!", got)
}

func TestPowerOff(t *testing.T) {
	f := crashfs.New()
	file := write(t, f, "/x", "hello")
	require.NoError(t, f.SyncDir("/"))
	f.PowerOffAt(2)
	require.NoError(t, file.SyncData(), "the last operation with power")
	_, err := file.Write([]byte("more"))
	require.ErrorIs(t, err, crashfs.ErrPowerOff)
	n, err := file.Write([]byte("more"))
	require.ErrorIs(t, err, crashfs.ErrPowerOff)
	assert.Zero(t, n, "nothing is written without power")
	require.ErrorIs(t, f.SyncDir("/"), crashfs.ErrPowerOff)
	_, err = read(f, "/x")
	require.ErrorIs(t, err, crashfs.ErrPowerOff)

	after := f.Crash(0)
	got, err := read(after, "/x")
	require.NoError(t, err, "the power is back after a crash")
	assert.Equal(t, "hello", got)
}

func TestDirectMode(t *testing.T) {
	memory := make([]byte, 3*crashfs.Alignment)
	skip := -int(uintptr(unsafe.Pointer(&memory[0]))) & (crashfs.Alignment - 1)
	aligned := memory[skip : skip+crashfs.Alignment]
	f := crashfs.New()
	file, err := f.OpenFile("/x", create, 0o600)
	require.NoError(t, err)
	require.NoError(t, file.SetDirect(true))
	tests := []struct {
		p    []byte
		want error
		why  string
	}{
		{aligned, nil, "aligned"},
		{aligned[:100], syscall.EINVAL, "length"},
		{memory[skip+8 : skip+8+crashfs.Alignment], syscall.EINVAL, "address"},
	}
	for _, tt := range tests {
		_, err := file.Write(tt.p)
		require.ErrorIs(t, err, tt.want, tt.why)
	}
	require.NoError(t, file.SetDirect(false))
	_, err = file.Write(aligned[:100])
	require.NoError(t, err, "not in direct mode")
	require.NoError(t, file.SetDirect(true))
	_, err = file.Write(aligned)
	require.ErrorIs(t, err, syscall.EINVAL, "offset")
}

func TestNames(t *testing.T) {
	f := crashfs.New()
	require.NoError(t, f.Mkdir("/d", 0o750))
	require.ErrorIs(t, f.Mkdir("/d", 0o700), fs.ErrExist)
	require.ErrorIs(t, f.Mkdir("/", 0o700), fs.ErrExist)
	require.ErrorIs(t, f.Mkdir("/no/d", 0o700), fs.ErrNotExist)
	file := write(t, f, "/d/b", "x")
	write(t, f, "/d/a", "yy")
	_, err := f.OpenFile("/d/b", create, 0o600)
	require.ErrorIs(t, err, fs.ErrExist)
	_, err = f.OpenFile("/d/c", os.O_RDONLY, 0)
	require.ErrorIs(t, err, fs.ErrNotExist)
	_, err = f.OpenFile("/d/b/c", os.O_RDONLY, 0)
	require.ErrorIs(t, err, syscall.ENOTDIR)
	names, err := f.ReadDir("/d")
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b"}, names)
	require.ErrorIs(t, f.Remove("/d"), syscall.ENOTEMPTY)
	perm, err := f.Perm("/d")
	require.NoError(t, err)
	assert.Equal(t, fs.FileMode(0o750), perm)
	free, total, err := f.Space("/")
	require.NoError(t, err)
	assert.Equal(t, total-3, free)

	reader, err := f.OpenFile("/d/b", os.O_RDONLY, 0)
	require.NoError(t, err)
	require.NoError(t, f.Remove("/d/b"))
	p := make([]byte, 2)
	n, err := reader.ReadAt(p, 0)
	assert.Equal(t, io.EOF, err)
	assert.Equal(t, "x", string(p[:n]), "an open file outlives its name")
	_, err = reader.Write(p)
	require.Error(t, err, "open for reading only")
	assert.Equal(t, 3, f.OpenFiles())
	require.NoError(t, file.Close())
	require.ErrorIs(t, file.Close(), fs.ErrClosed)
	assert.Equal(t, 2, f.OpenFiles())
}

func TestTruncate(t *testing.T) {
	f := crashfs.New()
	require.NoError(t, write(t, f, "/x", "hello").SyncData())
	require.NoError(t, f.SyncDir("/"))
	file, err := f.OpenFile("/x", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	require.NoError(t, err)
	_, err = io.WriteString(file, "HE")
	require.NoError(t, err)
	got, err := read(f.Crash(0), "/x")
	require.NoError(t, err)
	assert.Equal(t, "hello", got, "the truncation was not synced")
	require.NoError(t, file.SyncData())
	got, err = read(f.Crash(0), "/x")
	require.NoError(t, err)
	assert.Equal(t, "HE", got)
}
