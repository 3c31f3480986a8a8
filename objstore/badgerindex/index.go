package badgerindex

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/cofferstore/coffer/objstore/badgerindex/gaps"
	"github.com/cofferstore/coffer/objstore/badgerindex/recent"
	"github.com/cofferstore/coffer/objstore/badgerindex/wal"
	"github.com/cofferstore/coffer/objstore/driver"
)

var _ driver.Index = (*Index)(nil)

// Index is a [driver.Index] on a local disk. Its methods are safe for
// concurrent use.
type Index struct {
	dir       string
	store     *store
	gate      *gate
	executor  *executor
	committer committer
	keeper    *keeper
	mapped    *mapped
	stats     counters
	broken    atomic.Bool // Badger cannot even read after a failed commit
}

// Bounds of a transaction. They bound what its record in the log takes in
// memory; Badger's own limits do not matter, see [treeTxn].
const (
	maxTxnRows  = 40_000
	maxTxnBytes = 7 << 19
)

// logName is the directory of the log.
const logName = "log"

// Open opens the index in dir, which it makes if need be. nil options mean the
// defaults. A directory that another process, or another Index, has open is an
// error. After a crash it first brings back what was acknowledged.
func Open(dir string, o *Options) (*Index, error) {
	opts := o.withDefaults()
	ix, err := prepare(dir, opts)
	if err != nil {
		return nil, fmt.Errorf("badgerindex: open %s: %w", dir, err)
	}
	ix.start(opts, ix.committer.commit)
	return ix, nil
}

// prepare makes an index that has yet to be started.
func prepare(dir string, opts Options) (*Index, error) {
	if err := checkFormat(dir); err != nil {
		return nil, err
	}
	if err := opts.room(dir, min(opts.MinFree, openFree)); err != nil {
		return nil, err
	}
	floor := residentFiles()
	db, err := openTree(dir, opts)
	if err != nil {
		return nil, err
	}
	// Badger uses the names of logs again: one that it has removed must not be
	// there in the place of a new one after a loss of power.
	if err := opts.fs.SyncDir(dir); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	ix := &Index{dir: dir, store: &store{db: db}, gate: newGate()}
	if err := ix.openLog(opts); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	limit := size{rows: maxTxnRows, bytes: maxTxnBytes}
	space := &spaceWatch{look: func() error { return opts.room(dir, opts.MinFree) }, now: opts.Now}
	wait := &patience{now: opts.Now, after: time.After}
	ix.executor = newExecutor(ix.store, limit, opts.Logger, &ix.stats, space, wait)
	ix.keeper = newKeeper(ix, opts)
	ix.mapped = startMapped(db, dir, opts, floor)
	return ix, nil
}

// openLog opens the log and brings the tree up to it.
func (ix *Index) openLog(opts Options) (err error) {
	s := ix.store
	s.log, err = wal.Open(filepath.Join(ix.dir, logName), &wal.Options{SegmentSize: opts.SegmentSize, NoSync: opts.NoSync, FS: opts.fs})
	if err != nil {
		return err
	}
	if err := s.replay(func() error { return opts.room(ix.dir, min(opts.MinFree, openFree)) }); err != nil {
		return errors.Join(err, s.log.Close())
	}
	version := s.log.Version()
	if tree := s.db.MaxVersion(); tree > version {
		err := fmt.Errorf("%w: it ends at version %d, the tree has version %d", wal.ErrDamaged, version, tree)
		return errors.Join(err, s.log.Close())
	}
	s.epochs = newEpochs(version, s.db.SetDiscardTs)
	s.rows = recent.New(version, int(max(opts.RowCacheSize, 0)))
	s.gaps = gaps.New(version, gapSpace, gapBytes)
	ix.committer.store = s
	if err := ix.committer.live.load(s.db, s.log.Segments()); err != nil {
		return errors.Join(err, s.log.Close())
	}
	return nil
}

// start starts the executor, the committer with what writes a batch, and the
// keeper.
func (ix *Index) start(opts Options, write func(*batch) error) {
	ix.keeper.begin()
	go ix.executor.run()
	go ix.runCommits(opts.Now, write)
	go ix.keeper.run()
}

// runCommits is the committer's goroutine.
func (ix *Index) runCommits(now func() time.Time, write func(*batch) error) {
	for b := range ix.executor.launch {
		start := now()
		err := write(b)
		ix.stats.commitTime.Add(int64(now().Sub(start)))
		if err != nil {
			err = commitError(err)
			ix.broken.Store(!readable(ix.store.db))
		} else {
			ix.keeper.committed()
		}
		ix.executor.landed <- err
	}
}

// readable tells whether Badger still reads: a failure at a bad moment leaves
// it without the table that it reads first.
func readable(db *badger.DB) (ok bool) {
	defer func() { ok = recover() == nil }()
	txn := db.NewTransactionAt(0, false)
	defer txn.Discard()
	_, _ = txn.Get([]byte{rowPrefix}) // the error of a missing row is as good as a row
	return true
}

// View implements [driver.Index]. fn runs on the caller's goroutine.
func (ix *Index) View(ctx context.Context, fn func(driver.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := ix.gate.enter(); err != nil {
		return err
	}
	defer ix.gate.leave()
	if ix.broken.Load() {
		return fmt.Errorf("badgerindex: view: %w", ErrFailed)
	}
	ix.mapped.pace(ctx)
	s := newSnapshot(ix.store)
	defer s.close()
	return fn(s)
}

// Update implements [driver.Index]. fn runs on a goroutine of the index; a
// panic in it, or a runtime.Goexit, happens to the caller.
func (ix *Index) Update(ctx context.Context, fn func(driver.Txn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := ix.gate.enter(); err != nil {
		return err
	}
	defer ix.gate.leave()
	ix.mapped.pace(ctx)
	r := newRequest(fn)
	ix.executor.inbox.put(r)
	err := r.await(ctx)
	if r.state.Load() == requestAbandoned {
		ix.executor.inbox.drop(r)
	}
	return err
}

// Close implements [driver.Index]. It waits for the calls in progress and
// writes what is still in memory to tables, so that the next Open is quick,
// unless a sync has failed: that of a directory may succeed the next time and
// have lost what it was for.
func (ix *Index) Close() error {
	if err := ix.gate.close(); err != nil {
		return err
	}
	close(ix.executor.quit)
	<-ix.executor.done
	ix.keeper.close()
	ix.mapped.close()
	err := ix.store.db.Close()
	if err == nil && ix.executor.failed == nil && ix.keeper.failed == nil {
		err = ix.checkpointTables()
	}
	if err := errors.Join(err, ix.store.log.Close()); err != nil {
		return fmt.Errorf("badgerindex: close: %w", err)
	}
	return nil
}

// checkpointTables makes the end of the log its checkpoint when Badger is closed
// and all is in tables. Its own logs must not come back from a loss of power.
func (ix *Index) checkpointTables() error {
	if err := ix.keeper.disk.SyncDir(ix.dir); err != nil {
		return err
	}
	return ix.store.log.Checkpoint(ix.store.log.Mark())
}
