package utapi

import (
	"bytes"
	"context"
	"encoding/binary"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
)

// rowsPerStep bounds the snapshots that are removed in one transaction.
const rowsPerStep = 1000

// Expire removes metrics of buckets whose time is over, and tells of how many;
// see [Options.ExpireAfter]. With that option it is called by itself.
func (m *Metrics) Expire(ctx context.Context) (expired int, err error) {
	now := m.opt.Now().Unix()
	for {
		row, err := m.dueRow(ctx, now)
		if err != nil || row == nil {
			return expired, wrap("Expire", err)
		}
		done, err := m.expire(ctx, row)
		if err != nil {
			return expired, wrap("Expire", err)
		}
		if done {
			expired++
		}
	}
}

// dueRow returns the first expiry row that is due, or nil.
func (m *Metrics) dueRow(ctx context.Context, now int64) (key []byte, err error) {
	err = m.index.View(ctx, func(r driver.Reader) error {
		key = nil
		c := r.Scan([]byte(expiryRows), expiryRow(now+1, ""), driver.ScanOptions{KeysOnly: true})
		defer c.Close()
		if c.Next() {
			key = bytes.Clone(c.Key())
		}
		return c.Close()
	})
	return key, err
}

// expire takes one step with the bucket of an expiry row: snapshots, and when
// none is left, the rest and the row.
func (m *Metrics) expire(ctx context.Context, row []byte) (done bool, err error) {
	due := int64(binary.BigEndian.Uint64(row[len(expiryRows):]))
	s := subject{ofBucket, string(row[len(expiryRows)+8:])}
	err = m.index.Update(ctx, func(txn driver.Txn) error {
		done = false
		alive, err := m.outlives(txn, s, due)
		if err != nil {
			return err
		}
		if alive {
			return txn.Delete(row)
		}
		keys, err := snapshotKeys(txn, s, rowsPerStep)
		if err != nil {
			return err
		}
		for _, key := range keys {
			if err := txn.Delete(key); err != nil {
				return err
			}
		}
		if done = len(keys) < rowsPerStep; !done {
			return nil
		}
		b := book{txn: txn}
		if err := b.forget(s); err != nil {
			return err
		}
		return txn.Delete(row)
	})
	return done, err
}

// outlives tells whether there is a bucket of the name again, or its metrics
// have changed since the deletion that made them due.
func (m *Metrics) outlives(r driver.Reader, s subject, due int64) (bool, error) {
	there, err := objstore.NewTotalsReader(r).HasBucket(bucketID(s.id))
	if err != nil || there {
		return there, err
	}
	var keys scratch
	h, found, err := readHead(r, keys.head(s))
	deleted := due - int64(m.opt.ExpireAfter.Seconds())
	return found && h.at.start().Unix() > deleted, err
}

func snapshotKeys(r driver.Reader, s subject, limit int) ([][]byte, error) {
	prefix := snapshotsOf(s)
	c := r.Scan(prefix, afterSnapshots(prefix), driver.ScanOptions{KeysOnly: true})
	defer c.Close()
	var keys [][]byte
	for len(keys) < limit && c.Next() {
		keys = append(keys, bytes.Clone(c.Key()))
	}
	return keys, c.Close()
}
