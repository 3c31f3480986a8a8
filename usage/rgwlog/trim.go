package rgwlog

import (
	"bytes"
	"context"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

// TrimQuery selects usage to be removed, as [Query] does.
type TrimQuery struct {
	User       string // full name of who pays; "" = all users, see All
	Bucket     string // "" = all
	Start, End time.Time

	// All must be set where no user is named.
	All bool
}

// rowsPerTrim bounds the rows that are removed in one transaction.
const rowsPerTrim = 1000

// Trim removes usage, that of all processes. It goes in steps: after an error
// a part is gone, and it may be called again. Without a user and without All
// it is [ErrNotAll].
func (l *Log) Trim(ctx context.Context, q TrimQuery) error {
	if q.User == "" && !q.All {
		return wrap("Trim", ErrNotAll)
	}
	if err := l.Flush(ctx); err != nil {
		return err
	}
	rows := Query{User: q.User, Bucket: q.Bucket, Start: q.Start, End: q.End}
	for from, more := []byte(nil), true; more; {
		var next []byte
		err := l.index.Update(ctx, func(txn driver.Txn) error {
			s := scan{q: &rows, from: from}
			var keys [][]byte
			var err error
			more, err = s.rows(txn, rowsPerTrim, func(c driver.Cursor, _ place) error {
				keys = append(keys, bytes.Clone(c.Key()))
				return nil
			})
			if err != nil {
				return err
			}
			next = s.from
			for _, k := range keys {
				if err := txn.Delete(k); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return wrap("Trim", err)
		}
		from = next
	}
	return nil
}
