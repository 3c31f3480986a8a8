package badgerindex

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"

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
	wake  chan wal.Mark
	done  chan struct{}

	leaving []leaving
}

// leaving is a segment that nothing points to any more since a version, but
// older snapshots.
type leaving struct {
	segment uint32
	version uint64
}

func newKeeper(ix *Index, opts Options) *keeper {
	return &keeper{ix: ix, every: opts.CheckpointEvery, disk: opts.fs, log: opts.Logger, wake: make(chan wal.Mark, 1), done: make(chan struct{})}
}

// committed is called by the committer when a batch is in log and tree.
func (k *keeper) committed() {
	log := k.ix.store.log
	if log.Since() < k.every {
		return
	}
	select {
	case k.wake <- log.Mark():
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
	if err := k.checkpoint(mark); err != nil {
		return err
	}
	k.release()
	for _, s := range k.ix.store.log.Settled() {
		if k.isLeaving(s.Number) || k.ix.committer.live.of(s.Number) > s.Size/2 {
			continue
		}
		if err := k.collect(s.Number); err != nil {
			return err
		}
	}
	k.release()
	return nil
}

// checkpoint makes durable what the tree has of the log up to mark: Badger's
// tables are, its own logs are not.
func (k *keeper) checkpoint(mark wal.Mark) error {
	dir := k.ix.dir
	names, err := filepath.Glob(filepath.Join(dir, "*.mem"))
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
		if err := errors.Join(f.SyncData(), f.Close()); err != nil {
			return err
		}
	}
	if err := k.disk.SyncDir(dir); err != nil {
		return err
	}
	return k.ix.store.log.Checkpoint(mark)
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

// moveBytes is about how many bytes of values one step moves.
const moveBytes = 512 << 10

// moved is a value on its way to a new segment.
type moved struct {
	key, value []byte
	from       wal.Pointer
}

// collect writes the values of a segment that still count again, so that the
// segment may go.
func (k *keeper) collect(segment uint32) error {
	var step []moved
	size := 0
	err := k.ix.store.log.Values(segment, separated, func(e wal.Entry) error {
		counts, err := k.counts(e)
		if err != nil || !counts {
			return err
		}
		step = append(step, moved{bytes.Clone(e.Key), bytes.Clone(e.Value), e.Pointer})
		if size += len(e.Value); size < moveBytes {
			return nil
		}
		err = k.move(step)
		step, size = step[:0], 0
		return err
	})
	if err == nil && len(step) > 0 {
		err = k.move(step)
	}
	if err != nil {
		return err
	}
	k.leaving = append(k.leaving, leaving{segment, k.ix.store.epochs.newest()})
	return nil
}

// counts tells whether the tree points to a value.
func (k *keeper) counts(e wal.Entry) (bool, error) {
	if err := k.ix.gate.enter(); err != nil {
		return false, err
	}
	defer k.ix.gate.leave()
	s := newSnapshot(k.ix.store)
	defer s.close()
	p, found, err := pointer(s.txn, e.Key)
	return found && p == e.Pointer, err
}

// move sets rows to the values that they have, which puts those at the end of
// the log. A row that has changed meanwhile is left alone.
func (k *keeper) move(step []moved) error {
	return k.ix.Update(context.Background(), func(tx driver.Txn) error {
		t := tx.(*txn)
		for _, m := range step {
			if t.isPending(m.key[1:]) {
				continue
			}
			p, found, err := pointer(t.base.txn, m.key)
			if err != nil {
				return err
			}
			if !found || p != m.from {
				continue
			}
			if err := t.Set(m.key[1:], m.value); err != nil {
				return err
			}
		}
		return nil
	})
}
