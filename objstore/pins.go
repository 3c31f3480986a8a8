package objstore

import (
	"sync"
	"time"
)

// pinSet holds the times at which objects that may still be read were found.
// Trash that was written since the oldest of them must stay.
type pinSet struct {
	mu   sync.Mutex
	head *pin
	n    int
}

// pin is one use of the blobs that an object named at a time.
type pin struct {
	set        *pinSet
	start      time.Time
	uses       int
	prev, next *pin
}

// add returns a pin with one use.
func (p *pinSet) add(start time.Time) *pin {
	n := &pin{set: p, start: start, uses: 1}
	p.mu.Lock()
	defer p.mu.Unlock()
	if n.next = p.head; n.next != nil {
		n.next.prev = n
	}
	p.head = n
	p.n++
	return n
}

// oldest returns the earliest start; ok is false when nothing is pinned.
func (p *pinSet) oldest() (start time.Time, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for n := p.head; n != nil; n = n.next {
		if !ok || n.start.Before(start) {
			start, ok = n.start, true
		}
	}
	return start, ok
}

// hold adds a use; the pin must have one.
func (n *pin) hold() {
	n.set.mu.Lock()
	n.uses++
	n.set.mu.Unlock()
}

// release ends a use; the last one unpins.
func (n *pin) release() {
	p := n.set
	p.mu.Lock()
	defer p.mu.Unlock()
	if n.uses--; n.uses > 0 {
		return
	}
	if n.prev != nil {
		n.prev.next = n.next
	} else {
		p.head = n.next
	}
	if n.next != nil {
		n.next.prev = n.prev
	}
	p.n--
}

// trashHorizon returns the time before which a trash row must have been
// written for its blob to be removed at now. A transaction takes some time
// between writing its trash row and being seen: a reader that found an object
// meanwhile has a later start than the row, hence the grace before a pin too.
func (s *Store) trashHorizon(now time.Time) time.Time {
	horizon := now
	if start, ok := s.pins.oldest(); ok && start.Before(horizon) {
		horizon = start
	}
	return horizon.Add(-s.opt.TrashGrace)
}
