package quota

import (
	"encoding/json"
	"fmt"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Rows of this package begin with 'q' and a kind.
//
//	qu owner     quotas of a user: UserSpecs
//	qb ref       quota of a bucket: Spec
//	qd           defaults of all users: UserSpecs
//	qlu user     rate limits of a user: Limits
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

// read decodes a row into v, which stays as it is when there is none.
func read(r driver.Reader, key []byte, v any) error {
	data, err := found(r.Get(key))
	if err != nil {
		return err
	}
	return decode(data, v)
}

func write(txn driver.Txn, key []byte, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return txn.Set(key, data)
}
