package bench

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestHistogramBuckets(t *testing.T) {
	for _, d := range []time.Duration{0, 1, 63, 64, 65, 127, 128, 129, 1000, 4095, 4096, time.Millisecond, time.Hour, math.MaxInt64} {
		b := bucket(d)
		assert.GreaterOrEqual(t, upper(b), d, "%d is in bucket %d", d, b)
		assert.LessOrEqual(t, float64(upper(b)-d), float64(d)/64+1, "bucket %d of %d is narrow", b, d)
		if b > 0 {
			assert.Less(t, upper(b-1), d, "%d is above the bucket before", d)
		}
	}
	assert.Equal(t, buckets-1, bucket(math.MaxInt64))
	assert.Equal(t, 0, bucket(-1), "a clock that went back")
}

func TestHistogramQuantiles(t *testing.T) {
	var a, b Histogram
	assert.Zero(t, a.Quantile(0.5), "of none")
	assert.Zero(t, a.Mean())
	for i := 1; i <= 500; i++ {
		a.Add(time.Duration(i) * time.Microsecond)
		b.Add(time.Duration(500+i) * time.Microsecond)
	}
	a.Merge(&b)
	assert.EqualValues(t, 1000, a.Count())
	assert.Equal(t, 500500*time.Nanosecond, a.Mean())
	assert.Equal(t, time.Millisecond, a.Max())
	for q, want := range map[float64]time.Duration{0: 1, 0.5: 501, 0.9: 901, 0.99: 991, 1: 1000} {
		assert.InEpsilon(t, float64(want*time.Microsecond), float64(a.Quantile(q)), 0.02, "quantile %v", q)
	}
}
