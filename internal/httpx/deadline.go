package httpx

import (
	"sync"
	"time"
)

// lazyDeadline is the deadline of one direction of a connection. It is set when a
// call begins that it bounds, or is under way, and not if the one that is set ends
// a little earlier. net/http and [Stall] move deadlines some ten times in a
// request, most often between two calls, and each move takes the time of a
// short system call.
type lazyDeadline struct {
	mu    sync.Mutex
	set   func(time.Time) error
	has   time.Time // what the connection has
	wants time.Time // what was asked for last
	calls int       // that are under way
}

// earlier is the part of a deadline's time by which the call may end before.
const earlier = 8

// ask is what the connection's method does.
func (d *lazyDeadline) ask(t time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.wants = t
	if d.calls > 0 {
		return d.settle()
	}
	return nil
}

// begin is called before a call that may wait.
func (d *lazyDeadline) begin() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	_ = d.settle() // of a closed connection: the call tells
}

// end is called after it.
func (d *lazyDeadline) end() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls--
}

// settle sets the deadline that is wanted, unless the present one is as good.
func (d *lazyDeadline) settle() error {
	if d.good() {
		return nil
	}
	err := d.set(d.wants)
	if err == nil {
		d.has = d.wants
	}
	return err
}

// good tells whether a call may begin with the deadline that is set.
func (d *lazyDeadline) good() bool {
	if d.wants.IsZero() || d.has.IsZero() {
		return d.wants.Equal(d.has)
	}
	later := d.wants.Sub(d.has)
	return later == 0 || later > 0 && later <= time.Until(d.wants)/earlier
}
