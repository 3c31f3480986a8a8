package objstore

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"github.com/cofferstore/coffer/objstore/driver"
)

// ID returns the id of the store, a UUID (RFC 9562). It is made when it is first
// asked for, and all processes on one index have the same one.
func (s *Store) ID(ctx context.Context) (uuid.UUID, error) {
	id, err := s.id(ctx)
	return id, wrap("ID", BucketID{}, "", err)
}

func (s *Store) id(ctx context.Context) (id uuid.UUID, err error) {
	if err := s.gate.enter(); err != nil {
		return id, err
	}
	defer s.gate.leave()
	read := func(r driver.Reader) error {
		data, err := r.Get(row(kindStore, 0))
		if err != nil {
			return err
		}
		if id, err = uuid.FromBytes(data); err != nil {
			return ErrInvalidStorageStructure
		}
		return nil
	}
	if err := s.view(ctx, read); !errors.Is(err, driver.ErrNotFound) {
		return id, err
	}
	made := uuid.UUID(s.newID())
	err = s.mutate(ctx, func(txn driver.Txn) error {
		if err := read(txn); !errors.Is(err, driver.ErrNotFound) {
			return err
		}
		id = made
		return txn.Set(row(kindStore, 0), made[:])
	})
	return id, err
}
