package fileblobs_test

import (
	"bytes"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/crashfs"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/drivertest"
	"github.com/cofferstore/coffer/objstore/fileblobs"
)

// refusing is a simulated file system whose direct mode does not work.
type refusing struct {
	simulated
	atSwitch bool // else at the first write
}

func (r refusing) OpenFile(name string, flag int, perm fs.FileMode) (fileblobs.File, error) {
	f, err := r.simulated.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return &refusingFile{File: f, atSwitch: r.atSwitch}, nil
}

type refusingFile struct {
	fileblobs.File
	atSwitch, direct bool
}

func (f *refusingFile) SetDirect(on bool) error {
	if on && f.atSwitch {
		return syscall.EINVAL
	}
	f.direct = on
	return nil
}

func (f *refusingFile) Write(p []byte) (int, error) {
	if f.direct {
		return 0, syscall.EINVAL
	}
	return f.File.Write(p)
}

func TestBlobs(t *testing.T) {
	tests := []struct {
		name string
		fs   func() fileblobs.FS
		opts fileblobs.Options
		long bool
		why  string
	}{
		{"default", nil, fileblobs.Options{}, false, "the operating system, direct mode from 1 MiB"},
		{"direct-early", nil, fileblobs.Options{DirectAfter: 1}, true, "direct mode from the first page"},
		{"page-cache", nil, fileblobs.Options{DirectAfter: -1}, true, "no direct mode"},
		{"strict", func() fileblobs.FS { return simulated{crashfs.New()} }, fileblobs.Options{DirectAfter: 4096}, false, "every direct write is checked for alignment"},
		{"no-direct", func() fileblobs.FS { return refusing{simulated{crashfs.New()}, true} }, fileblobs.Options{DirectAfter: 4096}, true, "fcntl refuses O_DIRECT"},
		{"no-direct-write", func() fileblobs.FS { return refusing{simulated{crashfs.New()}, false} }, fileblobs.Options{DirectAfter: 4096}, false, "write refuses O_DIRECT"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.long && testing.Short() {
				t.Skip("much the same as another row")
			}
			t.Parallel() // they wait for the disk
			drivertest.TestBlobs(t, func(t *testing.T) drivertest.BlobsHarness {
				opts := tt.opts
				dir := "/blobs"
				if tt.name == "strict" {
					opts.Logger = slog.New(slog.NewTextHandler(silent{t}, nil))
				}
				if tt.fs != nil {
					opts.FS = tt.fs()
				} else {
					dir = t.TempDir()
				}
				reopen := func() (driver.Blobs, error) { return fileblobs.Open(dir, &opts) }
				b, err := reopen()
				require.NoError(t, err, tt.why)
				return drivertest.BlobsHarness{Blobs: b, Reopen: reopen}
			})
		})
	}
}

// silent is a log in which nothing should appear: a refused direct write would
// only show there, since the page cache takes over.
type silent struct{ *testing.T }

func (s silent) Write(p []byte) (int, error) {
	s.Errorf("unexpected log: %s", p)
	return len(p), nil
}

func newID() driver.BlobID { return driver.BlobID(uuid.Must(uuid.NewV7())) }

func open(t *testing.T, dir string, o *fileblobs.Options) *fileblobs.Blobs {
	t.Helper()
	b, err := fileblobs.Open(dir, o)
	require.NoError(t, err)
	return b
}

func put(t *testing.T, b *fileblobs.Blobs, id driver.BlobID, p []byte) {
	t.Helper()
	w, err := b.Create(t.Context(), id)
	require.NoError(t, err)
	_, err = w.Write(p)
	require.NoError(t, err)
	require.NoError(t, w.Commit())
}

// TestFallbackIsLoggedOnce: an operator learns that O_DIRECT does not work, and
// is not told for each blob.
func TestFallbackIsLoggedOnce(t *testing.T) {
	var log bytes.Buffer
	b := open(t, "/blobs", &fileblobs.Options{
		FS: refusing{simulated{crashfs.New()}, true}, DirectAfter: 4096,
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	})
	for range 3 {
		put(t, b, newID(), make([]byte, 10_000))
	}
	assert.Equal(t, 1, strings.Count(log.String(), "O_DIRECT"), log.String())
}

func TestModes(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "blobs")
	b := open(t, dir, nil)
	put(t, b, newID(), []byte("x"))
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		require.NoError(t, err)
		info, err := d.Info()
		require.NoError(t, err)
		if d.IsDir() {
			assert.Equal(t, fs.FileMode(0o700), info.Mode().Perm(), path)
		} else {
			files++
			assert.Equal(t, fs.FileMode(0o600), info.Mode().Perm(), path)
		}
		return nil
	})
	require.NoError(t, err)
	assert.Equal(t, 2, files, "the marker and the blob")
}

func TestFileIsOffered(t *testing.T) {
	b := open(t, t.TempDir(), nil)
	id := newID()
	put(t, b, id, []byte("hello"))
	r, err := b.Open(t.Context(), id)
	require.NoError(t, err)
	defer r.Close()
	f, off, ok := r.(interface {
		File() (*os.File, int64, bool)
	}).File()
	require.True(t, ok, "on the operating system a reader is a plain file")
	assert.Zero(t, off)
	got, err := io.ReadAll(f)
	require.NoError(t, err)
	assert.Equal(t, "hello", string(got))

	simulatedBlobs := open(t, "/blobs", &fileblobs.Options{FS: simulated{crashfs.New()}})
	put(t, simulatedBlobs, id, []byte("hello"))
	r, err = simulatedBlobs.Open(t.Context(), id)
	require.NoError(t, err)
	_, _, ok = r.(interface {
		File() (*os.File, int64, bool)
	}).File()
	assert.False(t, ok, "elsewhere it is not")
	require.NoError(t, r.Close())
}

