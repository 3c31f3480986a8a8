package badgerindex

import "time"

// patience says how long the growing batch waits for callers who are likely to
// join it: those who were answered by the batch before, most of whom come back at
// once. Without it they fall into two halves, of which one prepares its calls
// while the other's batch is committed, and each sync serves half of them only;
// what a batch costs is a third of what a small write costs.
//
// They come at once or not at all: a wait ends some time after the last batch has
// landed, which is bounded by what commits take. One in vain is followed by batches
// that do not wait, twice as many each time.
type patience struct {
	now   func() time.Time
	after func(time.Duration) <-chan time.Time // time.After

	expected int              // callers
	launched time.Time        // when the batch in flight was
	landed   time.Time        // when the last one has
	took     [2]time.Duration // from launch to landing, the last times
	timeout  <-chan time.Time // of the present wait; nil: there is none

	distrust int // how many batches did not wait after the last wait in vain; less by good ones
	skip     int // batches that do not wait from now on
}

// enough tells whether most of the expected callers have come: the others go on
// preparing their calls while the batch is committed.
func (p *patience) enough(callers int) bool { return 4*callers >= 3*p.expected }

// missing returns how many more it takes for that, at least one.
func (p *patience) missing(callers int) int { return max((3*p.expected+3)/4-callers, 1) }

// A wait lasts as long as some commits where those are quick, else as long as one,
// where that is not too long.
const (
	waitCommits = 4
	longWait    = 4 * time.Millisecond
	maxWait     = 20 * time.Millisecond

	maxDistrust = 63 // batches
)

// bound returns how long after a landing callers are waited for. Of the last two
// commits the quicker one counts: the other may have been held up.
func (p *patience) bound() time.Duration {
	took := min(p.took[0], p.took[1])
	return min(max(took, min(waitCommits*took, longWait)), maxWait)
}

// over tells whether a batch of so many callers is to go. If not, a wait is on,
// which ends when more have come or timeout fires.
func (p *patience) over(callers int) bool {
	switch {
	case p.enough(callers):
		if p.timeout != nil {
			p.distrust /= 2
			p.timeout = nil
		}
		return true
	case p.skip > 0:
		return true
	case p.timeout != nil:
		return false
	}
	left := p.bound() - max(p.now().Sub(p.landed), 0)
	if left <= 0 {
		return true
	}
	p.timeout = p.after(left)
	return false
}

// gaveUp says that timeout has fired.
func (p *patience) gaveUp() {
	p.timeout = nil
	p.distrust = min(2*p.distrust+1, maxDistrust)
	p.skip = p.distrust + 1 // and the present one
}

// end ends the wait that is on, if any.
func (p *patience) end() { p.timeout = nil }

// launch says that a batch goes.
func (p *patience) launch() {
	p.skip = max(p.skip-1, 0)
	p.launched = p.now()
}

// land says that it has answered some callers while others have come.
func (p *patience) land(answered, waiting int) {
	p.expected = answered + waiting
	p.landed = p.now()
	p.took[0], p.took[1] = p.landed.Sub(p.launched), p.took[0]
}
