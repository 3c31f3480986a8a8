package badgerindex

import (
	"cmp"
	"log/slog"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/dgraph-io/badger/v4/options"

	"github.com/cofferstore/coffer/internal/diskfs"
)

// Options tune an [Index]. nil and zero fields mean the defaults.
type Options struct {
	// MemTableSize is the size of one of the tables that collect writes in
	// memory, in bytes; about three of them exist under load. Default and most
	// that is of use: 2 MiB, since eight builders of tables of such a size stay
	// in memory. At least 1 MiB.
	MemTableSize int64

	// IndexCacheSize bounds the memory for the block indexes and bloom filters
	// of tables, in bytes. Default 32 MiB.
	IndexCacheSize int64

	// RowCacheSize bounds the memory for rows that were looked for of late, in
	// bytes. Values of 1 KiB and more are not among them, but where they are.
	// Default 8 MiB; negative: none.
	RowCacheSize int64

	// MinFree is the free space of the file system below which Update returns
	// [driver.ErrNoSpace], in bytes. Default 128 MiB; negative: do not look.
	MinFree int64

	// NoSync acknowledges an Update before its sync. What was acknowledged
	// then survives the death of the process. After a loss of power the index
	// may be damaged and not open at all.
	NoSync bool

	// Logger receives Badger's messages and panics of Update functions.
	// Default: none.
	Logger *slog.Logger

	// SegmentSize is the size of the files of the log, in bytes. Default 64 MiB.
	SegmentSize int64

	// CheckpointEvery is how many bytes of the log are read again after a crash
	// at the most, apart from what comes while a checkpoint is being made.
	// Default 64 MiB.
	CheckpointEvery int64

	// MappedBytes bounds how much of the tables, which are mapped files, is
	// resident in this process, in bytes: when it is more, all pages leave its
	// memory for the page cache. Whatever is mapped after Open counts; tables that
	// a compaction is making stay until it ends.
	// Default 48 MiB; negative: no bound. Linux only.
	MappedBytes int64

	// Now is the clock, for the times in [Stats]. Default time.Now.
	Now func() time.Time

	fs   diskfs.FS                             // what the log is on and what syncs Badger's logs; tests put a simulation here
	room func(dir string, minFree int64) error // what [room] does; likewise
}

const (
	minMemTableSize     = 1 << 20
	defaultMemTableSize = 2 << 20
	defaultIndexCache   = 32 << 20
	defaultRowCache     = 8 << 20
	defaultMinFree      = 128 << 20
	defaultCheckpoint   = 64 << 20
	defaultMapped       = 48 << 20
)

// Shape of the tree. A compaction of level 0 makes all tables of the level below
// anew, and they are in memory until it ends: small levels keep that small, and
// few tables in level 0 save seeks.
const (
	levelZeroTables = 4
	baseLevelSize   = 8 << 20
)

// Badger keeps the memory of eight builders of tables, each of twice the size of
// the largest table that it has built. All tables have one size, which grows
// with the tree, so that there are not too many files.
const (
	minTableSize = 1 << 20
	perTableSize = 8 << 10 // tables beyond which Open doubles their size
)

// tableSize returns the size for the tables of a tree of size bytes.
func tableSize(size int64) int64 {
	n := int64(minTableSize)
	for size/n > perTableSize {
		n *= 2
	}
	return n
}

// withDefaults returns a copy of o in which every field is set.
func (o *Options) withDefaults() Options {
	var out Options
	if o != nil {
		out = *o
	}
	out.MemTableSize = max(cmp.Or(out.MemTableSize, defaultMemTableSize), minMemTableSize)
	out.IndexCacheSize = cmp.Or(out.IndexCacheSize, defaultIndexCache)
	out.RowCacheSize = cmp.Or(out.RowCacheSize, defaultRowCache)
	out.MinFree = cmp.Or(out.MinFree, defaultMinFree)
	out.MappedBytes = cmp.Or(out.MappedBytes, defaultMapped)
	out.CheckpointEvery = cmp.Or(out.CheckpointEvery, defaultCheckpoint)
	if out.Logger == nil {
		out.Logger = slog.New(slog.DiscardHandler)
	}
	if out.Now == nil {
		out.Now = time.Now
	}
	if out.fs == nil {
		out.fs = diskfs.OS{}
	}
	if out.room == nil {
		out.room = room
	}
	return out
}

// badger returns Badger's options for a tree of size bytes in dir.
func (o *Options) badger(dir string, size int64) badger.Options {
	b := badger.DefaultOptions(dir).
		WithExternalMagic(formatVersion).
		WithLogger(badgerLogger{o.Logger}).
		WithSyncWrites(false).      // the log of package wal is what makes commits durable
		WithDetectConflicts(false). // there is one writer
		WithMemTableSize(o.MemTableSize).
		WithNumMemtables(2).
		WithNumLevelZeroTables(levelZeroTables).
		WithBaseLevelSize(baseLevelSize).
		WithBaseTableSize(tableSize(size)).
		WithNumCompactors(2).
		WithCompression(options.None).
		WithBlockCacheSize(0). // tables are mapped: a cache would hold them twice
		WithIndexCacheSize(o.IndexCacheSize).
		WithMetricsEnabled(false).
		WithValueThreshold(16 * separated). // no value in the tree is as long
		WithValueLogFileSize(4 << 20)       // stays empty
	b.TableSizeMultiplier = 1
	return b
}
