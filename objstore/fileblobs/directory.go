package fileblobs

import "sync"

// directory is one directory of the fan-out. It coalesces syncs: at most one is
// in flight, and all who ask meanwhile share the next.
type directory struct {
	path string

	mu       sync.Mutex
	next     *syncRound // the sync that callers now join; nil: none waits
	failures int        // syncs that failed so far

	inFlight sync.Mutex // held during a sync
}

// syncRound is one sync and its outcome.
type syncRound struct {
	done chan struct{}
	err  error
}

// epoch is taken before a name is made in the directory and handed to sync.
func (d *directory) epoch() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.failures
}

// sync makes the names that are in the directory durable. A sync that failed
// may have left the system believing that nothing is left to write; a name from
// before it, which its epoch tells, is refused with [ErrSyncLost].
func (d *directory) sync(fsys FS, epoch int) error {
	if err := d.join(fsys); err != nil {
		return err
	}
	if d.epoch() != epoch {
		return ErrSyncLost
	}
	return nil
}

// join waits for a sync that starts after the call, and runs it when nobody
// else does.
func (d *directory) join(fsys FS) error {
	d.mu.Lock()
	if r := d.next; r != nil {
		d.mu.Unlock()
		<-r.done
		return r.err
	}
	r := &syncRound{done: make(chan struct{})}
	d.next = r
	d.mu.Unlock()

	d.inFlight.Lock()
	d.mu.Lock()
	d.next = nil
	d.mu.Unlock()
	r.err = fsys.SyncDir(d.path)
	if r.err != nil {
		d.mu.Lock()
		d.failures++
		d.mu.Unlock()
	}
	d.inFlight.Unlock()
	close(r.done)
	return r.err
}
