package rgwadmin

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestParseSize(t *testing.T) {
	for _, c := range []struct {
		explanation, text string
		want              int64
		ok                bool
	}{
		{"bytes", "2048", 2048, true},
		{"with their unit", "2048B", 2048, true},
		{"K is 1024", "10K", 10 << 10, true},
		{"so is Ki", "10Ki", 10 << 10, true},
		{"the largest unit", "7E", 7 << 60, true},
		{"no limit", "-1", -1, true},
		{"in any unit", "-16E", -16, true},
		{"too large", "8E", 0, false},
		{"too large before the unit", "9223372036854775808", 0, false},
		{"nothing", "", 0, false},
		{"a unit alone", "M", 0, false},
		{"small letters are no units", "1k", 0, false},
		{"KB is not said what it is", "1KB", 0, false},
		{"fractions", "1.5G", 0, false},
	} {
		got, err := parseSize(c.text)
		assert.Equal(t, c.want, got, c.explanation)
		assert.Equal(t, c.ok, err == nil, c.explanation)
	}
}

func FuzzParseSize(f *testing.F) {
	f.Add("10M")
	f.Add("-1E")
	f.Fuzz(func(t *testing.T, s string) {
		if n, err := parseSize(s); err == nil && s[0] != '-' {
			assert.GreaterOrEqual(t, n, int64(0), "a size does not turn into no limit")
		}
	})
}
