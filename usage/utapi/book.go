package utapi

import (
	"bytes"
	"encoding/binary"

	"github.com/cofferstore/coffer/objstore/driver"
)

// amount is what is added to a field.
type amount struct {
	field field
	n     int64
}

// book adds to the fields of subjects in one transaction.
type book struct {
	txn  driver.Txn
	at   interval // when
	keys scratch
}

// add counts a change of s. It is a change also when nothing is added: what the
// store has of the subject changes then. A time before that of the latest
// change, by a clock that went back, counts as that time.
func (b *book) add(s subject, amounts ...amount) error {
	key := b.keys.head(s)
	was, found, err := readHead(b.txn, key)
	if err != nil {
		return err
	}
	now := head{at: max(was.at, b.at), has: was.has}
	for _, a := range amounts {
		now.has |= 1 << a.field
	}
	if found && now.at != was.at {
		if err := b.freeze(s, was); err != nil {
			return err
		}
	}
	if !found || now != was {
		if err := b.txn.Set(key, now.encode()); err != nil {
			return err
		}
	}
	for _, a := range amounts {
		if err := b.txn.Add(b.keys.counter(s, a.field), a.n); err != nil {
			return err
		}
	}
	return nil
}

// freeze writes the snapshot of the interval of the latest change, which is over.
func (b *book) freeze(s subject, h head) error {
	v, err := current(b.txn, s, h)
	if err != nil {
		return err
	}
	return b.txn.Set(snapshotRow(s, h.at), v.encode())
}

// addLate counts what happened in b.at, when s may have changed since: then the
// snapshots from that interval on are mended.
func (b *book) addLate(s subject, amounts ...amount) error {
	h, found, err := readHead(b.txn, b.keys.head(s))
	if err != nil {
		return err
	}
	if found && h.at > b.at {
		if err := b.mend(s, amounts); err != nil {
			return err
		}
	}
	return b.add(s, amounts...)
}

// mend adds to the snapshots of b.at and later; that of b.at is made where it is
// missing.
func (b *book) mend(s subject, amounts []amount) error {
	at, err := snapshotAt(b.txn, s, b.at)
	if err != nil {
		return err
	}
	type snapshot struct {
		key []byte
		values
	}
	list := []snapshot{{snapshotRow(s, b.at), at}}
	c := b.txn.Scan(snapshotsOf(s), list[0].key, driver.ScanOptions{})
	defer c.Close()
	for c.Next() {
		data, err := c.Value()
		if err != nil {
			return err
		}
		v, err := decodeValues(data)
		if err != nil {
			return err
		}
		list = append(list, snapshot{bytes.Clone(c.Key()), v})
	}
	if err := c.Close(); err != nil {
		return err
	}
	for i := range list {
		for _, a := range amounts {
			list[i].values[a.field] += a.n
		}
		if err := b.txn.Set(list[i].key, list[i].encode()); err != nil {
			return err
		}
	}
	return nil
}

// forget removes all that there is of a subject.
func (b *book) forget(s subject) error {
	h, found, err := readHead(b.txn, b.keys.head(s))
	if err != nil || !found {
		return err
	}
	for f := range field(maxFields) {
		if h.has&(1<<f) == 0 {
			continue
		}
		row := b.keys.counter(s, f)
		n, err := b.txn.Counter(row)
		if err != nil {
			return err
		}
		if err := b.txn.Add(row, -n); err != nil {
			return err
		}
	}
	return b.txn.Delete(b.keys.head(s))
}

// expiryRow is the row of a bucket that was deleted.
func expiryRow(unix int64, id string) []byte {
	b := binary.BigEndian.AppendUint64([]byte(expiryRows), uint64(max(unix, 0)))
	return append(b, id...)
}
