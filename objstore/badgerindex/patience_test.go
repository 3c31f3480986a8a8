package badgerindex

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// waiting is a patience whose clock stands still but for commits.
type waiting struct {
	patience
	clock time.Time
	asked []time.Duration // how long waits may last
}

func newWaiting() *waiting {
	w := &waiting{clock: time.Unix(1e9, 0)}
	w.now = func() time.Time { return w.clock }
	w.after = func(d time.Duration) <-chan time.Time {
		w.asked = append(w.asked, d)
		return make(chan time.Time)
	}
	return w
}

// commit is a batch from launch to landing.
func (w *waiting) commit(took time.Duration, answered, came int) {
	w.end()
	w.launch()
	w.clock = w.clock.Add(took)
	w.land(answered, came)
}

func TestPatience(t *testing.T) {
	const quick = 300 * time.Microsecond
	for _, c := range []struct {
		name           string
		took           [2]time.Duration
		answered, came int // by the last batch, and meanwhile
		later          time.Duration
		callers        int           // in the growing batch, that much later
		limit          time.Duration // of the wait that is on; 0: the batch goes
		why            string
	}{
		{"one caller", [2]time.Duration{quick, quick}, 1, 0, 0, 1, 0, "nobody else is expected"},
		{"two halves", [2]time.Duration{quick, quick}, 8, 8, 0, 8, 4 * quick, "those who were answered come back"},
		{"nearly most", [2]time.Duration{quick, quick}, 8, 8, 0, 11, 4 * quick, "a few more are worth it"},
		{"most", [2]time.Duration{quick, quick}, 8, 8, 0, 12, 0, "the others prepare their calls meanwhile"},
		{"more than expected", [2]time.Duration{quick, quick}, 8, 8, 0, 20, 0, "there is nobody to wait for"},
		{"soon after", [2]time.Duration{quick, quick}, 16, 0, quick, 1, 3 * quick, "a part of the wait is over when the first comes"},
		{"long after", [2]time.Duration{quick, quick}, 16, 0, time.Minute, 1, 0, "who has not come back will not"},
		{"a disk of middling speed", [2]time.Duration{2 * time.Millisecond, 2 * time.Millisecond}, 8, 8, 0, 8, longWait, "nobody is kept for long"},
		{"a slow disk", [2]time.Duration{15 * time.Millisecond, 15 * time.Millisecond}, 8, 8, 0, 8, 15 * time.Millisecond,
			"a wait costs no more than the commit that it saves"},
		{"a very slow disk", [2]time.Duration{time.Second, time.Second}, 8, 8, 0, 8, maxWait, "callers with deadlines are among those who wait"},
		{"a commit that was held up", [2]time.Duration{quick, 10 * time.Second}, 8, 8, 0, 8, 4 * quick, "it tells nothing of the next one"},
		{"the first commit", [2]time.Duration{0, quick}, 8, 8, 0, 8, 0, "one tells too little"},
		{"a clock that stands still", [2]time.Duration{}, 8, 8, 0, 1, 0, "it tells nothing of commits"},
		{"a clock that was set back", [2]time.Duration{quick, -time.Hour}, 8, 8, 0, 1, 0, "likewise"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWaiting()
			assert.True(t, w.over(1), "the first batch has nobody to wait for")
			for _, took := range c.took {
				w.commit(took, c.answered, c.came)
			}
			w.clock = w.clock.Add(c.later)
			assert.Equal(t, c.limit == 0, w.over(c.callers), c.why)
			assert.Equal(t, c.limit == 0, w.over(c.callers), "asked again")
			if c.limit == 0 {
				assert.Empty(t, w.asked)
				return
			}
			assert.Equal(t, []time.Duration{c.limit}, w.asked, c.why)
			assert.NotNil(t, w.timeout)
			assert.True(t, w.over(c.answered+c.came), "all have come")
			w.end()
			assert.Nil(t, w.timeout)
		})
	}
}

// Waits in vain get rare, and common again when callers come.
func TestDistrust(t *testing.T) {
	w := newWaiting()
	w.commit(time.Millisecond, 4, 4)
	// vain counts the batches until the next wait, which is in vain.
	vain := func() (batches int) {
		for w.commit(time.Millisecond, 4, 4); w.over(4); w.commit(time.Millisecond, 4, 4) {
			batches++
		}
		w.gaveUp()
		assert.True(t, w.over(4), "the batch goes")
		return batches
	}
	var got []int
	for range 8 {
		got = append(got, vain())
	}
	assert.Equal(t, []int{0, 1, 3, 7, 15, 31, 63, 63}, got)
	for w.commit(time.Millisecond, 4, 4); w.over(4); w.commit(time.Millisecond, 4, 4) {
		continue
	}
	for range 6 {
		assert.True(t, w.over(8), "all come")
		w.commit(time.Millisecond, 4, 4)
		assert.False(t, w.over(4), "and are waited for")
	}
	w.gaveUp()
	assert.True(t, w.over(4))
	assert.Equal(t, 1, vain(), "one disappointment after many is forgiven")
}
