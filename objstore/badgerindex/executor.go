package badgerindex

import (
	"errors"
	"log/slog"
	"runtime"
	"runtime/debug"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Bounds at which a batch takes no further function, so that one batch does
// not keep its callers waiting for very long.
const (
	fullRequests = 1024
	fullRows     = 8 << 10
	fullBytes    = 1 << 20
)

// maxGroup is how many calls are waited for at most before they are run, so that
// some are run while a batch is in flight.
const maxGroup = 64

// executor runs Update functions, one at a time, and makes batches of them. All
// its fields but the channels belong to its goroutine.
type executor struct {
	inbox  *inbox
	launch chan *batch // to the committer; at most one is in flight
	landed chan error  // from the committer
	quit   chan struct{}
	done   chan struct{} // closed when the goroutine has ended

	store *store
	log   *slog.Logger
	stats *counters
	space *spaceWatch
	wait  *patience
	vain  *vainLooks

	txn     txn        // what functions work on; txn.batch is the batch that grows
	todo    []*request // calls that were taken from the inbox
	ran     int        // how many of todo were run
	flying  *batch     // the batch that is being committed, if any
	retry   *request   // to be run again, alone in the next batch
	spare   *batch     // to be used again
	failed  error      // set once and for all when a batch could not be committed
	version uint64     // of the newest batch
	stopped bool       // the loop has ended and not just its goroutine
}

func newExecutor(st *store, limit size, log *slog.Logger, stats *counters, space *spaceWatch, wait *patience) *executor {
	x := &executor{
		inbox:  newInbox(),
		launch: make(chan *batch),
		landed: make(chan error, 1),
		quit:   make(chan struct{}),
		done:   make(chan struct{}),
		store:  st, log: log, stats: stats, space: space, wait: wait, vain: newVainLooks(),
	}
	x.txn = txn{batch: newBatch(), cache: newCache(), limit: limit}
	x.rebase()
	x.version = x.txn.base.version
	return x
}

// run is the executor's goroutine. A function that calls runtime.Goexit ends
// it; another one takes over where it was.
func (x *executor) run() {
	defer func() {
		if !x.stopped {
			go x.run()
			return
		}
		close(x.launch)
		x.txn.base.close()
		close(x.done)
	}()
	for !x.stopped {
		x.gather()
		x.dispatch()
		x.step()
	}
}

// step runs a function, or waits for something to happen and deals with it.
// Functions run while a batch is in flight; that is what makes the next one grow.
func (x *executor) step() {
	select {
	case err := <-x.landed: // its callers do not wait for a whole group
		x.land(err)
		return
	default:
	}
	if r := x.next(); r != nil {
		if r.begin() {
			x.execute(r)
		}
		return
	}
	if x.flying == nil && x.due() { // those who waited have gone
		return
	}
	select {
	case <-x.inbox.ready:
	case err := <-x.landed:
		x.land(err)
	case <-x.wait.timeout:
		x.wait.gaveUp()
	case <-x.quit: // no call is in progress: nothing is pending
		x.stopped = true
	}
}

// next returns the call whose turn it is. nil: something else has to happen first.
func (x *executor) next() *request {
	if x.full() {
		return nil
	}
	if x.ran == len(x.todo) {
		clear(x.todo)
		x.todo, x.ran = x.inbox.take(x.todo[:0], x.group()), 0
		if len(x.todo) == 0 {
			return nil
		}
	}
	x.ran++
	return x.todo[x.ran-1]
}

// group returns how many calls are to be there before they are run: as many as
// make the growing batch go, since those that come late are run when the others'
// data have left the processor's caches; maxGroup at most, and one where nobody
// is waited for. With nothing in flight it begins and ends the wait for callers.
// Some of those it counts may have gone when their turn comes.
func (x *executor) group() int {
	n, waiting := len(x.txn.batch.requests), x.waiting()
	if x.failed != nil || x.flying == nil && (n+waiting == 0 || x.wait.over(n+waiting)) {
		return 1
	}
	return min(x.wait.missing(n), maxGroup)
}

// waiting returns how many calls wait to be run.
func (x *executor) waiting() int { return len(x.todo) - x.ran + x.inbox.len() }

// full tells that the growing batch takes no further function.
func (x *executor) full() bool {
	b := x.txn.batch
	return b.sealed || len(b.requests) >= fullRequests || b.size.rows >= fullRows || b.size.bytes >= fullBytes
}

// gather lets those who are about to call Update do so before the growing batch
// goes: what is answered by one sync shares all that a batch costs. Where nobody
// else wants the processor it returns at once.
func (x *executor) gather() {
	if x.flying == nil && len(x.txn.batch.requests) > 0 && x.waiting() == 0 {
		runtime.Gosched()
	}
}

// dispatch launches the growing batch if its turn has come.
func (x *executor) dispatch() {
	for x.flying == nil && x.due() {
		x.dispatchBatch(x.txn.batch)
		if r := x.retry; r != nil {
			x.retry = nil
			x.execute(r)
		}
	}
}

// due tells whether the growing batch is to go if none is in flight.
func (x *executor) due() bool {
	n := len(x.txn.batch.requests)
	return n > 0 && (x.full() || x.waiting() == 0 && x.wait.over(n))
}

// dispatchBatch launches b, or answers it if there is nothing to launch.
func (x *executor) dispatchBatch(b *batch) {
	x.wait.end()
	if b.empty() {
		x.replace(nil).answer(nil)
		return
	}
	if err := x.space.free(b.size.bytes); err != nil {
		x.replace(nil).answer(err) // all: they may have read one another's rows
		return
	}
	x.version++
	b.version = x.version
	x.flying = x.replace(b)
	x.wait.launch()
	x.launch <- b
}

// replace puts a new batch on top of below in the place of the growing one,
// which it returns.
func (x *executor) replace(below *batch) *batch {
	b := x.txn.batch
	next := x.spare
	x.spare = nil
	if next == nil {
		next = newBatch()
	}
	next.below = below
	x.txn.batch = next
	return b
}

// execute runs one function in the growing batch.
func (x *executor) execute(r *request) {
	x.stats.updates.Add(1)
	if x.failed != nil {
		r.answer(x.failed)
		return
	}
	b := x.txn.batch
	x.txn.begin()
	returned := x.call(r)
	x.txn.base.closeCursors()
	tooBig := b.tooBig
	if !returned || r.err != nil || tooBig {
		b.rollback()
	}
	switch {
	case !returned:
		r.answer(nil)
	case tooBig && !b.empty():
		b.sealed, x.retry = true, r // it may fit when it is alone
	case tooBig && r.err == nil:
		r.err = driver.ErrTxnTooBig
		fallthrough
	default:
		b.requests = append(b.requests, r)
	}
}

// call runs the function of r and tells whether it returned. If it panics
// instead, that is kept for the caller. If it ends the goroutine, all that is
// left to do here is done on the way out.
func (x *executor) call(r *request) (returned bool) {
	defer func() {
		if returned {
			return
		}
		if r.panicked = recover(); r.panicked != nil {
			x.log.Error("panic in an Update function", "panic", r.panicked, "stack", string(debug.Stack()))
			return
		}
		r.exited = true
		x.txn.base.closeCursors()
		x.txn.batch.rollback()
		r.answer(nil)
	}()
	r.err = r.fn(&x.txn)
	return true
}

// rebase puts functions on top of what has landed.
func (x *executor) rebase() {
	x.txn.base = newSnapshot(x.store)
	x.txn.base.vain = x.vain
}

// land takes note of how the batch in flight came down.
func (x *executor) land(err error) {
	b := x.flying
	x.flying = nil
	switch {
	case errors.As(err, &refused{}):
		x.refuse(b, err)
		return
	case err != nil:
		x.fail(b, err)
		return
	}
	x.stats.landed(b)
	x.wait.land(len(b.requests), len(x.txn.batch.requests)+x.waiting())
	x.store.gaps.Commit(b.version, b.changes) // before a snapshot sees it
	x.store.epochs.advance(b.version)
	x.txn.cache.land(b)
	x.txn.base.close()
	x.rebase()
	x.txn.batch.below = nil
	b.answer(nil)
	if b.recycle() {
		x.spare = b
	}
}

// refuse answers a batch of which nothing was stored, and the one that was run
// on top of it: its functions may have read rows that are not there.
func (x *executor) refuse(b *batch, err error) {
	b.answer(err)
	x.overturn(err)
}

// overturn answers what was run on top of a batch that is not to be built on. A
// function that is to be run again has not been answered, and finds the state
// before both.
func (x *executor) overturn(err error) {
	x.replace(nil).answer(err)
	if r := x.retry; r != nil {
		x.retry = nil
		x.execute(r)
	}
}

// fail ends all writing. Whether b is stored is not known, so nothing may be
// built on either answer; a reopened index finds out. What was run on top of it
// is not stored.
func (x *executor) fail(b *batch, err error) {
	x.log.Error("a batch could not be committed; the index must be reopened", "error", err)
	x.failed = failedBy(err)
	for _, r := range b.requests {
		if r.err == nil {
			r.err = err
		}
	}
	b.answer(nil)
	x.overturn(x.failed)
}
