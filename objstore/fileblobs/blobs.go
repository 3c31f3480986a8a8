package fileblobs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/cofferstore/coffer/internal/bufpool"
	"github.com/cofferstore/coffer/internal/diskfs"
	"github.com/cofferstore/coffer/objstore/driver"
)

// Options configure [Open]. The zero value of each field is its default.
type Options struct {
	// DirectAfter is how many bytes of a blob go through the page cache before
	// the rest goes around it; it is rounded up to a multiple of 4096. Default
	// 1 MiB; negative: all goes through the page cache.
	DirectAfter int64

	// FS is the file system below. Default: the operating system's.
	FS FS

	// Logger is told of files that do not belong, and once when the file system
	// turns out to have no O_DIRECT. Default: discard.
	Logger *slog.Logger
}

const defaultDirectAfter = 1 << 20

// withDefaults returns a copy with all defaults filled in.
func (o *Options) withDefaults() Options {
	var d Options
	if o != nil {
		d = *o
	}
	if d.DirectAfter == 0 {
		d.DirectAfter = defaultDirectAfter
	}
	if d.DirectAfter > 0 {
		d.DirectAfter = (d.DirectAfter + bufpool.Align - 1) / bufpool.Align * bufpool.Align
	}
	if d.FS == nil {
		d.FS = diskfs.OS{}
	}
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	return d
}

// Blobs is a [driver.Blobs] in a directory. Methods are safe for concurrent
// use, also by several processes on one directory.
type Blobs struct {
	dir         string
	fs          FS
	log         *slog.Logger
	directAfter int64
	directories [fanOut]directory
	pool        bufpool.Pool
	noDirect    onceLogged
}

var (
	_ driver.Blobs = (*Blobs)(nil)
	_ driver.Space = (*Blobs)(nil)

	_ driver.BlobSyncer = (*writer)(nil)
)

// Open opens the blobs in dir, and makes dir (not its parents) and what
// belongs in it when it is missing or empty. It returns [ErrForeign] when dir
// holds something else and [ErrNewer] when a later release wrote it.
func Open(dir string, o *Options) (*Blobs, error) {
	opts := o.withDefaults()
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("fileblobs: open %s: %w", dir, err)
	}
	if err := prepare(opts.FS, dir); err != nil {
		return nil, fmt.Errorf("fileblobs: open %s: %w", dir, err)
	}
	b := &Blobs{dir: dir, fs: opts.FS, log: opts.Logger, directAfter: opts.DirectAfter}
	for i := range b.directories {
		b.directories[i].path = filepath.Join(dir, directoryName(i))
	}
	return b, nil
}

// directory returns the directory of a blob, and path the blob's file.
func (b *Blobs) directory(id driver.BlobID) *directory {
	return &b.directories[id[len(id)-1]]
}

func (b *Blobs) path(id driver.BlobID) string {
	return b.directory(id).path + string(filepath.Separator) + id.String()
}

// Create implements [driver.Blobs]. It returns an error that wraps
// [fs.ErrExist] when there is a blob of that id.
func (b *Blobs) Create(ctx context.Context, id driver.BlobID) (driver.BlobWriter, error) {
	if err := ctx.Err(); err != nil {
		return nil, wrap("create", id, err)
	}
	d := b.directory(id)
	w := &writer{blobs: b, id: id, directory: d, epoch: d.epoch(), limit: b.directAfter}
	f, err := b.fs.OpenFile(b.path(id), os.O_WRONLY|os.O_CREATE|os.O_EXCL, filePerm)
	if err != nil {
		return nil, wrap("create", id, err)
	}
	w.file = f
	return w, nil
}

// Open implements [driver.Blobs]. The reader has the method File.
func (b *Blobs) Open(ctx context.Context, id driver.BlobID) (driver.BlobReader, error) {
	if err := ctx.Err(); err != nil {
		return nil, wrap("open", id, err)
	}
	f, err := b.fs.OpenFile(b.path(id), os.O_RDONLY, 0)
	if err != nil {
		return nil, wrap("open", id, err)
	}
	size, err := f.Size()
	if err != nil {
		return nil, wrap("open", id, errors.Join(err, f.Close()))
	}
	return &reader{id: id, file: f, size: size}, nil
}

// Remove implements [driver.Blobs].
func (b *Blobs) Remove(ctx context.Context, ids ...driver.BlobID) error {
	var failures []error
	for _, id := range ids {
		if err := ctx.Err(); err != nil {
			failures = append(failures, wrap("remove", id, err))
			break
		}
		if err := b.remove(id); err != nil {
			failures = append(failures, wrap("remove", id, err))
		}
	}
	return errors.Join(failures...)
}

func (b *Blobs) remove(id driver.BlobID) error {
	err := b.fs.Remove(b.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// All implements [driver.Blobs]. Ids are in ascending order within each
// directory of the fan-out.
func (b *Blobs) All(ctx context.Context) iter.Seq2[driver.BlobID, error] {
	return func(yield func(driver.BlobID, error) bool) {
		for i := range b.directories {
			if !b.list(ctx, b.directories[i].path, yield) {
				return
			}
		}
	}
}

// list yields the ids in one directory and tells whether to go on.
func (b *Blobs) list(ctx context.Context, dir string, yield func(driver.BlobID, error) bool) bool {
	if err := ctx.Err(); err != nil {
		yield(driver.BlobID{}, fmt.Errorf("fileblobs: list: %w", err))
		return false
	}
	names, err := b.fs.ReadDir(dir)
	if err != nil {
		return yield(driver.BlobID{}, fmt.Errorf("fileblobs: list: %w", err))
	}
	for _, name := range names {
		file := filepath.Join(dir, name)
		id, err := driver.ParseBlobID(name)
		if err != nil || b.path(id) != file {
			b.log.Warn("file does not belong among blobs", "file", file)
			continue
		}
		if err := ctx.Err(); err != nil {
			yield(driver.BlobID{}, fmt.Errorf("fileblobs: list: %w", err))
			return false
		}
		if !yield(id, nil) {
			return false
		}
	}
	return true
}

// Space implements [driver.Space] with what the file system says.
func (b *Blobs) Space(ctx context.Context) (free, total int64, err error) {
	if err := ctx.Err(); err != nil {
		return 0, 0, fmt.Errorf("fileblobs: space: %w", err)
	}
	free, total, err = b.fs.Space(b.dir)
	if err != nil {
		return 0, 0, fmt.Errorf("fileblobs: space: %w", err)
	}
	return free, total, nil
}
