package objstore

import (
	"context"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Trash is a blob that nothing needs any more, and that waits for its grace.
type Trash struct {
	Blob  driver.BlobID
	Since time.Time // when the last object that had it went
	Due   time.Time // when its grace is over; whoever still reads it holds it longer
}

// Trash lists what waits to be removed, oldest first: at most limit entries, and
// with dueOnly only what the next sweep removes.
func (s *Store) Trash(ctx context.Context, limit int, dueOnly bool) ([]Trash, error) {
	trash, err := s.trash(ctx, limit, dueOnly)
	return trash, wrap("Trash", BucketID{}, "", err)
}

func (s *Store) trash(ctx context.Context, limit int, dueOnly bool) ([]Trash, error) {
	if err := s.gate.enter(); err != nil {
		return nil, err
	}
	defer s.gate.leave()
	base := row(kindTrash, 0)
	end := after(base)
	if dueOnly {
		end = trashRow(s.trashHorizon(s.opt.Now()).UnixNano(), driver.BlobID{})
	}
	var all []Trash
	err := s.view(ctx, func(r driver.Reader) error {
		all = nil
		c := r.Scan(base, end, driver.ScanOptions{KeysOnly: true})
		defer c.Close()
		for len(all) < limit && c.Next() {
			id, at, ok := cutTrashRow(c.Key())
			if !ok {
				return ErrInvalidStorageStructure
			}
			if dueOnly && s.pins.pinned(id) {
				continue
			}
			since := time.Unix(0, at).UTC()
			all = append(all, Trash{Blob: id, Since: since, Due: since.Add(s.opt.TrashGrace)})
		}
		return c.Close()
	})
	return all, err
}
