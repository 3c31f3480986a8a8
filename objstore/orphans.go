package objstore

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

// orphanChunk is how many blobs are looked up in one snapshot. Each chunk that
// may hold an orphan reads all of the trash, so it is large.
const orphanChunk = 1 << 16

// orphanDue tells whether a blob that no row names and that is not pending may
// be removed. In an exclusive engine nobody but an earlier process can have
// left it, unless it was made since Open: then it may belong to a commit of
// unknown outcome, which may show only when the index is opened again. In
// another engine it may be of another process, as long as an upload may take.
func (s *Store) orphanDue(id driver.BlobID, now time.Time) bool {
	if s.eng.Exclusive {
		// A blob's time is in whole milliseconds.
		return id.Time().Before(s.opened.Truncate(time.Millisecond))
	}
	return now.Sub(id.Time()) > s.opt.MaxUploadAge
}

// removeOrphans removes the blobs that a crash or a failing medium has left
// without a row that names them.
func (s *Store) removeOrphans(ctx context.Context, report *SweepReport) error {
	if s.unsure.Load() {
		return nil // a clock that was set back makes blobs of this time look old
	}
	now := s.opt.Now()
	var due []driver.BlobID
	err := s.orphans(ctx, func(ids []driver.BlobID) error {
		for _, id := range ids {
			if s.orphanDue(id, now) {
				due = append(due, id)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for chunk := range slices.Chunk(due, sweepChunk) {
		if err := s.eng.Blobs.Remove(ctx, chunk...); err != nil {
			return err
		}
		report.Orphans += len(chunk)
	}
	return nil
}

// orphans calls found, some at a time, with blobs that no row names and that this process is
// not writing.
//
// The order is what makes it safe. A blob becomes pending before it is created
// and stays so until the transaction that names it is seen: one that was
// listed first, is not pending then, and is named by no row last, never will
// be named.
func (s *Store) orphans(ctx context.Context, found func([]driver.BlobID) error) error {
	ids := make([]driver.BlobID, 0, orphanChunk)
	flush := func() error {
		lost, err := s.unnamed(ctx, ids)
		ids = ids[:0]
		if err != nil || len(lost) == 0 {
			return err
		}
		return found(lost)
	}
	for id, err := range s.eng.Blobs.All(ctx) {
		if err != nil {
			return err
		}
		if ids = append(ids, id); len(ids) == cap(ids) {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}

// unnamed returns those of the listed blobs that are neither pending nor
// referenced nor in the trash.
func (s *Store) unnamed(ctx context.Context, listed []driver.BlobID) ([]driver.BlobID, error) {
	pending := s.pending.snapshot()
	var lost []driver.BlobID
	err := s.view(ctx, func(r driver.Reader) error {
		lost = nil
		for _, id := range listed {
			if _, ok := pending[id]; ok {
				continue
			}
			_, err := r.Get(blobRefsRow(id))
			switch {
			case errors.Is(err, driver.ErrNotFound):
				lost = append(lost, id)
			case err != nil:
				return err
			}
		}
		return withoutTrash(r, &lost)
	})
	return lost, err
}

// withoutTrash removes from ids the blobs that are in the trash: somebody may
// still read them.
func withoutTrash(r driver.Reader, ids *[]driver.BlobID) error {
	if len(*ids) == 0 {
		return nil
	}
	lost := make(map[driver.BlobID]bool, len(*ids))
	for _, id := range *ids {
		lost[id] = true
	}
	base := row(kindTrash, 0)
	c := r.Scan(base, after(base), driver.ScanOptions{KeysOnly: true})
	defer c.Close()
	for c.Next() {
		id, _, ok := cutTrashRow(c.Key())
		if !ok {
			return ErrInvalidStorageStructure
		}
		delete(lost, id)
	}
	kept := (*ids)[:0]
	for _, id := range *ids {
		if lost[id] {
			kept = append(kept, id)
		}
	}
	*ids = kept
	return c.Close()
}
