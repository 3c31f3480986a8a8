package badgerindex

import "time"

// patience says how long the growing batch waits for callers who are likely to
// join it: those who were answered by the batch before, most of whom come back at
// once. Without it they fall into two halves, of which one prepares its calls
// while the other's batch is committed, and each sync serves half of them only;
// what a batch costs is a third of what a small write costs.
//
// A wait is bounded by what commits take, and one in vain is followed by batches
// that do not wait, twice as many each time.
type patience struct {
	now   func() time.Time
	after func(time.Duration) <-chan time.Time // time.After

	expected int              // callers
	launched time.Time        // when the batch in flight was
	took     time.Duration    // from launch to landing, the last time
	timeout  <-chan time.Time // of the present wait; nil: there is none

	distrust int // batches that do not wait after the next wait in vain, nearly
	skip     int // batches that do not wait from now on
}

// enough tells whether most of the expected callers have come: the others go on
// preparing their calls while the batch is committed.
func (p *patience) enough(callers int) bool { return 4*callers >= 3*p.expected }

// A wait lasts at most as long as some commits where those are quick, else as
// long as one.
const (
	waitCommits = 4
	longWait    = 4 * time.Millisecond

	maxDistrust = 63 // batches
)

// over tells whether a batch of so many callers is to go. If not, a wait is on,
// which ends when more have come or timeout fires.
func (p *patience) over(callers int) bool {
	switch {
	case p.enough(callers):
		if p.timeout != nil {
			p.distrust /= 2
		}
		return true
	case p.skip > 0 || p.took <= 0:
		return true
	case p.timeout == nil:
		p.timeout = p.after(max(p.took, min(waitCommits*p.took, longWait)))
	}
	return false
}

// gaveUp says that timeout has fired.
func (p *patience) gaveUp() {
	p.timeout = nil
	p.distrust = min(2*p.distrust+1, maxDistrust)
	p.skip = p.distrust + 1 // and the present one
}

// launch says that a batch goes.
func (p *patience) launch() {
	p.timeout = nil
	p.skip = max(p.skip-1, 0)
	p.launched = p.now()
}

// land says that it has answered some callers while others have come.
func (p *patience) land(answered, waiting int) {
	p.expected = answered + waiting
	p.took = p.now().Sub(p.launched)
}
