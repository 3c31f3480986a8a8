package quota

import (
	"math"
	"time"
)

// subject is the state of the limits of one user or bucket.
type subject struct {
	limits  Limits
	expires time.Time // when limits are to be read again
	used    time.Time

	ops                                      map[Class]*tokens // by class; the empty one is the default
	readOps, writeOps, readBytes, writeBytes tokens            // of RateSpec; the last two count bytes
	out                                      tokens            // BandwidthOut, in bytes
}

// set gives a subject its limits. Tokens of a limit that stays as it was stay.
func (s *subject) set(l Limits, now time.Time) {
	adopt := func(t *tokens, rate, most float64) {
		if t.rate != rate || t.most != most {
			*t = newTokens(rate, most, now)
		}
	}
	minute := func(t *tokens, n int64) {
		if !l.Rate.Enabled {
			n = 0
		}
		adopt(t, float64(n)/60, float64(n))
	}
	minute(&s.readOps, l.Rate.MaxReadOps)
	minute(&s.writeOps, l.Rate.MaxWriteOps)
	minute(&s.readBytes, l.Rate.MaxReadBytes)
	minute(&s.writeBytes, l.Rate.MaxWriteBytes)
	perSecond := float64(l.BandwidthOut) * 1024
	adopt(&s.out, perSecond, perSecond)

	if s.ops == nil {
		s.ops = make(map[Class]*tokens)
	}
	for class, rate := range map[Class]float64{
		"": l.Ops.Default, ClassGet: l.Ops.Get, ClassPut: l.Ops.Put, ClassList: l.Ops.List, ClassDelete: l.Ops.Delete,
	} {
		if rate == 0 {
			delete(s.ops, class)
			continue
		}
		if s.ops[class] == nil {
			s.ops[class] = &tokens{}
		}
		adopt(s.ops[class], rate, math.Max(1, math.Ceil(rate)))
	}
	s.limits = l
}

// opsOf returns the tokens of a class, nil without a limit.
func (s *subject) opsOf(c Class) *tokens {
	if t := s.ops[c]; t != nil {
		return t
	}
	return s.ops[""]
}

// retryOps is what who is refused for operations a second is told to wait
// (ostor-limits: Retry-After: 1).
const retryOps = time.Second

// lack returns how long a request should wait; 0 = it may go on.
func (s *subject) lack(c Class, write bool, now time.Time) time.Duration {
	ops, in := &s.readOps, &s.readBytes
	if write {
		ops, in = &s.writeOps, &s.writeBytes
	}
	wait := max(ops.lack(1, now), in.lack(0, now))
	if t := s.opsOf(c); t != nil && t.lack(1, now) > 0 {
		wait = max(wait, retryOps)
	}
	return wait
}

// charge takes the tokens of a request that may go on.
func (s *subject) charge(c Class, write bool, now time.Time) {
	ops := &s.readOps
	if write {
		ops = &s.writeOps
	}
	ops.take(1, math.MaxFloat64, now)
	if t := s.opsOf(c); t != nil {
		t.take(1, math.MaxFloat64, now)
	}
}

// chargeBytes counts what a request has moved.
func (s *subject) chargeBytes(write bool, n int64, now time.Time) {
	t := &s.readBytes
	if write {
		t = &s.writeBytes
	}
	t.take(float64(n), t.most, now)
}

// unlimited tells whether nothing would be lost if s were forgotten but what
// its limits are.
func (s *subject) unlimited() bool { return s.limits == Limits{} }
