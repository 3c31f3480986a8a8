package rgwlog

import (
	"bytes"
	"context"
	"encoding/base64"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Query selects usage. The zero value selects all of it.
type Query struct {
	User   string // full name of who pays; "" = all users
	Bucket string // "" = all

	// Start and End bound the time of the hours: Start <= hour < End. Zero
	// values do not.
	Start, End time.Time

	// Categories leaves out all others; nil = none is left out. An entry stays
	// also when nothing is left in it, as with Ceph.
	Categories []string

	NoEntries, NoSummary bool // leave out a member of the report

	// Limit bounds the entries of the report; 0 = no bound. Marker is Next of
	// the page before. The summary is of the page.
	Limit  int
	Marker string
}

// rowsPerView bounds the rows that are read from one snapshot.
const rowsPerView = 10_000

// Show returns usage, by user, bucket and hour. It includes what this process
// has recorded until then.
func (l *Log) Show(ctx context.Context, q Query) (Report, error) {
	from, err := base64.RawURLEncoding.DecodeString(q.Marker)
	if err != nil || len(from) > 0 && !bytes.HasPrefix(from, []byte(logRows)) {
		return Report{}, wrap("Show", ErrInvalidMarker)
	}
	if err := l.Flush(ctx); err != nil {
		return Report{}, err
	}
	b := newBuilder(&q)
	s := scan{q: &q, from: from}
	for more := true; more; {
		err := l.index.View(ctx, func(r driver.Reader) (err error) {
			more, err = s.rows(r, rowsPerView, b.row)
			return err
		})
		if err != nil {
			return Report{}, wrap("Show", err)
		}
	}
	b.report.Next = s.next
	return b.finish(), nil
}

// scan walks the rows that a query selects.
type scan struct {
	q       *Query
	from    []byte // where to go on; nil = at the beginning
	entries int
	last    place
	next    string // of the report
}

// rows calls fn at about limit rows and tells whether there may be more.
func (s *scan) rows(r driver.Reader, limit int, fn func(driver.Cursor, place) error) (more bool, err error) {
	prefix := []byte(logRows)
	if s.q.User != "" {
		prefix = userRows(s.q.User)
		if s.q.Bucket != "" {
			prefix = bucketRows(s.q.User, s.q.Bucket)
		}
	}
	start, end := prefix, after(prefix)
	if bytes.Compare(s.from, start) > 0 {
		start = s.from
	}
	c := r.Scan(start, end, driver.ScanOptions{})
	defer c.Close()
	for ok := c.Next(); ok; {
		p, valid := cutRow(c.Key())
		if !valid {
			return false, errDamaged
		}
		if to := s.skip(p); to != nil {
			ok = c.Seek(to)
			continue
		}
		if s.entries == 0 || p != s.last {
			if s.q.Limit > 0 && s.entries == s.q.Limit {
				s.next = base64.RawURLEncoding.EncodeToString(c.Key())
				return false, c.Close()
			}
			if limit <= 0 { // between entries, or one would be read in two states
				s.from = bytes.Clone(c.Key())
				return true, c.Close()
			}
			s.entries, s.last = s.entries+1, p
		}
		if err := fn(c, p); err != nil {
			return false, err
		}
		limit--
		ok = c.Next()
	}
	return false, c.Close()
}

// skip returns where to go on from a row that the query does not select; nil
// for one that it does. It is always behind the row.
func (s *scan) skip(p place) []byte {
	q := s.q
	switch {
	case q.Bucket != "" && p.bucket < q.Bucket:
		return bucketRows(p.user, q.Bucket)
	case q.Bucket != "" && p.bucket > q.Bucket:
		return after(userRows(p.user))
	case !q.Start.IsZero() && p.hour < firstHour(q.Start):
		return hourRows(p.user, p.bucket, firstHour(q.Start))
	case !q.End.IsZero() && p.hour >= firstHour(q.End):
		return after(bucketRows(p.user, p.bucket))
	}
	return nil
}

// firstHour returns the first hour that does not begin before t.
func firstHour(t time.Time) int64 {
	sec := max(t.Unix(), 0)
	if t.Nanosecond() > 0 {
		sec++
	}
	return (sec + 3599) / 3600
}
