package badgerindex

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/cofferstore/coffer/internal/diskfs"
	"github.com/cofferstore/coffer/objstore/badgerindex/wal"
	"github.com/cofferstore/coffer/objstore/driver"
)

// keeper keeps the log short: now and then it makes the tree durable, so that
// what is before need not be replayed, and collects segments most of whose
// values are gone.
type keeper struct {
	ix    *Index
	every int64 // bytes of the log between two rounds
	disk  diskfs.FS
	log   *slog.Logger
	now   func() time.Time
	wake  chan wal.Mark
	done  chan struct{}

	due     atomic.Int64 // bytes of log or of garbage at which the next round begins
	leaving []leaving
	failed  error           // a sync of Badger's logs
	damaged map[uint32]bool // segments that are left alone
}

// leaving is a segment that nothing points to any more since a version, but
// older snapshots.
type leaving struct {
	segment uint32
	version uint64
}

func newKeeper(ix *Index, opts Options) *keeper {
	k := &keeper{ix: ix, every: opts.CheckpointEvery, disk: opts.fs, log: opts.Logger, now: opts.Now,
		wake: make(chan wal.Mark, 1), done: make(chan struct{}), damaged: map[uint32]bool{}}
	k.due.Store(k.every)
	return k
}

// work is what decides when a round begins: bytes of log behind the checkpoint,
// or of values that have ceased to count.
func (k *keeper) work() int64 { return max(k.ix.store.log.Since(), k.ix.committer.live.garbage()) }

// begin makes a round due if the index was closed before much garbage was
// collected.
func (k *keeper) begin() {
	live := &k.ix.committer.live
	for _, s := range k.ix.store.log.Settled() {
		if n := live.of(s.Number); n <= s.Size/2 {
			live.tidied(n - s.Size)
		}
	}
	k.committed()
}

// committed is called by the committer when a batch is in log and tree.
func (k *keeper) committed() {
	if k.work() < k.due.Load() {
		return
	}
	select {
	case k.wake <- k.ix.store.log.Mark():
	default: // a round is due already
	}
}

// run is the keeper's goroutine.
func (k *keeper) run() {
	defer close(k.done)
	for mark := range k.wake {
		if err := k.round(mark); err != nil && !errors.Is(err, driver.ErrClosed) {
			k.log.Error("the log of the index could not be shortened", "error", err)
		}
	}
	k.release()
}

// close ends the keeper; no call of the index is in progress.
func (k *keeper) close() {
	close(k.wake)
	<-k.done
}

func (k *keeper) round(mark wal.Mark) error {
	live := &k.ix.committer.live
	garbage := live.garbage()
	err := k.checkpoint(mark)
	if err == nil {
		live.tidied(garbage)
		k.release()
		err = k.collectSettled()
		k.release()
	}
	k.due.Store(k.every)
	if err != nil {
		k.due.Add(k.work()) // not at once: the reason may last
	}
	return err
}

// collectSettled collects the segments less than half of which counts.
func (k *keeper) collectSettled() error {
	var errs []error
	for _, s := range k.ix.store.log.Settled() {
		if k.isLeaving(s.Number) || k.damaged[s.Number] || k.ix.committer.live.of(s.Number) > s.Size/2 {
			continue
		}
		err := k.collect(s.Number)
		if errors.Is(err, wal.ErrDamaged) {
			k.damaged[s.Number] = true // the others may do
		} else if err != nil {
			return errors.Join(append(errs, err)...)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// checkpoint makes durable what the tree has of the log up to mark: Badger's
// tables are, its own logs are not. It does so no more once a sync has failed:
// the system takes what it could not write for written, and a later sync
// succeeds without it. When the index is opened again, the log is replayed.
func (k *keeper) checkpoint(mark wal.Mark) error {
	if k.failed != nil {
		return fmt.Errorf("no checkpoint until the index is opened again: %w", k.failed)
	}
	if err := k.syncTree(); err != nil {
		return err
	}
	if err := k.ix.store.log.Checkpoint(mark); err != nil {
		return err
	}
	now := k.now()
	k.ix.stats.checkpoint.Store(&now)
	return nil
}

// syncTree syncs Badger's logs and their names.
func (k *keeper) syncTree() error {
	names, err := filepath.Glob(filepath.Join(k.ix.dir, "*.mem"))
	if err != nil {
		return err
	}
	for _, name := range names {
		f, err := k.disk.OpenFile(name, os.O_RDWR, 0)
		if errors.Is(err, fs.ErrNotExist) {
			continue // its rows are in a table now
		}
		if err != nil {
			return err
		}
		k.failed = f.SyncData()
		if err := errors.Join(k.failed, f.Close()); err != nil {
			return err
		}
	}
	k.failed = k.disk.SyncDir(k.ix.dir)
	return k.failed
}

func (k *keeper) isLeaving(segment uint32) bool {
	for _, l := range k.leaving {
		if l.segment == segment {
			return true
		}
	}
	return false
}

// release removes segments that no snapshot can point to.
func (k *keeper) release() {
	oldest := k.ix.store.epochs.oldest()
	kept := k.leaving[:0]
	for _, l := range k.leaving {
		if l.version > oldest {
			kept = append(kept, l)
			continue
		}
		if err := k.ix.store.log.Remove(l.segment); err != nil {
			k.log.Error("a segment of the log could not be removed", "segment", l.segment, "error", err)
			continue
		}
		k.ix.committer.live.forget(l.segment)
	}
	k.leaving = kept
}
