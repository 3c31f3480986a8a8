package s3test

import (
	"context"
	"sync"
	"time"
)

// Clock is the time of a server: the real time and an offset. Its methods are
// safe for concurrent use.
type Clock struct {
	mu      sync.Mutex
	offset  time.Duration
	changed chan struct{} // closed and replaced when offset changes
}

func newClock() *Clock { return &Clock{changed: make(chan struct{})} }

// Now returns the server's time.
func (c *Clock) Now() time.Time {
	now, _ := c.look()
	return now
}

func (c *Clock) look() (time.Time, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.offset), c.changed
}

// Advance moves the clock on by d, or back if d is negative.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.offset += d
	close(c.changed)
	c.changed = make(chan struct{})
}

// Set makes it t now.
func (c *Clock) Set(t time.Time) { c.Advance(t.Sub(c.Now())) }

// wait returns when d has passed on the clock, be it that it was advanced.
func (c *Clock) wait(ctx context.Context, d time.Duration) error {
	now, changed := c.look()
	until := now.Add(d)
	for now.Before(until) {
		timer := time.NewTimer(until.Sub(now))
		select {
		case <-timer.C:
		case <-changed:
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
		timer.Stop()
		now, changed = c.look()
	}
	return nil
}
