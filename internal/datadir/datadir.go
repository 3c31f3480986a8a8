package datadir

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore/badgerindex"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/fileblobs"
	"github.com/cofferstore/coffer/objstore/sse/keyring"
)

// Error is a constant error; compare with errors.Is.
type Error string

func (e Error) Error() string { return string(e) }

// Errors of [Open].
const (
	// ErrInUse: another process has the directory open.
	ErrInUse Error = "the data directory is in use by another process"

	// ErrNoData: the directory holds no data and was not to be created.
	ErrNoData Error = "there are no data in the directory"

	// ErrNoMasterKey: there are data, but the key of their secrets is missing.
	ErrNoMasterKey Error = "master.key is missing: restore it, or set COFFER_MASTER_KEY"
)

// Options are optional arguments of [Open].
type Options struct {
	// MasterKey is the master key as 64 hexadecimal digits. Default: the file
	// in the directory.
	MasterKey string

	// MustExist refuses a directory without data with [ErrNoData].
	MustExist bool

	Logger *slog.Logger     // default: discard
	Now    func() time.Time // default: time.Now
}

// Dir is an open data directory.
type Dir struct {
	Index     *badgerindex.Index
	Blobs     *fileblobs.Blobs
	MasterKey *iam.MasterKey

	path string
	lock *os.File
}

// Names in the directory.
const (
	lockName  = "LOCK"
	keyName   = "master.key"
	ringName  = "keyring"
	indexName = "index"
	blobsName = "blobs"
)

// Open opens the data directory dir and, unless it must exist, makes what is
// missing.
func Open(dir string, o *Options) (*Dir, error) {
	var opts Options
	if o != nil {
		opts = *o
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	d, err := open(dir, opts)
	if err != nil {
		return nil, fmt.Errorf("data directory %s: %w", dir, err)
	}
	return d, nil
}

func open(dir string, o Options) (*Dir, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	hasData, err := holdsFiles(filepath.Join(dir, indexName))
	if err != nil {
		return nil, err
	}
	if !hasData && o.MustExist {
		return nil, ErrNoData
	}
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	d := &Dir{path: dir}
	if d.lock, err = lock(filepath.Join(dir, lockName)); err != nil {
		return nil, err
	}
	if err := d.open(dir, o); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// open opens the parts. The key comes first: a crash in between must not leave
// an index without one.
func (d *Dir) open(dir string, o Options) error {
	indexDir, blobsDir := filepath.Join(dir, indexName), filepath.Join(dir, blobsName)
	hasData, err := holdsFiles(indexDir) // again, now under the lock
	if err != nil {
		return err
	}
	if d.MasterKey, err = masterKey(filepath.Join(dir, keyName), o, !hasData); err != nil {
		return err
	}
	for _, sub := range []string{indexDir, blobsDir} {
		if err := makeDir(sub); err != nil {
			return err
		}
	}
	if d.Index, err = badgerindex.Open(indexDir, &badgerindex.Options{Logger: o.Logger, Now: o.Now}); err != nil {
		return err
	}
	d.Blobs, err = fileblobs.Open(blobsDir, &fileblobs.Options{Logger: o.Logger})
	return err
}

// Engine returns the directory's media for objstore.Open.
func (d *Dir) Engine() driver.Engine {
	return driver.Engine{Index: d.Index, Blobs: d.Blobs, Exclusive: true}
}

// KeyRing opens the master keys of server-side encryption, and makes the first.
func (d *Dir) KeyRing() (*keyring.Ring, error) {
	return keyring.Open(filepath.Join(d.path, ringName), d.MasterKey, nil)
}

// OpenKeyRing opens the key ring in the data directory dir beside a server that
// may be running, which takes notice of changes. Only Logger and MasterKey of
// the options count.
func OpenKeyRing(dir string, o *Options) (*keyring.Ring, error) {
	var opts Options
	if o != nil {
		opts = *o
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	d := &Dir{path: dir}
	hasData, err := holdsFiles(filepath.Join(dir, indexName))
	if err == nil && !hasData {
		err = ErrNoData
	}
	if err == nil {
		d.MasterKey, err = masterKey(filepath.Join(dir, keyName), opts, false)
	}
	if err != nil {
		return nil, fmt.Errorf("data directory %s: %w", dir, err)
	}
	return d.KeyRing()
}

// Spaces returns the media that tell how full they are, by name.
func (d *Dir) Spaces() map[string]driver.Space {
	return map[string]driver.Space{"index": d.Index, "blobs": d.Blobs}
}

// Close closes the index, if a store has not done so yet, and lets other
// processes open the directory.
func (d *Dir) Close() error {
	var err error
	if d.Index != nil {
		if err = d.Index.Close(); errors.Is(err, driver.ErrClosed) {
			err = nil
		}
	}
	return errors.Join(err, d.lock.Close())
}

func masterKey(path string, o Options, create bool) (*iam.MasterKey, error) {
	if o.MasterKey != "" {
		return iam.ParseMasterKey(o.MasterKey)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		o.Logger.Warn("the master key can be read by others than its owner", "file", path, "mode", info.Mode().Perm().String())
	}
	key, err := iam.LoadMasterKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return key, err
	}
	if !create {
		return nil, ErrNoMasterKey
	}
	return iam.CreateMasterKey(path)
}

func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// holdsFiles tells whether a directory is there and not empty. A volume that was
// just mounted in its place counts as empty.
func holdsFiles(path string) (bool, error) {
	entries, err := os.ReadDir(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	for _, e := range entries {
		if e.Name() != "lost+found" {
			return true, nil
		}
	}
	return false, err
}

// makeDir makes a directory and its parents where they are missing, and syncs
// their names: data that are synced inside would not survive without.
func makeDir(path string) error {
	if ok, err := exists(path); ok || err != nil {
		return err
	}
	parent := filepath.Dir(path)
	if err := makeDir(parent); err != nil {
		return err
	}
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	f, err := os.Open(parent)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
