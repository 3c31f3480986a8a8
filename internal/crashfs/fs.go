package crashfs

import (
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
)

// ErrPowerOff is what every operation returns once the power is off; see
// [FS.PowerOffAt].
const ErrPowerOff Error = "crashfs: power is off"

// Error is a constant error of this package.
type Error string

func (e Error) Error() string { return string(e) }

// FS is the file system. Names are rooted, slash-separated paths such as
// "/data/x"; the root exists. Methods are safe for concurrent use.
type FS struct {
	mu   sync.Mutex
	root *node
	open int // files not yet closed

	ops      int // operations so far
	failAt   int // 0: never
	failWith error
	offAt    int // 0: never
}

// New returns an empty file system.
func New() *FS { return &FS{root: newDir()} }

// Ops returns how many operations were done so far. Each method of [File], and
// OpenFile, Mkdir, ReadDir, Remove, SyncDir and Space, counts as one.
func (f *FS) Ops() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.ops
}

// FailAt makes the nth operation from now fail with err, once; the next one is
// n = 1. A write that fails so has written half of its bytes, a sync nothing; a
// failing Close closes.
func (f *FS) FailAt(n int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failAt, f.failWith = f.ops+n, err
}

// PowerOffAt makes the nth operation from now and all after it fail with
// [ErrPowerOff]. They change nothing, but when the nth is a write, half of its
// bytes are written.
func (f *FS) PowerOffAt(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.offAt = f.ops + n
}

// OpenFiles returns how many files are open.
func (f *FS) OpenFiles() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.open
}

// step counts an operation and returns the error that it is due. The caller
// holds f.mu.
func (f *FS) step() error {
	f.ops++
	if f.offAt > 0 && f.ops >= f.offAt {
		return ErrPowerOff
	}
	if f.ops == f.failAt {
		return f.failWith
	}
	return nil
}

// off tells whether the power went off before the current operation. The
// caller holds f.mu.
func (f *FS) off() bool { return f.offAt > 0 && f.ops > f.offAt }

// pathError gives err the context that the os package gives.
func pathError(op, name string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: op, Path: name, Err: err}
}

// lookup finds a node. The caller holds f.mu.
func (f *FS) lookup(name string) (*node, error) {
	at := f.root
	for _, part := range split(name) {
		if !at.dir {
			return nil, syscall.ENOTDIR
		}
		next, ok := at.entries[part]
		if !ok {
			return nil, fs.ErrNotExist
		}
		at = next
	}
	return at, nil
}

// parent finds the directory that holds name. The caller holds f.mu.
func (f *FS) parent(name string) (*node, string, error) {
	name = clean(name)
	dir, err := f.lookup(path.Dir(name))
	if err == nil && !dir.dir {
		err = syscall.ENOTDIR
	}
	return dir, path.Base(name), err
}

func clean(name string) string { return path.Clean("/" + filepath.ToSlash(name)) }

func split(name string) []string {
	var parts []string
	for rest := clean(name); rest != "/"; rest = path.Dir(rest) {
		parts = append(parts, path.Base(rest))
	}
	slices.Reverse(parts)
	return parts
}

// OpenFile is os.OpenFile for the flags O_RDONLY, O_WRONLY, O_RDWR, O_CREATE,
// O_EXCL and O_TRUNC. Writing is at the end of what this File has written.
func (f *FS) OpenFile(name string, flag int, perm fs.FileMode) (*File, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.openFile(name, flag, perm)
	if err != nil {
		return nil, pathError("open", name, err)
	}
	f.open++
	return &File{fs: f, node: n, name: name, writable: flag&(os.O_WRONLY|os.O_RDWR) != 0, readable: flag&os.O_WRONLY == 0}, nil
}

func (f *FS) openFile(name string, flag int, perm fs.FileMode) (*node, error) {
	if err := f.step(); err != nil {
		return nil, err
	}
	dir, base, err := f.parent(name)
	if err != nil {
		return nil, err
	}
	n, ok := dir.entries[base]
	switch {
	case !ok && flag&os.O_CREATE == 0:
		return nil, fs.ErrNotExist
	case !ok:
		n = &node{perm: perm}
		dir.link(base, n)
	case flag&(os.O_CREATE|os.O_EXCL) == os.O_CREATE|os.O_EXCL:
		return nil, fs.ErrExist
	case n.dir:
		return nil, syscall.EISDIR
	case flag&os.O_TRUNC != 0:
		n.truncate()
	}
	return n, nil
}

// Mkdir is os.Mkdir.
func (f *FS) Mkdir(name string, perm fs.FileMode) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.step(); err != nil {
		return pathError("mkdir", name, err)
	}
	dir, base, err := f.parent(name)
	if err == nil && (dir.entries[base] != nil || clean(name) == "/") {
		err = fs.ErrExist
	}
	if err == nil {
		n := newDir()
		n.perm = perm
		dir.link(base, n)
	}
	return pathError("mkdir", name, err)
}

// ReadDir returns the names in a directory in ascending order.
func (f *FS) ReadDir(name string) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.step(); err != nil {
		return nil, pathError("readdir", name, err)
	}
	dir, err := f.lookup(name)
	if err == nil && !dir.dir {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return nil, pathError("readdir", name, err)
	}
	return slices.Sorted(maps.Keys(dir.entries)), nil
}

// Remove is os.Remove. A file that is open can still be read.
func (f *FS) Remove(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.step(); err != nil {
		return pathError("remove", name, err)
	}
	dir, base, err := f.parent(name)
	if err == nil {
		n, ok := dir.entries[base]
		switch {
		case !ok:
			err = fs.ErrNotExist
		case n.dir && len(n.entries) > 0:
			err = syscall.ENOTEMPTY
		default:
			dir.link(base, nil)
		}
	}
	return pathError("remove", name, err)
}

// SyncDir makes the names in a directory durable, not the data behind them.
func (f *FS) SyncDir(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	dir, err := f.lookup(name)
	if fault := f.step(); fault != nil {
		if dir != nil {
			dir.loseChanges()
		}
		return pathError("sync", name, fault)
	}
	if err == nil && !dir.dir {
		err = syscall.ENOTDIR
	}
	if err == nil {
		dir.syncEntries()
	}
	return pathError("sync", name, err)
}

// Space returns how many bytes are free, and how many there are in all: 1 GiB,
// less what the files hold.
func (f *FS) Space(string) (free, total int64, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.step(); err != nil {
		return 0, 0, pathError("statfs", "/", err)
	}
	total = 1 << 30
	return total - f.root.used(), total, nil
}

// Perm returns the permission bits that a file or directory was made with.
func (f *FS) Perm(name string) (fs.FileMode, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n, err := f.lookup(name)
	if err != nil {
		return 0, pathError("stat", name, err)
	}
	return n.perm, nil
}
