package objstore

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/cofferstore/coffer/objstore/driver"
)

// spaceEvery is how long a known amount of free space is believed.
const spaceEvery = time.Second

// spaceGuard refuses writes that bring data when the media are nearly full, so
// that deletes, which need some space too, still work. Bodies on their way count
// with all that they may become: many at a time leave the reserve alone too.
type spaceGuard struct {
	media   []driver.Space
	reserve int64
	now     func() time.Time
	log     *slog.Logger

	mu       sync.Mutex
	known    time.Time // when free was looked up; zero: it must be looked up
	free     int64
	written  int64 // bytes that were taken since
	promised int64 // bytes that bodies on their way may still take
}

func newSpaceGuard(e driver.Engine, o Options) *spaceGuard {
	g := &spaceGuard{reserve: o.Reserve, now: o.Now, log: o.Logger}
	if o.Reserve == 0 {
		return g
	}
	for _, medium := range []any{e.Blobs, e.Index} {
		if m, ok := medium.(driver.Space); ok {
			g.media = append(g.media, m)
		}
	}
	return g
}

// check returns ErrInsufficientStorage unless the reserve is left after need
// more bytes.
func (g *spaceGuard) check(ctx context.Context, need int64) error {
	if len(g.media) == 0 {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.require(ctx, need)
}

// require is check, under the lock.
func (g *spaceGuard) require(ctx context.Context, need int64) error {
	now := g.now()
	if age := now.Sub(g.known); g.known.IsZero() || age >= spaceEvery || age < 0 {
		if err := g.look(ctx); err != nil {
			if ctx.Err() == nil {
				g.log.WarnContext(ctx, "free space is not known", "error", err)
			}
			return nil
		}
		g.known, g.written = now, 0
	}
	if g.free-g.written-g.promised-need < g.reserve {
		return fmt.Errorf("%w: less than %d bytes would stay free", ErrInsufficientStorage, g.reserve)
	}
	return nil
}

// spaceClaim is the space that one body may take. The zero value is that of a
// store without a reserve.
type spaceClaim struct {
	g    *spaceGuard
	ctx  context.Context
	left int64 // bytes
}

// claim is check, and keeps need bytes for a body, until they are taken or the
// claim ends.
func (g *spaceGuard) claim(ctx context.Context, need int64) (spaceClaim, error) {
	if len(g.media) == 0 {
		return spaceClaim{}, nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if err := g.require(ctx, need); err != nil {
		return spaceClaim{}, err
	}
	g.promised += need
	return spaceClaim{g: g, ctx: ctx, left: need}, nil
}

// take says that n bytes of the body have come. Those that were not claimed are
// claimed now, which may be refused.
func (c *spaceClaim) take(n int64) error {
	g := c.g
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if more := n - c.left; more > 0 {
		if err := g.require(c.ctx, more); err != nil {
			return err
		}
		g.promised += more
		c.left = n
	}
	c.left -= n
	g.promised -= n
	g.written += n
	return nil
}

// end gives back what was not taken.
func (c *spaceClaim) end() {
	if c.g == nil {
		return
	}
	c.g.mu.Lock()
	c.g.promised -= c.left
	c.g.mu.Unlock()
	c.left = 0
}

// look sets free to that of the fullest medium.
func (g *spaceGuard) look(ctx context.Context) error {
	for i, m := range g.media {
		free, _, err := m.Space(ctx)
		if err != nil {
			return err
		}
		if i == 0 || free < g.free {
			g.free = free
		}
	}
	return nil
}

// expire makes the next check look again.
func (g *spaceGuard) expire() {
	g.mu.Lock()
	g.known = time.Time{}
	g.mu.Unlock()
}
