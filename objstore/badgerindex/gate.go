package badgerindex

import (
	"sync/atomic"

	"github.com/cofferstore/coffer/objstore/driver"
)

// gate counts the calls in progress and keeps new ones out once it is shut.
type gate struct {
	state atomic.Int64  // calls in progress; plus shut
	empty chan struct{} // receives one value when the last call leaves a shut gate
}

const shut = 1 << 62

func newGate() *gate { return &gate{empty: make(chan struct{}, 1)} }

func (g *gate) enter() error {
	if g.state.Add(1) >= shut {
		g.leave()
		return driver.ErrClosed
	}
	return nil
}

func (g *gate) leave() {
	if g.state.Add(-1) == shut {
		select {
		case g.empty <- struct{}{}:
		default: // a late enter and leave
		}
	}
}

// close shuts the gate and waits until nobody is inside.
func (g *gate) close() error {
	for {
		calls := g.state.Load()
		if calls >= shut {
			return driver.ErrClosed
		}
		if !g.state.CompareAndSwap(calls, calls+shut) {
			continue
		}
		if calls > 0 {
			<-g.empty
		}
		return nil
	}
}
