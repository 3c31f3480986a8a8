package badgerindex

import (
	"slices"
	"sync"
)

// inbox is where calls of Update wait for the executor, which takes them in
// groups: to wake it for each of them would cost as much as half of what it does.
type inbox struct {
	ready chan struct{} // that as many as are wanted have come; now and then for nothing

	mu      sync.Mutex
	waiting []*request
	wanted  int // how many the executor waits for; 0: it does not wait
}

func newInbox() *inbox { return &inbox{ready: make(chan struct{}, 1)} }

// put adds a call. Whoever puts it waits for its answer, or drops it, so that there
// are never more of them than callers.
func (in *inbox) put(r *request) {
	in.mu.Lock()
	in.waiting = append(in.waiting, r)
	enough := in.wanted > 0 && len(in.waiting) >= in.wanted
	if enough {
		in.wanted = 0
	}
	in.mu.Unlock()
	if !enough {
		return
	}
	select {
	case in.ready <- struct{}{}:
	default: // the executor is woken anyway
	}
}

// take appends all calls to list when there are at least n. If not, ready tells
// when there are.
func (in *inbox) take(list []*request, n int) []*request {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.waiting) < n {
		in.wanted = n
		return list
	}
	in.wanted = 0
	list = append(list, in.waiting...)
	clear(in.waiting)
	in.waiting = in.waiting[:0]
	return list
}

// len returns how many calls wait.
func (in *inbox) len() int {
	in.mu.Lock()
	defer in.mu.Unlock()
	return len(in.waiting)
}

// drop removes a call whose caller goes, unless it was taken.
func (in *inbox) drop(r *request) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if i := slices.Index(in.waiting, r); i >= 0 {
		in.waiting = slices.Delete(in.waiting, i, i+1)
	}
}
