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
	w.launch()
	w.clock = w.clock.Add(took)
	w.land(answered, came)
}

func TestPatience(t *testing.T) {
	const took = 300 * time.Microsecond
	for _, c := range []struct {
		name           string
		took           time.Duration
		answered, came int // by the last batch, and meanwhile
		callers        int // in the growing batch
		over           bool
		limit          time.Duration // of the wait that is on
		why            string
	}{
		{"one caller", took, 1, 0, 1, true, 0, "nobody else is expected"},
		{"two halves", took, 8, 8, 8, false, 4 * took, "those who were answered come back"},
		{"nearly all", took, 8, 8, 11, false, 4 * took, "a few more are worth it"},
		{"most", took, 8, 8, 12, true, 0, "the others prepare their calls meanwhile"},
		{"more than expected", took, 8, 8, 20, true, 0, "there is nobody to wait for"},
		{"a disk that takes its time", 20 * time.Millisecond, 8, 8, 8, false, 20 * time.Millisecond, "a wait costs no more than the commit that it saves"},
		{"a disk of middling speed", 2 * time.Millisecond, 8, 8, 8, false, longWait, "nobody is kept for long"},
		{"a clock that stands still", 0, 8, 8, 1, true, 0, "it tells nothing of commits"},
		{"a clock that was set back", -time.Hour, 8, 8, 1, true, 0, "likewise"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWaiting()
			assert.True(t, w.over(1), "the first batch has nobody to wait for")
			w.commit(c.took, c.answered, c.came)
			assert.Equal(t, c.over, w.over(c.callers), c.why)
			assert.Equal(t, c.over, w.over(c.callers), "asked again")
			if c.over {
				assert.Empty(t, w.asked)
				assert.Nil(t, w.timeout)
				return
			}
			assert.Equal(t, []time.Duration{c.limit}, w.asked, c.why)
			assert.NotNil(t, w.timeout)
			assert.True(t, w.over(c.answered+c.came), "all have come")
			w.launch()
			assert.Nil(t, w.timeout, "the wait has ended")
		})
	}
}

// Waits in vain get rare, and common again when callers come.
func TestDistrust(t *testing.T) {
	w := newWaiting()
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
