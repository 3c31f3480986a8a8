package awssig

import (
	"net/http"
	"strings"
	"time"
)

// dateLayouts are the forms of a Date or x-amz-date header beside those of
// http.ParseTime (RFC 1123 with GMT, RFC 850, asctime). RFC 2822 allows one
// digit for the day and any numeric zone.
var dateLayouts = [...]string{
	"Mon, _2 Jan 2006 15:04:05 -0700",
	"Mon, 2 Jan 2006 15:04:05 MST",
	"_2 Jan 2006 15:04:05 -0700",
	"Mon, _2 Jan 06 15:04:05 -0700",
	"Mon, 2 Jan 2006 15:04 -0700",
	time.RFC3339,
	"2006-01-02T15:04:05-0700",
	"2006-01-02T15:04:05.000-0700",
}

// maxDate bounds a date header, in bytes.
const maxDate = 64

// parseDate reads the date of a request. A zone must be numeric, GMT or UTC.
func parseDate(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if len(s) > maxDate {
		return time.Time{}, false
	}
	if t, ok := parseStamp(s); ok {
		return t, true
	}
	if t, err := http.ParseTime(s); err == nil {
		return checkZone(t)
	}
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return checkZone(t)
		}
	}
	return time.Time{}, false
}

// checkZone refuses a zone by name: time.Parse makes up an offset of zero for
// those that it does not know.
func checkZone(t time.Time) (time.Time, bool) {
	name, offset := t.Zone()
	named := offset == 0 && name != "" && name != "UTC" && name != "GMT" && name != "Z" && name[0] != '+' && name[0] != '-'
	return t, !named
}
