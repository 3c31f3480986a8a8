package badgerindex

import (
	"bytes"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/crashfs"
	"github.com/cofferstore/coffer/internal/diskfs"
)

// medium is what an index in a test stands on: the log on a simulated file
// system, Badger's files on the real one. It knows which of Badger's logs were
// synced, and how far, so that it can show what power loss may leave.
type medium struct {
	dir string // of Badger's files
	log *crashfs.FS

	mu     sync.Mutex // held during every operation
	ops    int
	at     int    // the operation before which before is called; 0: never
	before func() // e.g. takes an image

	full error // what every write and new file gets, unless nil
	sick error // what a sync of Badger's logs gets, unless nil

	synced map[string]*incarnation // Badger's logs when they were last synced
	named  map[string]bool         // Badger's logs when the directory was last synced
}

var _ diskfs.FS = (*medium)(nil)

// incarnation is a file as it was at a time. Badger uses names again.
type incarnation struct {
	file *os.File // open, so that no other file gets its number
	data []byte
}

// is tells whether the file still has the path.
func (i *incarnation) is(path string) bool {
	if i == nil {
		return false
	}
	was, err := i.file.Stat()
	now, nowErr := os.Stat(path)
	return err == nil && nowErr == nil && os.SameFile(was, now)
}

// keep takes note of what a log of Badger is now.
func (m *medium) keep(name string) {
	f, err := os.Open(filepath.Join(m.dir, name))
	if err != nil {
		return // it has become a table
	}
	data, err := io.ReadAll(f)
	if err != nil {
		panic(err)
	}
	m.forget(name)
	m.synced[name] = &incarnation{f, data}
}

func (m *medium) forget(name string) {
	if i := m.synced[name]; i != nil {
		i.file.Close()
		delete(m.synced, name)
	}
}

// newMedium returns a medium all of whose files are durable.
func newMedium(t *testing.T, dir string, log *crashfs.FS) *medium {
	m := &medium{dir: dir, log: log, synced: map[string]*incarnation{}, named: map[string]bool{}}
	for _, name := range m.mems(t) {
		m.keep(name)
		m.named[name] = true
	}
	t.Cleanup(func() {
		for name := range m.synced {
			m.forget(name)
		}
	})
	return m
}

// mems are the names of Badger's logs.
func (m *medium) mems(t *testing.T) (names []string) {
	paths, err := filepath.Glob(filepath.Join(m.dir, "*.mem"))
	require.NoError(t, err)
	for _, p := range paths {
		names = append(names, filepath.Base(p))
	}
	return names
}

// begin counts an operation; end ends it.
func (m *medium) begin() {
	m.mu.Lock()
	if m.ops++; m.ops == m.at {
		m.before()
	}
}

func (m *medium) end() { m.mu.Unlock() }

// locked runs fn between two operations.
func (m *medium) locked(fn func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	fn()
}

// inLog returns the name in the simulation, if it is there.
func (m *medium) inLog(name string) (string, bool) {
	rel, err := filepath.Rel(m.dir, name)
	return "/" + filepath.ToSlash(rel), err == nil && strings.HasPrefix(rel, logName)
}

func (m *medium) OpenFile(name string, flag int, perm fs.FileMode) (diskfs.File, error) {
	m.begin()
	defer m.end()
	if m.full != nil && flag&os.O_CREATE != 0 {
		return nil, m.full
	}
	if sim, ok := m.inLog(name); ok {
		f, err := m.log.OpenFile(sim, flag, perm)
		if err != nil {
			return nil, err
		}
		return &mediumFile{m: m, file: f}, nil
	}
	f, err := diskfs.OS{}.OpenFile(name, flag, perm)
	if err != nil {
		return nil, err
	}
	return &mediumFile{m: m, file: f, mem: name}, nil
}

func (m *medium) Mkdir(name string, perm fs.FileMode) error {
	m.begin()
	defer m.end()
	sim, _ := m.inLog(name)
	return m.log.Mkdir(sim, perm)
}

func (m *medium) ReadDir(name string) ([]string, error) {
	m.begin()
	defer m.end()
	sim, _ := m.inLog(name)
	return m.log.ReadDir(sim)
}

func (m *medium) Remove(name string) error {
	m.begin()
	defer m.end()
	sim, _ := m.inLog(name)
	return m.log.Remove(sim)
}

func (m *medium) SyncDir(name string) error {
	m.begin()
	defer m.end()
	sim, ok := m.inLog(name)
	if ok {
		return m.log.SyncDir(sim)
	}
	paths, err := filepath.Glob(filepath.Join(m.dir, "*.mem"))
	if err != nil {
		return err
	}
	clear(m.named)
	for _, p := range paths {
		m.named[filepath.Base(p)] = true
	}
	for name, i := range m.synced {
		if !i.is(filepath.Join(m.dir, name)) {
			m.forget(name) // it cannot come back
		}
	}
	return m.log.SyncDir("/")
}

func (m *medium) Space(name string) (int64, int64, error) { return m.log.Space(name) }

// mediumFile is a file of a medium.
type mediumFile struct {
	m    *medium
	file diskfs.File
	mem  string // the path of one of Badger's logs
}

func (f *mediumFile) Write(p []byte) (int, error) {
	f.m.begin()
	defer f.m.end()
	if f.m.full != nil {
		n, _ := f.file.Write(p[:len(p)/2])
		return n, f.m.full
	}
	return f.file.Write(p)
}

func (f *mediumFile) WriteAt(p []byte, off int64) (int, error) {
	f.m.begin()
	defer f.m.end()
	if f.m.full != nil {
		return 0, f.m.full
	}
	return f.file.(interface {
		WriteAt([]byte, int64) (int, error)
	}).WriteAt(p, off)
}

