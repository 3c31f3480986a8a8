package rgwlog

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// ParseTime reads a date as the Ceph Object Gateway takes it: "2026-11-22",
// "2026-11-22 10:32:43", with a 'T' in place of the space, with a fraction of
// the second, with 'Z' or an offset like "+01:00" or "+0100"; or seconds since
// 1970 with an optional fraction. Without an offset it is UTC. Everything else
// is [ErrInvalidDate].
func ParseTime(s string) (time.Time, error) {
	for _, layout := range [...]string{
		time.DateOnly, time.DateTime, "2006-01-02T15:04:05",
		time.RFC3339, "2006-01-02T15:04:05Z0700", "2006-01-02 15:04:05Z07:00", "2006-01-02 15:04:05Z0700",
	} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	whole, fraction, _ := strings.Cut(s, ".")
	sec, err := strconv.ParseUint(whole, 10, 36) // until the year 4147
	if err != nil || len(fraction) > 9 || strings.Trim(fraction, "0123456789") != "" {
		return time.Time{}, fmt.Errorf("%w: %.64q", ErrInvalidDate, s)
	}
	nanos, _ := strconv.Atoi((fraction + "000000000")[:9]) // digits only
	return time.Unix(int64(sec), int64(nanos)).UTC(), nil
}