// TestAllInOrder: the directories in order, the ids in order within each, and
// files that do not belong are passed over with a word in the log.
func TestAllInOrder(t *testing.T) {
	var log bytes.Buffer
	dir := t.TempDir()
	b := open(t, dir, &fileblobs.Options{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	want := make([]driver.BlobID, 0, 12)
	for _, last := range []byte{0, 7, 255} {
		for first := range byte(4) {
			want = append(want, driver.BlobID{first, 15: last})
		}
	}
	shuffled := slices.Clone(want)
	slices.Reverse(shuffled)
	for _, id := range shuffled {
		put(t, b, id, []byte("x"))
	}
	misplaced := driver.BlobID{9, 15: 8}
	for _, name := range []string{"00/note.txt", "07/" + misplaced.String(), "ff/" + strings.ToUpper(driver.BlobID{0xab, 15: 255}.String())} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), nil, 0o600))
	}
	var got []driver.BlobID
	for id, err := range b.All(t.Context()) {
		require.NoError(t, err)
		got = append(got, id)
	}
	assert.Equal(t, want, got)
	assert.Equal(t, 3, strings.Count(log.String(), "does not belong"), log.String())
}

// TestAllGoesOn: a directory that cannot be read is an error, and the others
// are listed nevertheless.
func TestAllGoesOn(t *testing.T) {
	medium := crashfs.New()
	b := open(t, "/blobs", &fileblobs.Options{FS: simulated{medium}})
	id := driver.BlobID{15: 200}
	put(t, b, id, nil)
	medium.FailAt(5, syscall.EIO)
	var got []driver.BlobID
	failures := 0
	for id, err := range b.All(t.Context()) {
		if err != nil {
			require.ErrorIs(t, err, syscall.EIO)
			failures++
			continue
		}
		got = append(got, id)
	}
	assert.Equal(t, []driver.BlobID{id}, got)
	assert.Equal(t, 1, failures)
}

// TestRemoveGoesOn: one file that cannot be removed does not keep the others.
func TestRemoveGoesOn(t *testing.T) {
	medium := crashfs.New()
	b := open(t, "/blobs", &fileblobs.Options{FS: simulated{medium}})
	ids := []driver.BlobID{newID(), newID(), newID()}
	for _, id := range ids {
		put(t, b, id, []byte("x"))
	}
	medium.FailAt(2, syscall.EIO)
	err := b.Remove(t.Context(), ids...)
	require.ErrorIs(t, err, syscall.EIO)
	assert.ErrorContains(t, err, ids[1].String(), "the error names the blob")
	for i, id := range ids {
		_, err := b.Open(t.Context(), id)
		assert.Equal(t, i == 1, err == nil, "blob %d", i)
	}
}

// TestCreateTwice: an id that is taken is refused and its blob is not touched.
func TestCreateTwice(t *testing.T) {
	b := open(t, t.TempDir(), nil)
	id := newID()
	put(t, b, id, []byte("first"))
	_, err := b.Create(t.Context(), id)
	require.ErrorIs(t, err, fs.ErrExist)
	r, err := b.Open(t.Context(), id)
	require.NoError(t, err)
	assert.Equal(t, int64(5), r.Size())
	require.NoError(t, r.Close())
}

// TestAbortMayBeRepeated: an Abort that failed leaves the file; a second one
// takes it away.
func TestAbortMayBeRepeated(t *testing.T) {
	medium := crashfs.New()
	b := open(t, "/blobs", &fileblobs.Options{FS: simulated{medium}})
	id := newID()
	w, err := b.Create(t.Context(), id)
	require.NoError(t, err)
	medium.FailAt(2, syscall.EIO) // close, remove
	require.ErrorIs(t, w.Abort(), syscall.EIO)
	require.NoError(t, w.Abort())
	for range b.All(t.Context()) {
		t.Error("the blob is still there")
	}
	assert.Zero(t, medium.OpenFiles())
}

// failingSync is a simulated file system that fails to sync directories while
// err is not nil.
type failingSync struct {
	simulated
	err error
}

func (f *failingSync) SyncDir(name string) error {
	if f.err != nil {
		return f.err
	}
	return f.simulated.SyncDir(name)
}

// TestSyncLost: blob B is made, a sync of its directory for blob A fails, and
// then one for B seems to succeed: the system may have dropped B's name, so B
// is not committed. Blobs made later are.
func TestSyncLost(t *testing.T) {
	medium := &failingSync{simulated: simulated{crashfs.New()}}
	b := open(t, "/blobs", &fileblobs.Options{FS: medium})
	idA, idB, idC := driver.BlobID{1}, driver.BlobID{2}, driver.BlobID{3}
	wA, err := b.Create(t.Context(), idA)
	require.NoError(t, err)
	wB, err := b.Create(t.Context(), idB)
	require.NoError(t, err)
	medium.err = syscall.EIO
	require.ErrorIs(t, wA.Commit(), syscall.EIO)
	medium.err = nil
	require.ErrorIs(t, wB.Commit(), fileblobs.ErrSyncLost)
	require.NoError(t, wA.Abort())
	require.NoError(t, wB.Abort())
	put(t, b, idC, []byte("later"))
}