func (f *mediumFile) ReadAt(p []byte, off int64) (int, error) {
	f.m.begin()
	defer f.m.end()
	return f.file.ReadAt(p, off)
}

func (f *mediumFile) SyncData() error {
	f.m.begin()
	defer f.m.end()
	if f.mem != "" && f.m.sick != nil {
		return f.m.sick
	}
	if f.mem != "" {
		f.m.keep(filepath.Base(f.mem))
	}
	return f.file.SyncData()
}

func (f *mediumFile) Size() (int64, error)    { return f.file.Size() }
func (f *mediumFile) Close() error            { return f.file.Close() }
func (f *mediumFile) SetDirect(on bool) error { return f.file.SetDirect(on) }

// image draws a state that power loss at this moment may leave behind.
func (m *medium) image(t *testing.T, rnd *rand.Rand) *medium {
	for {
		dir := t.TempDir()
		tables, manifest := m.tables(t)
		whole := true
		for _, e := range m.entries(t) {
			switch name := e.Name(); filepath.Ext(name) {
			case ".mem", "":
				if e.IsDir() || name == "LOCK" || strings.HasSuffix(name, ".mem") {
					continue
				}
				whole = copyFile(m.dir, dir, name) && whole
			case ".sst":
				whole = m.copyTable(dir, name, tables, rnd) && whole
			default:
				whole = copyFile(m.dir, dir, name) && whole
			}
		}
		m.copyMems(t, dir, rnd)
		// Badger may have been at work meanwhile.
		if _, after := m.tables(t); whole && bytes.Equal(manifest, after) {
			return newMedium(t, dir, m.log.Crash(rnd.Uint64N(4)*rnd.Uint64()))
		}
	}
}

func (m *medium) entries(t *testing.T) []os.DirEntry {
	entries, err := os.ReadDir(m.dir)
	require.NoError(t, err)
	return entries
}

// tables returns the tables that the manifest names, and the manifest.
func (m *medium) tables(t *testing.T) (map[string]bool, []byte) {
	path := filepath.Join(m.dir, badger.ManifestFilename)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, nil // Badger has yet to make it
	}
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	manifest, _, err := badger.ReplayManifestFile(f, formatVersion, badger.DefaultOptions(""))
	require.NoError(t, err)
	names := map[string]bool{}
	for id := range manifest.Tables {
		names[tableName(id)] = true
	}
	return names, data
}

func tableName(id uint64) string {
	digits := []byte("000000")
	for i := len(digits) - 1; id > 0; i, id = i-1, id/10 {
		digits[i] = byte('0' + id%10)
	}
	return string(digits) + ".sst"
}

func copyFile(from, to, name string) bool {
	data, err := os.ReadFile(filepath.Join(from, name))
	return err == nil && os.WriteFile(filepath.Join(to, name), data, 0o600) == nil
}

// copyTable copies a table. What the manifest does not name is not synced yet,
// or is on its way out.
func (m *medium) copyTable(to, name string, named map[string]bool, rnd *rand.Rand) bool {
	if named[name] {
		return copyFile(m.dir, to, name)
	}
	data, _ := os.ReadFile(filepath.Join(m.dir, name))
	switch rnd.IntN(3) {
	case 0:
		return true
	case 1:
		data = data[:rnd.IntN(len(data)+1)]
	}
	return os.WriteFile(filepath.Join(to, name), data, 0o600) == nil
}

// copyMems copies Badger's logs: what was synced for sure, of the rest any pages.
func (m *medium) copyMems(t *testing.T, to string, rnd *rand.Rand) {
	// Names go in the order in which they were removed.
	var gone []string
	for _, name := range slices.Sorted(maps.Keys(m.named)) {
		if i := m.synced[name]; i != nil && !i.is(filepath.Join(m.dir, name)) {
			gone = append(gone, name)
		}
	}
	back := gone[rnd.IntN(len(gone)+1):]
	for _, name := range m.mems(t) {
		path := filepath.Join(m.dir, name)
		now, err := os.ReadFile(path)
		if err != nil || !m.named[name] && rnd.IntN(3) == 0 {
			continue
		}
		var old []byte
		if i := m.synced[name]; i.is(path) {
			old = i.data
		} else if i != nil && len(back) > 0 {
			continue // it was made after all those were removed
		}
		writePages(t, filepath.Join(to, name), mix(old, now, rnd))
	}
	for i, name := range back {
		data := m.synced[name].data
		if i == 0 && rnd.IntN(2) == 0 {
			data = nil // Badger empties a file before it removes it
		}
		writePages(t, filepath.Join(to, name), data)
	}
}

const page = 4 << 10

// mix returns old with some pages of its newer state.
func mix(old, now []byte, rnd *rand.Rand) []byte {
	size := len(now)
	if rnd.IntN(2) == 0 {
		size = max(len(old), len(now))
	}
	out := make([]byte, size)
	copy(out, old)
	keep := rnd.IntN(4) // quarters of the pages
	for at := 0; at < len(now); at += page {
		end := min(at+page, len(now))
		if keep == 3 || rnd.IntN(4) < keep {
			copy(out[at:end], now[at:end])
		}
	}
	return out
}

// writePages writes a file and leaves holes in the place of zeros.
func writePages(t *testing.T, path string, data []byte) {
	f, err := os.Create(path)
	require.NoError(t, err)
	defer f.Close()
	require.NoError(t, f.Truncate(int64(len(data))))
	zero := make([]byte, page)
	for at := 0; at < len(data); at += page {
		part := data[at:min(at+page, len(data))]
		if bytes.Equal(part, zero[:len(part)]) {
			continue
		}
		_, err := f.WriteAt(part, int64(at))
		require.NoError(t, err)
	}
}
