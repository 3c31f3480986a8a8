package memengine

import (
	"context"
	"hash/maphash"
	"sync"
	"sync/atomic"

	"github.com/cofferstore/coffer/objstore/driver"
)

// Bounds of one transaction. Memory would take more; a store that is tested
// here shall not meet its first [driver.ErrTxnTooBig] in production.
const (
	MaxTxnRows  = 32 << 10 // Sets, Deletes and Adds
	MaxTxnBytes = 3 << 20  // bytes of keys and values
)

var _ driver.Index = (*Index)(nil)

// Index is a [driver.Index] in memory. Its methods are safe for concurrent
// use; it owns no goroutine and no other resource.
type Index struct {
	writer chan struct{} // holds one token: the right to write
	state  atomic.Pointer[state]
	seed   maphash.Seed

	mu     sync.Mutex // guards the rest
	calls  int        // that are in progress
	closed bool
	idle   chan struct{} // closed when closed and no call is in progress
}

// state is one consistent state of an index. It never changes.
type state struct {
	rows     *node[[]byte]
	counters *node[int64]
}

// NewIndex returns an empty index.
func NewIndex() *Index {
	ix := &Index{writer: make(chan struct{}, 1), seed: maphash.MakeSeed(), idle: make(chan struct{})}
	ix.state.Store(&state{})
	return ix
}

// View implements [driver.Index].
func (ix *Index) View(ctx context.Context, fn func(driver.Reader) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := ix.enter(); err != nil {
		return err
	}
	defer ix.leave()
	return fn(&reader{state: *ix.state.Load()})
}

// Update implements [driver.Index]. Transactions run one at a time, each on
// its caller's goroutine; "stable storage" is this process's memory.
func (ix *Index) Update(ctx context.Context, fn func(driver.Txn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := ix.enter(); err != nil {
		return err
	}
	defer ix.leave()
	select {
	case ix.writer <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-ix.writer }()

	tx := &txn{reader: reader{state: *ix.state.Load()}, seed: ix.seed}
	if err := fn(tx); err != nil {
		return err
	}
	if tx.tooBig {
		return driver.ErrTxnTooBig
	}
	ix.state.Store(&tx.state)
	return nil
}

// Close implements [driver.Index]. It waits for the calls in progress.
func (ix *Index) Close() error {
	ix.mu.Lock()
	if ix.closed {
		ix.mu.Unlock()
		return driver.ErrClosed
	}
	ix.closed = true
	if ix.calls == 0 {
		close(ix.idle)
	}
	ix.mu.Unlock()
	<-ix.idle
	return nil
}

func (ix *Index) enter() error {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if ix.closed {
		return driver.ErrClosed
	}
	ix.calls++
	return nil
}

func (ix *Index) leave() {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.calls--
	if ix.closed && ix.calls == 0 {
		close(ix.idle)
	}
}
