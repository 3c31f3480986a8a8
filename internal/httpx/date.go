package httpx

import (
	"net/http"
	"time"
)

const (
	dayNames   = "SunMonTueWedThuFriSat"
	monthNames = "JanFebMarAprMayJunJulAugSepOctNovDec"
)

// AppendDate appends t as an HTTP date (RFC 9110, section 5.6.7), in seconds
// and rounded down.
func AppendDate(b []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	wd := int(t.Weekday()) * 3
	b = append(b, dayNames[wd:wd+3]...)
	b = append(b, ',', ' ')
	b = appendTwo(b, day)
	b = append(b, ' ')
	b = append(b, monthNames[(month-1)*3:month*3]...)
	b = append(b, ' ')
	b = appendYear(b, year)
	b = append(b, ' ')
	b = appendClock(b, hour, minute, second)
	return append(b, " GMT"...)
}

// FormatDate returns t as an HTTP date.
func FormatDate(t time.Time) string {
	var buf [len(http.TimeFormat)]byte
	return string(AppendDate(buf[:0], t))
}

// ParseDate reads an HTTP date in any of the three forms that RFC 9110 knows.
func ParseDate(s string) (time.Time, bool) {
	if s == "" {
		return time.Time{}, false
	}
	t, err := http.ParseTime(s)
	return t, err == nil
}

// AppendTimestamp appends t in UTC as 2006-01-02T15:04:05.000Z (RFC 3339 with
// milliseconds), rounded down.
func AppendTimestamp(b []byte, t time.Time) []byte {
	t = t.UTC()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	b = appendYear(b, year)
	b = append(b, '-')
	b = appendTwo(b, int(month))
	b = append(b, '-')
	b = appendTwo(b, day)
	b = append(b, 'T')
	b = appendClock(b, hour, minute, second)
	ms := t.Nanosecond() / int(time.Millisecond)
	b = append(b, '.', byte('0'+ms/100))
	b = appendTwo(b, ms%100)
	return append(b, 'Z')
}

func appendTwo(b []byte, n int) []byte {
	return append(b, byte('0'+n/10), byte('0'+n%10))
}

// appendYear writes four digits; both formats end with the year 9999.
func appendYear(b []byte, year int) []byte {
	year = min(max(year, 0), 9999)
	return appendTwo(appendTwo(b, year/100), year%100)
}

func appendClock(b []byte, hour, minute, second int) []byte {
	b = append(appendTwo(b, hour), ':')
	b = append(appendTwo(b, minute), ':')
	return appendTwo(b, second)
}
