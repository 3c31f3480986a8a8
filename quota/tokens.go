package quota

import (
	"math"
	"time"
)

// tokens is a token bucket; what is taken may run into debt. It is guarded by
// the lock of its limiter.
type tokens struct {
	rate float64 // a second; 0 = there is no limit
	most float64 // capacity
	have float64
	at   time.Time
}

func newTokens(rate, most float64, now time.Time) tokens {
	return tokens{rate: rate, most: most, have: most, at: now}
}

// refill brings have up to now. A clock that went back adds nothing.
func (t *tokens) refill(now time.Time) {
	if d := now.Sub(t.at).Seconds(); d > 0 {
		t.have = math.Min(t.most, t.have+d*t.rate)
	}
	t.at = now
}

// lack returns how long it takes until there are n tokens; 0 = they are there.
func (t *tokens) lack(n float64, now time.Time) time.Duration {
	if t.rate == 0 {
		return 0
	}
	t.refill(now)
	if t.have >= n {
		return 0
	}
	return seconds((n - t.have) / t.rate)
}

// take takes n tokens; debt is at most floor.
func (t *tokens) take(n, floor float64, now time.Time) {
	if t.rate == 0 {
		return
	}
	t.refill(now)
	t.have = math.Max(t.have-n, -floor)
}

// seconds is a duration that is never 0, and no longer than an hour.
func seconds(s float64) time.Duration {
	return max(time.Duration(math.Min(s, 3600)*float64(time.Second)), time.Nanosecond)
}
