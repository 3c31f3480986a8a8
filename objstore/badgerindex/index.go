package badgerindex

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/badger/v4"

	"github.com/cofferstore/coffer/objstore/driver"
)

var _ driver.Index = (*Index)(nil)

// Index is a [driver.Index] on a local disk. Its methods are safe for
// concurrent use.
type Index struct {
	dir      string
	db       *badger.DB
	log      *logSync
	gate     *gate
	epochs   *epochs
	executor *executor
	stats    counters
	broken   atomic.Bool // Badger cannot even read after a failed commit
}

// Open opens the index in dir, which it makes if need be. nil options mean the
// defaults. A directory that another process, or another Index, has open is an
// error. After a crash it first brings back what was acknowledged.
func Open(dir string, o *Options) (*Index, error) {
	opts := o.withDefaults()
	ix, err := prepare(dir, opts)
	if err != nil {
		return nil, err
	}
	ix.start(opts, func(_ *badger.DB, b *batch) error { return ix.commit(b, opts.NoSync) })
	return ix, nil
}

// prepare makes an index that has yet to be started.
func prepare(dir string, opts Options) (*Index, error) {
	if err := settleLogs(dir); err != nil {
		return nil, fmt.Errorf("badgerindex: open %s: %w", dir, err)
	}
	db, err := badger.OpenManaged(opts.badger(dir))
	if err != nil {
		return nil, fmt.Errorf("badgerindex: open %s: %w", dir, err)
	}
	log, err := newLogSync(dir)
	if err != nil {
		return nil, fmt.Errorf("badgerindex: open %s: %w", dir, errors.Join(err, db.Close()))
	}
	ix := &Index{dir: dir, db: db, log: log, gate: newGate(), epochs: newEpochs(db.MaxVersion(), db.SetDiscardTs)}
	// Badger adds an entry and some bytes of its own to every transaction.
	limit := size{rows: db.MaxBatchCount() - 4, bytes: db.MaxBatchSize() - 128}
	free := func() error { return room(dir, opts.MinFree) }
	ix.executor = newExecutor(db, ix.epochs, limit, opts.Logger, &ix.stats, free)
	return ix, nil
}

// settleLogs deals with the logs that a killed process left: it syncs them, as
// what they hold is about to be shown and must not be lost later, and removes
// those that were created and never written, with which Badger does not open.
func settleLogs(dir string) error {
	logs, err := filepath.Glob(filepath.Join(dir, "*.mem"))
	if err != nil {
		return err
	}
	values, err := filepath.Glob(filepath.Join(dir, "*.vlog"))
	if err != nil {
		return err
	}
	for _, name := range append(logs, values...) {
		f, err := os.OpenFile(name, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		info, err := f.Stat()
		if err == nil {
			err = f.Sync()
		}
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		if info.Size() == 0 {
			if err := os.Remove(name); err != nil {
				return err
			}
		}
	}
	return nil
}

// start starts the executor, and the committer with what writes a batch.
func (ix *Index) start(opts Options, write func(*badger.DB, *batch) error) {
	go ix.executor.run()
	go ix.runCommits(opts.Now, write)
}

// runCommits is the committer's goroutine.
func (ix *Index) runCommits(now func() time.Time, write func(*badger.DB, *batch) error) {
	for b := range ix.executor.launch {
		start := now()
		err := write(ix.db, b)
		ix.stats.commitTime.Add(int64(now().Sub(start)))
		if err != nil {
			err = commitError(err)
			ix.broken.Store(!readable(ix.db))
		}
		ix.executor.landed <- err
	}
}

// commit writes a batch and makes it durable.
func (ix *Index) commit(b *batch, noSync bool) error {
	if err := commit(ix.db, b); err != nil || noSync {
		return err
	}
	return ix.log.sync()
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
	s := newSnapshot(ix.db, ix.epochs)
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
	r := newRequest(fn)
	select {
	case ix.executor.queue <- r:
	case <-ctx.Done():
		return ctx.Err()
	}
	return r.await(ctx)
}

// Close implements [driver.Index]. It waits for the calls in progress and
// writes what is still in memory to tables, so that the next Open is quick.
func (ix *Index) Close() error {
	if err := ix.gate.close(); err != nil {
		return err
	}
	close(ix.executor.quit)
	<-ix.executor.done
	if err := errors.Join(ix.db.Close(), ix.log.close()); err != nil {
		return fmt.Errorf("badgerindex: close: %w", err)
	}
	return nil
}
