package objstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

// SweepReport tells what a sweep did.
type SweepReport struct {
	Removed int // blobs that were in the trash
	Orphans int // blobs that no row named
	Parts   int // part rows of finished uploads
	Backlog int // trash rows that are not due yet; counted up to 100 000
}

const (
	sweepChunk = 256     // rows or blobs in one step
	purgeChunk = 128     // parts in one step; each has a few rows
	maxBacklog = 100_000 // trash rows that are counted

	// orphansEvery is how many sweeps there are to one search for orphans: it
	// reads the names of all blobs, and only a crash leaves any.
	orphansEvery = 100

	// completedEvery is the time between two looks for answers to Complete that
	// need not be kept any longer.
	completedEvery = time.Hour
)

// sweeper is what one sweep leaves to the next.
type sweeper struct {
	turn chan struct{} // holds one token: one sweep or repair runs at a time

	count     int // sweeps, but for those that failed to search for orphans
	completed time.Time
}

func newSweeper() *sweeper {
	w := &sweeper{turn: make(chan struct{}, 1)}
	w.turn <- struct{}{}
	return w
}

// acquire waits for the turn of the caller, who must give it back by release.
func (w *sweeper) acquire(ctx context.Context) error {
	select {
	case <-w.turn:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (w *sweeper) release() { w.turn <- struct{}{} }

// sweepLoop sweeps at once and then from time to time until ctx ends. It does
// so outside of the gate: Close must not wait for a long sweep, but cancels it.
func (s *Store) sweepLoop(ctx context.Context) {
	tick := time.NewTicker(s.opt.SweepEvery)
	defer tick.Stop()
	for {
		if _, err := s.sweep(ctx); err != nil && ctx.Err() == nil {
			s.opt.Logger.ErrorContext(ctx, "sweep failed", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Sweep removes what is due: trash older than the grace, remains of finished
// uploads, and blobs that no row names; the last are looked for by the first
// sweep of a Store and seldom afterwards. It may be run at any time; a second
// one waits for the first. What could not be removed stays for a later sweep,
// and the error tells of it.
func (s *Store) Sweep(ctx context.Context) (SweepReport, error) {
	if err := s.gate.enter(); err != nil {
		return SweepReport{}, wrap("Sweep", BucketID{}, "", err)
	}
	defer s.gate.leave()
	report, err := s.sweep(ctx)
	return report, wrap("Sweep", BucketID{}, "", err)
}

func (s *Store) sweep(ctx context.Context) (SweepReport, error) {
	var report SweepReport
	if err := s.sweeper.acquire(ctx); err != nil {
		return report, err
	}
	defer s.sweeper.release()

	var errs []error
	step := func(err error) { errs = append(errs, err) }
	step(s.purgeUploads(ctx, &report))
	step(s.dropRetired(ctx))
	step(s.forgetCompleted(ctx))
	step(s.emptyTrash(ctx, &report))
	if s.sweeper.count%orphansEvery == 0 {
		if err := s.removeOrphans(ctx, &report); err != nil {
			step(err)
			s.sweeper.count-- // the next sweep tries again
		}
	}
	s.sweeper.count++
	s.backlog.Store(int64(report.Backlog))
	return report, errors.Join(errs...)
}

// purgeUploads removes the rows of the parts of finished uploads; parts that
// no object was made of give up their blobs.
func (s *Store) purgeUploads(ctx context.Context, report *SweepReport) error {
	base := row(kindPurge, 0)
	var damaged []error
	for from := base; ; {
		var ids []uploadID
		err := s.view(ctx, func(r driver.Reader) error {
			c := r.Scan(from, after(base), driver.ScanOptions{KeysOnly: true})
			defer c.Close()
			for len(ids) < sweepChunk && c.Next() {
				id := c.Key()[len(base):]
				if len(id) != len(uploadID{}) {
					return ErrInvalidStorageStructure
				}
				ids = append(ids, uploadID(id))
			}
			return c.Close()
		})
		if err != nil {
			return err
		}
		for _, id := range ids {
			err := s.purgeUpload(ctx, id, report)
			switch {
			case errors.Is(err, ErrInvalidStorageStructure):
				damaged = append(damaged, fmt.Errorf("upload %s: %w", id, err)) // the others are not
			case err != nil:
				return errors.Join(append(damaged, err)...)
			}
			from = append(purgeRow(id), 0)
		}
		if len(ids) < sweepChunk {
			return errors.Join(damaged...)
		}
	}
}

// purgeUpload removes the part rows of one upload in bounded steps, and its
// purge row with the last of them.
func (s *Store) purgeUpload(ctx context.Context, id uploadID, report *SweepReport) error {
	for more := true; more; {
		var n int
		err := s.mutate(ctx, func(txn driver.Txn) (err error) {
			n, more, err = s.purgeStep(txn, id)
			return err
		})
		if err != nil {
			return err
		}
		report.Parts += n
	}
	return nil
}

func (s *Store) purgeStep(txn driver.Txn, id uploadID) (n int, more bool, err error) {
	data, err := txn.Get(purgeRow(id))
	if errors.Is(err, driver.ErrNotFound) {
		return 0, false, nil // another process was faster
	}
	if err != nil {
		return 0, false, err
	}
	used, err := decodePurge(data)
	if err != nil {
		return 0, false, err
	}
	var numbers []int
	var dropped []extent
	more, err = scanParts(txn, id, 0, func(number int, p *part) bool {
		if len(numbers) == purgeChunk {
			return false
		}
		numbers = append(numbers, number)
		if !used.has(number) {
			dropped = append(dropped, p.extents...)
		}
		return true
	})
	if err != nil {
		return 0, false, err
	}
	if err := dropRefs(txn, s.opt.Now(), dropped); err != nil {
		return 0, false, err
	}
	for _, number := range numbers {
		if err := txn.Delete(partRow(id, number)); err != nil {
			return 0, false, err
		}
	}
	if !more {
		err = txn.Delete(purgeRow(id))
	}
	return len(numbers), more, err
}

// forgetCompleted removes answers to Complete that are too old to be asked for
// again.
func (s *Store) forgetCompleted(ctx context.Context) error {
	now := s.opt.Now()
	if age := now.Sub(s.sweeper.completed); !s.sweeper.completed.IsZero() && age >= 0 && age < completedEvery {
		return nil
	}
	base := row(kindCompleted, 0)
	for from, more := base, true; more; {
		var old [][]byte
		err := s.view(ctx, func(r driver.Reader) error {
			c := r.Scan(from, after(base), driver.ScanOptions{})
			defer c.Close()
			for more = c.Next(); more && len(old) < sweepChunk; more = c.Next() {
				value, err := c.Value()
				if err != nil {
					return err
				}
				from = append(append([]byte(nil), c.Key()...), 0)
				at, err := completedAt(value)
				if err != nil {
					return err
				}
				if now.Sub(at) > completedFor {
					old = append(old, append([]byte(nil), c.Key()...))
				}
			}
			return c.Close()
		})
		if err == nil {
			err = s.deleteRows(ctx, old)
		}
		if err != nil {
			return err
		}
	}
	s.sweeper.completed = now
	return nil
}

// deleteRows removes rows in one transaction.
func (s *Store) deleteRows(ctx context.Context, names [][]byte) error {
	if len(names) == 0 {
		return nil
	}
	return s.mutate(ctx, func(txn driver.Txn) error {
		for _, name := range names {
			if err := txn.Delete(name); err != nil {
				return err
			}
		}
		return nil
	})
}

// emptyTrash removes the blobs that are due: first the blob, then the row that
// remembers it, so that none is forgotten.
func (s *Store) emptyTrash(ctx context.Context, report *SweepReport) error {
	due := trashRow(s.trashHorizon(s.opt.Now()).UnixNano(), driver.BlobID{})
	for from := row(kindTrash, 0); from != nil; {
		var names [][]byte
		var ids []driver.BlobID
		var err error
		if names, ids, from, err = s.dueTrash(ctx, from, due); err != nil {
			return err
		}
		if len(ids) == 0 {
			continue
		}
		if err := s.eng.Blobs.Remove(ctx, ids...); err != nil {
			return err
		}
		if err := s.deleteRows(ctx, names); err != nil {
			return err
		}
		report.Removed += len(ids)
	}
	return s.countTrash(ctx, report)
}

// dueTrash returns the next rows, and blobs that nobody reads any more, and from
// where to go on; nil is the end. A blob that is not pinned after the horizon was
// taken is not pinned later either: nothing names it, so nobody finds it.
func (s *Store) dueTrash(ctx context.Context, from, due []byte) (names [][]byte, ids []driver.BlobID, next []byte, err error) {
	err = s.view(ctx, func(r driver.Reader) error {
		names, ids, next = nil, nil, nil
		c := r.Scan(from, due, driver.ScanOptions{KeysOnly: true})
		defer c.Close()
		for c.Next() {
			if len(ids) == sweepChunk {
				next = bytes.Clone(c.Key())
				break
			}
			id, _, ok := cutTrashRow(c.Key())
			if !ok {
				return ErrInvalidStorageStructure
			}
			if !s.pins.pinned(id) {
				names, ids = append(names, bytes.Clone(c.Key())), append(ids, id)
			}
		}
		return c.Close()
	})
	return names, ids, next, err
}

func (s *Store) countTrash(ctx context.Context, report *SweepReport) error {
	base := row(kindTrash, 0)
	return s.view(ctx, func(r driver.Reader) error {
		c := r.Scan(base, after(base), driver.ScanOptions{KeysOnly: true})
		defer c.Close()
		for report.Backlog = 0; report.Backlog < maxBacklog && c.Next(); {
			report.Backlog++
		}
		return c.Close()
	})
}

// cutTrashRow is the inverse of trashRow.
func cutTrashRow(name []byte) (id driver.BlobID, unixNano int64, ok bool) {
	if len(name) != 2+8+len(id) {
		return id, 0, false
	}
	return driver.BlobID(name[10:]), int64(binary.BigEndian.Uint64(name[2:])), true
}
