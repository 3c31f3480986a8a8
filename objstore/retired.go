package objstore

import (
	"context"
	"errors"

	"github.com/cofferstore/coffer/objstore/driver"
)

// manyExtents is how many references one transaction drops. An object of ten
// thousand parts would hold up others for long, or outgrow a transaction:
// what it refers to is put into one row, which the sweep takes apart.
const manyExtents = 256

// dropExtents gives up the references of a record.
func (ch *change) dropExtents(es []extent) error {
	if len(es) <= manyExtents {
		return dropRefs(ch.txn, ch.now, es)
	}
	return ch.txn.Set(retiredRow(ch.now.UnixNano(), ch.s.newID()), appendExtents(nil, es))
}

// decodeExtents is the inverse of appendExtents.
func decodeExtents(data []byte) ([]extent, error) {
	p := parser{data: data}
	es := p.extents()
	return es, p.err()
}

// dropRetired drops the references that the rows of retired extents hold, in
// bounded steps.
func (s *Store) dropRetired(ctx context.Context) error {
	base := row(kindRetired, 0)
	for from := base; ; {
		var name []byte
		err := s.view(ctx, func(r driver.Reader) error {
			c := r.Scan(from, after(base), driver.ScanOptions{KeysOnly: true})
			defer c.Close()
			name = nil
			if c.Next() {
				name = append(name, c.Key()...)
			}
			return c.Close()
		})
		if err != nil || name == nil {
			return err
		}
		for more := true; more; {
			err := s.mutate(ctx, func(txn driver.Txn) (err error) {
				more, err = s.retiredStep(txn, name)
				return err
			})
			if err != nil {
				return err
			}
		}
		from = append(name, 0)
	}
}

// retiredStep drops some references of one row and tells whether there are more.
func (s *Store) retiredStep(txn driver.Txn, name []byte) (more bool, err error) {
	data, err := txn.Get(name)
	if errors.Is(err, driver.ErrNotFound) {
		return false, nil // another process was faster
	}
	if err != nil {
		return false, err
	}
	es, err := decodeExtents(data)
	if err != nil {
		return false, err
	}
	rest := es[:max(len(es)-manyExtents, 0)]
	if err := dropRefs(txn, s.opt.Now(), es[len(rest):]); err != nil {
		return false, err
	}
	if len(rest) == 0 {
		return false, txn.Delete(name)
	}
	return true, txn.Set(name, appendExtents(nil, rest))
}
