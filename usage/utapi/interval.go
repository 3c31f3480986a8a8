package utapi

import "time"

// Interval is the resolution of metrics.
const Interval = 15 * time.Minute

// interval is a span of 15 minutes, counted since 1970 in UTC; it is named by
// its start.
type interval uint64

// intervalOf returns the interval that t is in. Times before 1970 are in the
// first.
func intervalOf(t time.Time) interval {
	return interval(max(t.UnixMilli(), 0) / Interval.Milliseconds())
}

// Range is a span of time, both ends included. The protocol has it in
// milliseconds since 1970.
type Range struct{ Start, End time.Time }

// Valid tells whether r is one that can be asked for: it starts where an
// interval does, ends with the last millisecond of one, and not before it
// starts.
func (r Range) Valid() bool {
	step := Interval.Milliseconds()
	start, end := r.Start.UnixMilli(), r.End.UnixMilli()
	return start >= 0 && start%step == 0 && (end+1)%step == 0 && start <= end
}

// RangeFrom returns the range from start until now. It is not ok where
// start is in the future or no start of an interval.
func RangeFrom(start, now time.Time) (r Range, ok bool) {
	ms := start.UnixMilli()
	return Range{start, now}, ms >= 0 && ms%Interval.Milliseconds() == 0 && !start.After(now)
}

// Recent returns the range from the start of the interval before the one
// that now is in until now.
func Recent(now time.Time) Range {
	at := intervalOf(now)
	return Range{(at - min(at, 1)).start(), now}
}

func (i interval) start() time.Time {
	return time.UnixMilli(int64(i) * Interval.Milliseconds()).UTC()
}
