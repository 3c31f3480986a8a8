package lifecycle

import (
	"math"
	"strings"
	"time"
)

// Kind is what is to be done.
type Kind uint8

// Kinds of action.
const (
	None          Kind = iota
	Expire             // delete the current version, or hide it where there are versions
	DeleteVersion      // remove this noncurrent version
	RemoveMarker       // remove this delete marker, which hides nothing
	Abort              // abort this upload
)

// String returns the kind's name for logs.
func (k Kind) String() string {
	return [...]string{"none", "expire", "delete version", "remove marker", "abort upload"}[k]
}

// Action is what a rule wants, and from when on.
type Action struct {
	Kind Kind
	At   time.Time
	Rule string // the rule's ID
}

// Version is what a rule is told of a version of an object.
type Version struct {
	Key     string
	Size    int64 // bytes
	Tags    map[string]string
	ModTime time.Time

	Latest       bool
	DeleteMarker bool

	// Alone is set when the key has no other version.
	Alone bool

	// NoncurrentSince is when the version was replaced, and Newer how many
	// noncurrent versions are newer; both of noncurrent versions only.
	NoncurrentSince time.Time
	Newer           int
}

// Calendar says how long a day is.
type Calendar struct {
	// Day is the length of a day; 0 is a real one, which ends at midnight UTC:
	// S3 rounds the time of an action up to the next midnight. Another length is
	// for tests and is not rounded.
	Day time.Duration
}

// maxDays is the largest number of days of the S3 API: an int of XML Schema.
const maxDays = math.MaxInt32

func (c Calendar) after(t time.Time, days int) time.Time {
	days = min(days, maxDays) // a configuration may be from a time without that bound
	if c.Day > 0 {
		if time.Duration(days) > math.MaxInt64/c.Day {
			return t.Add(math.MaxInt64)
		}
		return t.Add(time.Duration(days) * c.Day)
	}
	const day = 24 * time.Hour
	due := t.UTC().AddDate(0, 0, days)
	if midnight := due.Truncate(day); midnight.Before(due) {
		due = midnight.Add(day)
	}
	return due
}

// filter is a Filter or Prefix made ready.
type filter struct {
	prefix       string
	tags         []Tag
	above, below int64 // sizes that match lie between them
	sized        bool
}

func (r *Rule) filter() filter { return compile(r.Prefix, r.Filter) }

func compile(prefix *string, f *Filter) filter {
	out := filter{above: -1, below: math.MaxInt64}
	set := func(p *string, above, below *int64) {
		if p != nil {
			out.prefix = *p
		}
		if above != nil {
			out.above, out.sized = *above, true
		}
		if below != nil {
			out.below, out.sized = *below, true
		}
	}
	set(prefix, nil, nil)
	if f == nil {
		return out
	}
	set(f.Prefix, f.GreaterThan, f.LessThan)
	if f.Tag != nil {
		out.tags = []Tag{*f.Tag}
	}
	if f.And != nil {
		set(f.And.Prefix, f.And.GreaterThan, f.And.LessThan)
		out.tags = f.And.Tags
	}
	return out
}

func (f *filter) match(v *Version) bool {
	if !strings.HasPrefix(v.Key, f.prefix) || v.Size <= f.above || v.Size >= f.below {
		return false
	}
	for _, t := range f.tags {
		if value, ok := v.Tags[t.Key]; !ok || value != t.Value {
			return false
		}
	}
	return true
}

// Version returns the earliest action that the rules want on a version; Kind
// None when there is none. The action is due when its time has come.
func (c *Config) Version(v *Version, cal Calendar) Action {
	var first Action
	if c == nil {
		return first
	}
	for i := range c.Rules {
		r := &c.Rules[i]
		if r.Status != "Enabled" {
			continue
		}
		if f := r.filter(); !f.match(v) {
			continue
		}
		a := r.version(v, cal)
		if a.Kind != None && (first.Kind == None || a.At.Before(first.At)) {
			first = a
		}
	}
	return first
}

func (r *Rule) version(v *Version, cal Calendar) Action {
	switch {
	case !v.Latest:
		n := r.Noncurrent
		if n == nil || n.Newer != nil && v.Newer < *n.Newer {
			return Action{}
		}
		return Action{Kind: DeleteVersion, At: cal.after(v.NoncurrentSince, *n.Days), Rule: r.ID}
	case r.Expiration == nil:
		return Action{}
	case v.DeleteMarker:
		return r.marker(v, cal)
	case r.Expiration.Days != nil:
		return Action{Kind: Expire, At: cal.after(v.ModTime, *r.Expiration.Days), Rule: r.ID}
	case r.Expiration.Date != nil:
		return Action{Kind: Expire, At: *r.Expiration.Date, Rule: r.ID}
	}
	return Action{}
}

// marker judges a delete marker that is the latest version: it goes when it is
// alone, by ExpiredObjectDeleteMarker at once, by Days and Date in their time.
func (r *Rule) marker(v *Version, cal Calendar) Action {
	e := r.Expiration
	switch {
	case !v.Alone:
		return Action{}
	case e.DeleteMarker != nil && *e.DeleteMarker:
		return Action{Kind: RemoveMarker, At: v.ModTime, Rule: r.ID}
	case e.Days != nil:
		return Action{Kind: RemoveMarker, At: cal.after(v.ModTime, *e.Days), Rule: r.ID}
	case e.Date != nil:
		return Action{Kind: RemoveMarker, At: *e.Date, Rule: r.ID}
	}
	return Action{}
}

// Upload returns when an unfinished upload is to be aborted, if at all.
func (c *Config) Upload(key string, initiated time.Time, cal Calendar) Action {
	var first Action
	if c == nil {
		return first
	}
	for i := range c.Rules {
		r := &c.Rules[i]
		if r.Status != "Enabled" || r.AbortUpload == nil {
			continue
		}
		if f := r.filter(); !strings.HasPrefix(key, f.prefix) {
			continue
		}
		at := cal.after(initiated, *r.AbortUpload.Days)
		if first.Kind == None || at.Before(first.At) {
			first = Action{Kind: Abort, At: at, Rule: r.ID}
		}
	}
	return first
}

// NeedsTags tells whether any rule asks for tags, so that a walk can leave them
// unread when none does.
func (c *Config) NeedsTags() bool {
	for i := range c.Rules {
		if f := c.Rules[i].filter(); len(f.tags) > 0 {
			return true
		}
	}
	return false
}
