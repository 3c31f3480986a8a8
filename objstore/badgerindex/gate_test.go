package badgerindex

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

func TestGate(t *testing.T) {
	g := newGate()
	require.NoError(t, g.enter())
	shutNow := make(chan error)
	go func() { shutNow <- g.close() }()
	for g.state.Load() < shut {
		runtime.Gosched()
	}
	assert.ErrorIs(t, g.enter(), driver.ErrClosed)
	assert.ErrorIs(t, g.close(), driver.ErrClosed)
	g.leave()
	assert.NoError(t, <-shutNow)
	assert.ErrorIs(t, g.enter(), driver.ErrClosed)
}
