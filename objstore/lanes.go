package objstore

import (
	"runtime"
	"sync"

	"github.com/klauspost/cpuid/v2"
	md5simd "github.com/minio/md5-simd"
)

const (
	// lanesOfGroup is how many MD5s advance at a time.
	lanesOfGroup = 16

	// minLaneBodies is the least number of bodies at a time that are worth
	// hashing side by side: with fewer, most lanes stay empty.
	minLaneBodies = 4

	// maxGroupHashers bounds how many hashers a group makes; bodies that come
	// when all are lent have an MD5 of their own. It is high because bodies in
	// lanes and bodies beside them compete for cores, and those in lanes lose.
	maxGroupHashers = 256
)

// lanes lend hashers whose MD5s are computed side by side: vector instructions
// advance up to 16 of them in the time of a few, on one goroutine a group.
//
//	body ── blocks ──▶ ┐
//	body ── blocks ──▶ ├ group (goroutine) ── sum ──▶ the body that asks
//	body ── blocks ──▶ ┘
//
// What md5simd asks for, as of 1.1.2:
//   - A hasher is made once and kept, never closed or dropped: none that was
//     made is forgotten.
//   - All bytes but those of a body's last write come in whole blocks of MD5,
//     or hashers that hold all buffers may wait for each other for ever.
//   - A body that breaks off is summed up as well: its group has then seen all
//     of it. A group is not woken for a Reset, and some of them in a row fill
//     its queue: the next Sum would wait for ever.
type lanes struct {
	from      int // bodies at a time from which on they are hashed side by side
	maxGroups int

	mu     sync.Mutex
	bodies int // that are hashed now, in lanes or not
	groups []*laneGroup
}

// laneGroup are hashers that share a goroutine. The mutex of lanes guards it.
type laneGroup struct {
	server md5simd.Server
	made   int
	free   []*hasher
}

// newLanes suits the machine. Up to two bodies a core have an MD5 of their
// own: cores are not scarce then. The rest of the work for a body takes about
// twice the time of its MD5 in a full group, so that one group suffices for
// three cores. Without AVX2 there is nothing to gain.
func newLanes() *lanes {
	procs := runtime.GOMAXPROCS(0)
	l := &lanes{from: max(minLaneBodies, 2*procs), maxGroups: (procs + 2) / 3}
	if !cpuid.CPU.Supports(cpuid.AVX2) {
		l.maxGroups = 0
	}
	return l
}

// get counts a body and returns a hasher for it, which is not reset; nil: it is
// to have an MD5 of its own. Either way put follows.
func (l *lanes) get() *hasher {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bodies++
	if l.bodies < l.from {
		return nil
	}
	g := l.group()
	if g == nil || g.lent() == maxGroupHashers {
		return nil
	}
	return g.get()
}

// put ends a body of get. The hasher b may be in the middle of it.
func (l *lanes) put(b *hasher) {
	if b.group != nil && !b.summed {
		b.md5.Sum(nil)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bodies--
	if b.group != nil {
		b.group.free = append(b.group.free, b)
	}
}

// group returns the group for one more body: the first that has an empty lane,
// so that groups are full or idle, else a new one, else the least busy.
func (l *lanes) group() *laneGroup {
	var least *laneGroup
	for _, g := range l.groups {
		if g.lent() < lanesOfGroup {
			return g
		}
		if least == nil || g.lent() < least.lent() {
			least = g
		}
	}
	if len(l.groups) == l.maxGroups {
		return least
	}
	g := &laneGroup{server: md5simd.NewServer()}
	l.groups = append(l.groups, g)
	return g
}

// close ends the goroutines; every hasher was put back. Later bodies have an
// MD5 of their own.
func (l *lanes) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, g := range l.groups {
		g.server.Close()
	}
	l.groups, l.maxGroups = nil, 0
}

// lent is how many hashers of g are in use.
func (g *laneGroup) lent() int { return g.made - len(g.free) }

func (g *laneGroup) get() *hasher {
	if n := len(g.free); n > 0 {
		b := g.free[n-1]
		g.free = g.free[:n-1]
		return b
	}
	g.made++
	return &hasher{md5: g.server.NewHash(), group: g}
}
