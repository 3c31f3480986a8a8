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
// that deletes, which need some space too, still work.
type spaceGuard struct {
	media   []driver.Space
	reserve int64
	now     func() time.Time
	log     *slog.Logger

	mu    sync.Mutex
	known time.Time // when free was looked up; zero: it must be looked up
	free  int64
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
	now := g.now()
	if age := now.Sub(g.known); g.known.IsZero() || age >= spaceEvery || age < 0 {
		if err := g.look(ctx); err != nil {
			if ctx.Err() == nil {
				g.log.WarnContext(ctx, "free space is not known", "error", err)
			}
			return nil
		}
		g.known = now
	}
	if g.free-need < g.reserve {
		return fmt.Errorf("%w: less than %d bytes would stay free", ErrInsufficientStorage, g.reserve)
	}
	return nil
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
