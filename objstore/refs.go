package objstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

// errBlobGone says that the last reference to a blob was dropped meanwhile.
const errBlobGone driver.Error = "the blob is no longer referenced"

// Each extent of a record or part holds one reference to its blob; a blob that
// is named twice is referenced twice.

// newRefs writes the first references to blobs that are named for the first
// time.
func newRefs(txn driver.Txn, es []extent) error {
	for _, e := range es {
		if err := setRefs(txn, e.blob, 1); err != nil {
			return err
		}
	}
	return nil
}

// addRefs adds references to blobs that have some. It returns errBlobGone when
// one has none any more: a copy that races with the delete of its source.
func addRefs(txn driver.Txn, es []extent) error {
	for _, e := range es {
		n, err := blobRefs(txn, e.blob)
		if err != nil {
			return err
		}
		if n == 0 {
			return errBlobGone
		}
		if err := setRefs(txn, e.blob, n+1); err != nil {
			return err
		}
	}
	return nil
}

// dropRefs removes references; a blob that has none left goes to the trash.
func dropRefs(txn driver.Txn, now time.Time, es []extent) error {
	for _, e := range es {
		n, err := blobRefs(txn, e.blob)
		if err != nil {
			return err
		}
		switch {
		case n == 0:
			return fmt.Errorf("%w: blob %v has no references", ErrInvalidStorageStructure, e.blob)
		case n > 1:
			err = setRefs(txn, e.blob, n-1)
		default:
			if err = txn.Delete(blobRefsRow(e.blob)); err == nil {
				err = txn.Set(trashRow(now.UnixNano(), e.blob), nil)
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// blobRefs returns the number of references to a blob; 0 when it is not named
// at all.
func blobRefs(r driver.Reader, id driver.BlobID) (uint64, error) {
	data, err := r.Get(blobRefsRow(id))
	if errors.Is(err, driver.ErrNotFound) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	return decodeRefs(data)
}

// decodeRefs reads the value of a reference row, which is never 0.
func decodeRefs(data []byte) (uint64, error) {
	p := parser{data: data}
	n := p.uvarint()
	if err := p.err(); err != nil || n == 0 {
		return 0, fmt.Errorf("%w: reference count", ErrInvalidStorageStructure)
	}
	return n, nil
}

func setRefs(txn driver.Txn, id driver.BlobID, n uint64) error {
	return txn.Set(blobRefsRow(id), binary.AppendUvarint(nil, n))
}
