package ostorstat

import (
	"context"
	"encoding/binary"
	"errors"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

func headRow(object string) []byte { return append([]byte(objectRows), object...) }

// itemsOf is the prefix of the rows of all items of an object.
func itemsOf(object string) []byte { return appendText([]byte(itemRows), object) }

func itemRow(object string, k Key) []byte {
	b := make([]byte, 0, len(itemRows)+len(object)+len(k.Bucket)+len(k.UserID)+3*len(endOfText)+8)
	b = appendText(append(b, itemRows...), object)
	b = appendText(appendText(b, k.Bucket), k.UserID)
	return binary.BigEndian.AppendUint64(b, k.Epoch)
}

// cutItemRow is the inverse of itemRow.
func cutItemRow(key []byte) (object string, k Key, ok bool) {
	if len(key) < len(itemRows) || string(key[:len(itemRows)]) != itemRows {
		return "", k, false
	}
	object, rest, ok := cutText(string(key[len(itemRows):]))
	if !ok {
		return "", k, false
	}
	if k.Bucket, rest, ok = cutText(rest); !ok {
		return "", k, false
	}
	if k.UserID, rest, ok = cutText(rest); !ok || len(rest) != 8 {
		return "", k, false
	}
	k.Epoch = binary.BigEndian.Uint64([]byte(rest))
	return object, k, true
}

func (c *Counters) append(b []byte) []byte {
	for _, f := range c.fields() {
		b = binary.AppendUvarint(b, uint64(*f))
	}
	return b
}

func decodeCounters(data []byte) (c Counters, err error) {
	d := decoder{data: data}
	for _, f := range c.fields() {
		*f = d.count()
	}
	return c, d.err()
}

// head is the row of an object: it exists as long as the object does, and tells
// whose it is.
//
//	headV1  start  period  writer:16  seq
type head struct {
	start, period int64
	writer        [16]byte // of the Log that writes it
	seq           int64    // of the object within the Log
}

const headV1 = 1

func (h *head) append(b []byte) []byte {
	b = binary.AppendVarint(append(b, headV1), h.start)
	b = binary.AppendUvarint(b, uint64(h.period))
	return binary.AppendUvarint(append(b, h.writer[:]...), uint64(h.seq))
}

func decodeHead(data []byte) (h head, err error) {
	if len(data) == 0 || data[0] != headV1 {
		return h, errDamaged
	}
	d := decoder{data: data[1:]}
	h.start, h.period, h.writer, h.seq = d.varint(), d.count(), d.id(), d.count()
	return h, d.err()
}

// readHead returns the head of an object; ok tells whether there is one.
func readHead(r driver.Reader, object string) (h head, ok bool, err error) {
	data, err := r.Get(headRow(object))
	if errors.Is(err, driver.ErrNotFound) {
		return h, false, nil
	}
	if err == nil {
		h, err = decodeHead(data)
	}
	return h, err == nil, err
}

// readObject returns an object, or ErrNoSuchObject.
func readObject(r driver.Reader, object string) (*Object, error) {
	h, ok, err := readHead(r, object)
	if err != nil {
		return nil, err
	}
	if !ok || len(object) < len(namePrefix)+serviceLen {
		return nil, ErrNoSuchObject
	}
	o := &Object{ServiceID: object[len(namePrefix):][:serviceLen], Start: time.Unix(h.start, 0).UTC(), Period: h.period}
	prefix := itemsOf(object)
	c := r.Scan(prefix, after(prefix), driver.ScanOptions{})
	defer c.Close()
	for c.Next() {
		value, err := c.Value()
		if err != nil {
			return nil, err
		}
		_, k, ok := cutItemRow(c.Key())
		counters, err := decodeCounters(value)
		if !ok || err != nil {
			return nil, errDamaged
		}
		o.Items = append(o.Items, Item{Key: k, Counters: counters})
	}
	return o, c.Close()
}

// removeItems removes the items of an object whose head is gone, in steps.
func removeItems(ctx context.Context, ix driver.Index, object string) error {
	for more := true; more; {
		err := ix.Update(ctx, func(txn driver.Txn) error {
			more = false
			if _, ok, err := readHead(txn, object); ok || err != nil {
				return err
			}
			keys, err := firstKeys(txn, itemsOf(object), rowsPerStep)
			for _, key := range keys {
				err = errors.Join(err, txn.Delete(key))
			}
			more = len(keys) == rowsPerStep
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// rowsPerStep bounds the rows of one transaction.
const rowsPerStep = 500

func firstKeys(r driver.Reader, prefix []byte, n int) ([][]byte, error) {
	c := r.Scan(prefix, after(prefix), driver.ScanOptions{KeysOnly: true})
	defer c.Close()
	var keys [][]byte
	for len(keys) < n && c.Next() {
		keys = append(keys, append([]byte(nil), c.Key()...))
	}
	return keys, c.Close()
}

// headless returns objects that have items and no head: a crash has left them
// of an object that was being deleted.
func headless(r driver.Reader) (objects []string, err error) {
	rows := []byte(itemRows)
	c := r.Scan(rows, after(rows), driver.ScanOptions{KeysOnly: true})
	defer c.Close()
	for more := c.Next(); more; {
		object, _, ok := cutItemRow(c.Key())
		if !ok {
			return nil, errDamaged
		}
		_, ok, err := readHead(r, object)
		if err != nil {
			return nil, err
		}
		if !ok {
			objects = append(objects, object)
		}
		more = c.Seek(after(itemsOf(object)))
	}
	return objects, c.Close()
}
