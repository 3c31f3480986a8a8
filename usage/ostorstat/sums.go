package ostorstat

import (
	"strings"
	"time"

	"github.com/cofferstore/coffer/usage"
)

// maxNames bounds the names of an item, in bytes; rows hold twice as many.
const maxNames = 2048

// counted tells what a request counts and where; ok is false when it is none
// that counts.
//
// Requests that administer the server are not of statistics. One that was
// refused is no operation, but what it moved counts if the bucket is there: a
// name that nobody has does not become an item.
func counted(e *usage.Entry) (k Key, c Counters, ok bool) {
	if e.Protocol != "s3" && e.Protocol != "swift" || len(e.Bucket)+len(e.User) > maxNames {
		return k, c, false
	}
	c.NetIO = NetIO{Uploaded: max(e.ObjectReceived, 0), Downloaded: max(e.ObjectSent, 0)}
	if e.Status < 400 {
		*c.Ops.of(e.Class)++
	} else if c == (Counters{}) || e.Bucket != "" && e.Owner == "" {
		return k, c, false
	}
	return Key{Bucket: e.Bucket, Epoch: e.Incarnation, UserID: e.User}, c, true
}

// of returns the counter of a class.
func (o *Ops) of(class string) *int64 {
	switch class {
	case "put":
		return &o.Put
	case "get":
		return &o.Get
	case "list":
		return &o.List
	}
	return &o.Other // there is no counter of deletes
}

// sums are an object that takes in requests, or that waits to be written. They
// are guarded by the lock of their Log.
type sums struct {
	seq    int64
	start  int64     // seconds since 1970; moved on while another object has the name
	opened time.Time // the same by the clock that tells how long it has been open

	items map[Key]*sum
	dirty []*sum // are not written as they are

	closed  bool
	period  int64 // seconds covered, once it is closed
	written bool  // its head is in the index, unless somebody has deleted it
	told    int64 // the period that was written
}

type sum struct {
	Item
	dirty bool
}

// newSums opens an object that starts at a second, which may be a little in the
// future.
func newSums(now time.Time, start, seq int64) *sums {
	return &sums{seq: seq, start: start, opened: now.Add(time.Unix(start, 0).Sub(now)), items: make(map[Key]*sum)}
}

// covers returns the seconds that the object covers. A clock that was set back
// takes nothing away as far as it is time.Now.
func (s *sums) covers(now time.Time) int64 {
	if s.closed {
		return s.period
	}
	return max(int64(now.Sub(s.opened)/time.Second), 0)
}

func (s *sums) has(k Key) bool { return s.items[k] != nil }

func (s *sums) add(k Key, c *Counters) {
	it := s.items[k]
	if it == nil {
		k.Bucket, k.UserID = strings.Clone(k.Bucket), strings.Clone(k.UserID) // not the request that they are part of
		it = &sum{Item: Item{Key: k}}
		s.items[k] = it
	}
	it.Counters.add(c)
	s.soil(it)
}

func (s *sums) soil(it *sum) {
	if !it.dirty {
		it.dirty = true
		s.dirty = append(s.dirty, it)
	}
}

// shift moves an object whose name is taken to a later second, which does not
// change when it ends.
func (s *sums) shift(start int64) {
	by := start - s.start
	s.start, s.opened, s.period = start, s.opened.Add(time.Duration(by)*time.Second), max(s.period-by, 0)
}
