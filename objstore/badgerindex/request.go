package badgerindex

import (
	"context"
	"runtime"
	"sync/atomic"

	"github.com/cofferstore/coffer/objstore/driver"
)

// request is one call of Update on its way through the executor.
type request struct {
	fn    func(driver.Txn) error
	state atomic.Int32 // requestQueued, ...
	done  chan struct{}

	// The answer, valid once done is closed.
	err      error
	panicked any  // what fn panicked with
	exited   bool // fn called runtime.Goexit, as t.FailNow does
}

const (
	requestQueued int32 = iota
	requestRunning
	requestAbandoned
)

func newRequest(fn func(driver.Txn) error) *request {
	return &request{fn: fn, done: make(chan struct{})}
}

// begin claims the request for the executor, unless its caller has gone.
func (r *request) begin() bool { return r.state.CompareAndSwap(requestQueued, requestRunning) }

func (r *request) answer(err error) {
	r.err = err
	close(r.done)
}

// await returns the answer. What fn did to its goroutine happens to the
// caller's. If ctx ends before fn has begun, fn never runs.
func (r *request) await(ctx context.Context) error {
	select {
	case <-r.done:
	case <-ctx.Done():
		if r.state.CompareAndSwap(requestQueued, requestAbandoned) {
			return ctx.Err()
		}
		<-r.done
	}
	if r.exited {
		runtime.Goexit()
	}
	if r.panicked != nil {
		panic(r.panicked)
	}
	return r.err
}
