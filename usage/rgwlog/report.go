package rgwlog

import (
	"maps"
	"slices"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Report is an answer to a [Query], in the shape of Ceph's Admin Ops API. A
// member that was not asked for is nil and left out of JSON; one without
// content is empty.
type Report struct {
	Entries []UserEntries `json:"entries,omitzero"`
	Summary []UserSummary `json:"summary,omitzero"`

	// Next is the marker of the page behind this one; "" is that there is none.
	Next string `json:"-"`
}

// UserEntries are the entries of one user.
type UserEntries struct {
	User    string        `json:"user"` // who pays
	Buckets []BucketEntry `json:"buckets"`
}

// BucketEntry is what one user used of one bucket in one hour.
type BucketEntry struct {
	Bucket string `json:"bucket"` // "" = of no bucket, "-" = of one that is not there

	// Time is the beginning of the hour, as Ceph writes it; Epoch is the same
	// in seconds since 1970.
	Time  string `json:"time"`
	Epoch int64  `json:"epoch"`

	Owner      string          `json:"owner"`
	Payer      string          `json:"payer,omitempty"` // where it is not the owner
	Categories []CategoryEntry `json:"categories"`      // by name
}

// CategoryEntry is what was used by operations of one category.
type CategoryEntry struct {
	Category string `json:"category"`
	Counts
}

// UserSummary is the sum over all entries of a user.
type UserSummary struct {
	User       string          `json:"user"`
	Categories []CategoryEntry `json:"categories"` // by name
	Total      Counts          `json:"total"`
}

// timeLayout is how Ceph writes times.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// builder makes a report of rows in their order.
type builder struct {
	q      *Query
	report Report
	user   string
	sums   categories // of user; nil before the first
	place  place
	counts categories // of place; nil before the first
	wanted map[string]bool
}

func newBuilder(q *Query) *builder {
	b := &builder{q: q}
	if !q.NoEntries {
		b.report.Entries = []UserEntries{}
	}
	if !q.NoSummary {
		b.report.Summary = []UserSummary{}
	}
	if len(q.Categories) > 0 {
		b.wanted = make(map[string]bool)
		for _, c := range q.Categories {
			b.wanted[c] = true
		}
	}
	return b
}

// row takes in the row of one writer.
func (b *builder) row(c driver.Cursor, p place) error {
	value, err := c.Value()
	if err != nil {
		return err
	}
	if b.counts == nil || p != b.place {
		b.endPlace()
		b.place, b.counts = p, make(categories)
	}
	return b.counts.decode(value)
}

// endPlace takes in what all writers have of one place.
func (b *builder) endPlace() {
	if b.counts == nil {
		return
	}
	if b.sums == nil || b.place.user != b.user {
		b.endUser()
		b.user, b.sums = b.place.user, make(categories)
	}
	maps.DeleteFunc(b.counts, func(name string, _ Counts) bool { return b.wanted != nil && !b.wanted[name] })
	b.sums.add(b.counts)
	if !b.q.NoEntries {
		b.entry()
	}
	b.counts = nil
}

func (b *builder) entry() {
	p := b.place
	at := time.Unix(p.hour*3600, 0).UTC()
	e := BucketEntry{
		Bucket: p.bucket, Time: at.Format(timeLayout), Epoch: at.Unix(), Owner: p.owner, Categories: b.counts.list(),
	}
	if p.user != p.owner {
		e.Payer = p.user
	}
	if n := len(b.report.Entries); n == 0 || b.report.Entries[n-1].User != p.user {
		b.report.Entries = append(b.report.Entries, UserEntries{User: p.user})
	}
	last := &b.report.Entries[len(b.report.Entries)-1]
	last.Buckets = append(last.Buckets, e)
}

func (b *builder) endUser() {
	if b.sums == nil {
		return
	}
	if !b.q.NoSummary {
		s := UserSummary{User: b.user, Categories: b.sums.list()}
		for _, c := range s.Categories {
			s.Total.add(c.Counts)
		}
		b.report.Summary = append(b.report.Summary, s)
	}
	b.sums = nil
}

func (b *builder) finish() Report {
	b.endPlace()
	b.endUser()
	return b.report
}

// list returns the counts by name; it is never nil.
func (c categories) list() []CategoryEntry {
	list := make([]CategoryEntry, 0, len(c))
	for _, name := range slices.Sorted(maps.Keys(c)) {
		list = append(list, CategoryEntry{Category: name, Counts: c[name]})
	}
	return list
}
