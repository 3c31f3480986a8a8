package objstore

import (
	"sync"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

// pinSet keeps the sweep from blobs that may still be read. Whoever looks for an
// object pins the time at which they began: all trash that was written since must
// stay. Once it is known which blobs the object has, these are pinned instead, so
// that a reader that takes days holds up nothing else.
type pinSet struct {
	mu    sync.Mutex
	head  *pin // of those that pin a time
	blobs map[driver.BlobID]int
}

// pin is one use of the blobs that an object named at a time.
type pin struct {
	set        *pinSet
	start      time.Time
	extents    []extent // whose blobs are pinned; nil while the time is
	uses       int
	prev, next *pin
}

// add returns a pin of a time, with one use.
func (p *pinSet) add(start time.Time) *pin {
	n := &pin{set: p, start: start, uses: 1}
	p.mu.Lock()
	defer p.mu.Unlock()
	if n.next = p.head; n.next != nil {
		n.next.prev = n
	}
	p.head = n
	return n
}

// oldest returns the earliest start; ok is false when no time is pinned.
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

// pinned tells whether somebody may read the blob.
func (p *pinSet) pinned(id driver.BlobID) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.blobs[id] > 0
}

// narrow pins the blobs of the extents instead of the time. The extents must not
// change, and must be those of an object that was found under the pin.
func (n *pin) narrow(extents []extent) {
	p := n.set
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.blobs == nil {
		p.blobs = make(map[driver.BlobID]int)
	}
	for i := range extents {
		p.blobs[extents[i].blob]++
	}
	n.extents = extents
	n.unlink()
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
	if n.extents == nil {
		n.unlink()
		return
	}
	for i := range n.extents {
		id := n.extents[i].blob
		if p.blobs[id]--; p.blobs[id] == 0 {
			delete(p.blobs, id)
		}
	}
}

// unlink takes the pin from the list of those that pin a time.
func (n *pin) unlink() {
	if n.prev != nil {
		n.prev.next = n.next
	} else {
		n.set.head = n.next
	}
	if n.next != nil {
		n.next.prev = n.prev
	}
	n.prev, n.next = nil, nil
}

// trashHorizon returns the time before which a trash row must have been
// written for its blob to be removed at now, if it is not pinned itself. A
// transaction takes some time between writing its trash row and being seen: a
// reader that found an object meanwhile has a later start than the row, hence the
// grace before a pin too.
func (s *Store) trashHorizon(now time.Time) time.Time {
	horizon := now
	if start, ok := s.pins.oldest(); ok && start.Before(horizon) {
		horizon = start
	}
	return horizon.Add(-s.opt.TrashGrace)
}
