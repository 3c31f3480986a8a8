package quota

import (
	"encoding/binary"
	"encoding/json"
	"fmt"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Rows of this package begin with 'q' and a kind.
//
//	qu owner     quotas of a user: two Specs
//	qb ref       quota of a bucket: Spec
//	qd           defaults of all users: two Specs
//	qlu user     rate limits of a user: Limits in JSON
//	qlb ref      rate limits of a bucket: Limits
//	qld kind     default rate limits of the subjects of a kind: RateSpec
const (
	rowSpace = "q"

	kindUser     = "u"
	kindBucket   = "b"
	kindDefaults = "d"
	kindLimits   = "l"
)

// maxName bounds the names of users and buckets, in bytes.
const maxName = 1024

func row(kind, name string) []byte { return []byte(rowSpace + kind + name) }

func bucketRow(ref [16]byte) []byte { return row(kindBucket, string(ref[:])) }

func checkName(name string) error {
	if name == "" || len(name) > maxName {
		return fmt.Errorf("%w: a name has 1 to %d bytes", ErrInvalid, maxName)
	}
	return nil
}

// readJSON decodes a row into v, which stays as it is when there is none.
func readJSON(r driver.Reader, key []byte, v any) error {
	data, err := found(r.Get(key))
	if err != nil || data == nil {
		return err
	}
	if err := json.Unmarshal(data, v); err != nil {
		return fmt.Errorf("%w: %w", errDamaged, err)
	}
	return nil
}

func writeJSON(txn driver.Txn, key []byte, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return txn.Set(key, data)
}

// specLen is the length of a Spec in a row: one byte that is 1 when it is
// enabled, and two numbers of 8 bytes. Every write reads quotas while others
// wait for the index, so these rows are not JSON.
const specLen = 17

func (s Spec) append(b []byte) []byte {
	enabled := byte(0)
	if s.Enabled {
		enabled = 1
	}
	b = binary.BigEndian.AppendUint64(append(b, enabled), uint64(s.MaxBytes))
	return binary.BigEndian.AppendUint64(b, uint64(s.MaxObjects))
}

// readSpecs decodes the Specs of a row, which stay as they are when there is none.
func readSpecs(r driver.Reader, key []byte, specs ...*Spec) error {
	data, err := found(r.Get(key))
	if err != nil || data == nil {
		return err
	}
	if len(data) != specLen*len(specs) {
		return errDamaged
	}
	for i, s := range specs {
		b := data[i*specLen:]
		*s = Spec{Enabled: b[0] == 1, MaxBytes: int64(binary.BigEndian.Uint64(b[1:])), MaxObjects: int64(binary.BigEndian.Uint64(b[9:]))}
	}
	return nil
}

func (s *UserSpecs) read(r driver.Reader, key []byte) error {
	return readSpecs(r, key, &s.User, &s.Bucket)
}

func (s *UserSpecs) write(txn driver.Txn, key []byte) error {
	return txn.Set(key, s.Bucket.append(s.User.append(nil)))
}
