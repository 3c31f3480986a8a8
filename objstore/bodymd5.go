package objstore

import (
	"crypto/md5"
	"encoding/hex"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/cofferstore/coffer/internal/md5lanes"
)

const (
	// maxLateBody is the size of the longest body whose MD5 waits for others.
	// One at a time computes them, in a commit: 64 KiB would take 160 us.
	maxLateBody = 16 << 10

	// minLateBodies is how many bodies, long ones too, are on their way from a
	// client to a commit when MD5s may wait. With fewer there are processors to spare.
	minLateBodies = 4
)

// bodyMD5 is the MD5 of a body, which is computed when it is asked for. It is
// for one goroutine at a time, its owner.
type bodyMD5 struct {
	sum   [16]byte
	known bool
	body  []byte // unless it is known

	// others are those that it waits with. Only the owner sets it; while it is
	// not nil, who has their turn computes the sum and reads the body.
	others *lateMD5s
}

func knownMD5(sum [16]byte) *bodyMD5 { return &bodyMD5{sum: sum, known: true} }

// value returns the sum.
func (m *bodyMD5) value() [16]byte {
	switch {
	case m.others != nil:
		m.others.compute(m)
		m.others = nil
	case !m.known:
		m.sum, m.known = md5.Sum(m.body), true
	}
	m.body = nil
	return m.sum
}

func (m *bodyMD5) hex() string {
	sum := m.value()
	return hex.EncodeToString(sum[:])
}

// lateMD5s are bodies in memory whose MD5s nobody has asked for yet. Whoever is
// the first to ask gets those of the others with his own, for little more than
// his own would take: clients who wait for the same commit.
type lateMD5s struct {
	able   bool         // this processor gains by it
	bodies atomic.Int32 // on their way to a commit

	turn sync.Mutex // held while sums are computed

	mu      sync.Mutex // guards what follows; taken last
	waiting []*bodyMD5
}

func newLateMD5s() *lateMD5s { return &lateMD5s{able: md5lanes.Available()} }

// begin counts a body that is on its way from its client to a commit; end, or
// leave, follows.
func (l *lateMD5s) begin() { l.bodies.Add(1) }

func (l *lateMD5s) end() { l.bodies.Add(-1) }

// join lets the MD5 of a body wait if that is of use, else computes it. leave
// follows, before the memory of the body is used otherwise.
func (l *lateMD5s) join(m *bodyMD5) {
	if !l.able || l.bodies.Load() < minLateBodies || m.known || len(m.body) > maxLateBody {
		m.value()
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	m.others = l
	l.waiting = append(l.waiting, m)
}

// compute makes m known, and others who wait.
func (l *lateMD5s) compute(m *bodyMD5) {
	l.turn.Lock()
	defer l.turn.Unlock()
	if m.known {
		return
	}
	var bodies [md5lanes.Lanes][]byte
	var sums [md5lanes.Lanes][16]byte
	list := l.take(m)
	for i, m := range list {
		bodies[i] = m.body
	}
	md5lanes.Sum(bodies[:len(list)], sums[:])
	for i, m := range list {
		m.sum, m.known = sums[i], true
	}
}

// take removes up to a lane for each from those who wait, m among them.
func (l *lateMD5s) take(m *bodyMD5) []*bodyMD5 {
	list := make([]*bodyMD5, 0, md5lanes.Lanes)
	l.mu.Lock()
	defer l.mu.Unlock()
	i := slices.Index(l.waiting, m)
	l.waiting[0], l.waiting[i] = l.waiting[i], l.waiting[0]
	n := min(len(l.waiting), md5lanes.Lanes)
	list = append(list, l.waiting[:n]...)
	l.waiting = slices.Delete(l.waiting, 0, n)
	return list
}

// leave ends what begin has begun, for a body that may wait or not.
func (l *lateMD5s) leave(m *bodyMD5) {
	l.end()
	if m.others == nil {
		return
	}
	l.turn.Lock() // nobody reads the body then
	defer l.turn.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.waiting, m); i >= 0 {
		l.waiting = slices.Delete(l.waiting, i, i+1)
	}
	m.others, m.body = nil, nil
}
