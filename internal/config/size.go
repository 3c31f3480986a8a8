package config

import (
	"errors"
	"math"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
)

// Size is a number of bytes, written as 1048576, 1MiB or 1.5GB.
type Size int64

var _ pflag.Value = (*Size)(nil)

// sizeUnits are tried in this order: a unit comes before its own ending.
var sizeUnits = []struct {
	name  string
	bytes float64
}{
	{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"TiB", 1 << 40},
	{"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12},
	{"K", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {"T", 1 << 40},
	{"B", 1}, {"", 1},
}

// Set implements [pflag.Value].
func (s *Size) Set(text string) error {
	text = strings.TrimSpace(text)
	for _, u := range sizeUnits {
		number, ok := cutSuffixFold(text, u.name)
		if !ok {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || math.IsNaN(v) || v < 0 || v*u.bytes > 1<<62 {
			break
		}
		*s = Size(v * u.bytes)
		return nil
	}
	return errors.New("want a size such as 256MiB or 1GB")
}

func cutSuffixFold(s, suffix string) (string, bool) {
	if len(s) < len(suffix) || !strings.EqualFold(s[len(s)-len(suffix):], suffix) {
		return s, false
	}
	return s[:len(s)-len(suffix)], true
}

// String implements [pflag.Value].
func (s *Size) String() string {
	v, unit := int64(*s), 0
	names := []string{"", "KiB", "MiB", "GiB", "TiB"}
	for v != 0 && v%1024 == 0 && unit < len(names)-1 {
		v, unit = v/1024, unit+1
	}
	return strconv.FormatInt(v, 10) + names[unit]
}

// Type implements [pflag.Value]; help shows it.
func (s *Size) Type() string { return "size" }
