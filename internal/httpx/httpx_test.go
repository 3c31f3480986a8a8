package httpx_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/httpx"
)

func TestParseRange(t *testing.T) {
	for _, tc := range []struct {
		header string
		size   int64
		want   httpx.Range
		ok     bool
		err    error
		why    string
	}{
		{"", 10, httpx.Range{}, false, nil, "no header, no range"},
		{"bytes=0-4", 10, httpx.Range{Start: 0, Length: 5}, true, nil, "both ends are inclusive"},
		{"bytes=9-9", 10, httpx.Range{Start: 9, Length: 1}, true, nil, "the last byte alone"},
		{"bytes=5-", 10, httpx.Range{Start: 5, Length: 5}, true, nil, "an open range goes to the end"},
		{"bytes=5-100", 10, httpx.Range{Start: 5, Length: 5}, true, nil, "an end behind the last byte is cut"},
		{"bytes=-3", 10, httpx.Range{Start: 7, Length: 3}, true, nil, "a suffix counts from the end"},
		{"bytes=-30", 10, httpx.Range{Start: 0, Length: 10}, true, nil, "a suffix longer than the whole is the whole"},
		{"bytes=-0", 10, httpx.Range{}, true, httpx.ErrUnsatisfiable, "a suffix of nothing cannot be served"},
		{"bytes=-1", 0, httpx.Range{}, false, nil, "RFC 9110, 14.1.2: the suffix of an empty object is all of it"},
		{"bytes=0-", 0, httpx.Range{}, true, httpx.ErrUnsatisfiable, "but there is no first byte"},
		{"bytes=0-", 0, httpx.Range{}, true, httpx.ErrUnsatisfiable, "an empty object has no byte 0"},
		{"bytes=10-12", 10, httpx.Range{}, true, httpx.ErrUnsatisfiable, "a start at the size is behind the end"},
		{"bytes=4-2", 10, httpx.Range{}, false, nil, "reversed ends are malformed, so the header is ignored"},
		{"bytes=0-1,4-5", 10, httpx.Range{}, false, nil, "several ranges are ignored"},
		{"bytes=a-b", 10, httpx.Range{}, false, nil, "garbage is ignored"},
		{"bytes=-", 10, httpx.Range{}, false, nil, "no number at all is malformed"},
		{"bytes=", 10, httpx.Range{}, false, nil, "nothing behind the unit is malformed"},
		{"bytes=+1-2", 10, httpx.Range{}, false, nil, "a sign is no digit"},
		{"lines=0-1", 10, httpx.Range{}, false, nil, "another unit is ignored"},
		{"Bytes=1-2", 10, httpx.Range{Start: 1, Length: 2}, true, nil, "units are compared without case"},
		{"bytes=0-99999999999999999999999", 10, httpx.Range{Start: 0, Length: 10}, true, nil, "numbers beyond 64 bits do not overflow"},
		{"bytes=99999999999999999999999-", 10, httpx.Range{}, true, httpx.ErrUnsatisfiable, "nor do starts"},
	} {
		got, ok, err := httpx.ParseRange(tc.header, tc.size)
		assert.Equal(t, tc.want, got, "%q: %s", tc.header, tc.why)
		assert.Equal(t, tc.ok, ok, "%q: %s", tc.header, tc.why)
		assert.Equal(t, tc.err, err, "%q: %s", tc.header, tc.why)
	}
}

func FuzzParseRange(f *testing.F) {
	for _, s := range []string{"bytes=0-4", "bytes=-1", "bytes=3-", "bytes=4-2", "x", "bytes=9223372036854775807-9223372036854775808"} {
		f.Add(s, int64(10))
	}
	f.Fuzz(func(t *testing.T, header string, size int64) {
		if size < 0 {
			t.Skip()
		}
		rg, ok, err := httpx.ParseRange(header, size)
		if err != nil || !ok {
			require.Zero(t, rg)
			return
		}
		require.True(t, rg.Start >= 0 && rg.Length > 0 && rg.Start <= size-rg.Length, "%+v of %d", rg, size)
	})
}

func TestParseETags(t *testing.T) {
	for _, tc := range []struct {
		header string
		weak   bool
		want   []string
		why    string
	}{
		{"", true, nil, "no tags"},
		{`"a"`, false, []string{"a"}, "quotes are taken off"},
		{`a`, false, []string{"a"}, "many clients leave the quotes out"},
		{`"a", "b"`, false, []string{"a", "b"}, "a list"},
		{`a ,b`, false, []string{"a", "b"}, "a list without quotes"},
		{`*`, false, []string{"*"}, "anything"},
		{`W/"a"`, true, []string{"a"}, "weak comparison takes weak tags"},
		{`W/"a", "b"`, false, []string{"b"}, "strong comparison never matches a weak tag"},
		{`"a,b"`, false, []string{"a,b"}, "a comma inside quotes is part of the tag"},
		{`"a`, false, []string{"a"}, "an open quote ends with the header"},
		{`, ,`, false, nil, "empty members are skipped"},
	} {
		assert.Equal(t, tc.want, httpx.ParseETags(tc.header, tc.weak), "%q: %s", tc.header, tc.why)
	}
	assert.Equal(t, "a", httpx.Unquote(`"a"`))
	assert.Equal(t, `"a`, httpx.Unquote(`"a`), "one quote is no pair")
}

func TestDates(t *testing.T) {
	for _, when := range []time.Time{
		time.Date(1994, 11, 6, 8, 49, 37, 999_999_999, time.UTC),
		time.Date(2024, 2, 29, 23, 59, 59, 1_000_000, time.FixedZone("x", 3600)),
		time.Unix(0, 0),
		time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC),
	} {
		assert.Equal(t, when.UTC().Format(http.TimeFormat), httpx.FormatDate(when))
		assert.Equal(t, when.UTC().Format("2006-01-02T15:04:05.000Z"), string(httpx.AppendTimestamp(nil, when)))
		back, ok := httpx.ParseDate(httpx.FormatDate(when))
		require.True(t, ok)
		assert.True(t, back.Equal(when.Truncate(time.Second)), "%s", back)
	}
	_, ok := httpx.ParseDate("yesterday")
	assert.False(t, ok)
}

func TestNewRequestID(t *testing.T) {
	a, b := httpx.NewRequestID(), httpx.NewRequestID()
	assert.Len(t, a, 16)
	assert.Empty(t, strings.Trim(a, "0123456789ABCDEF"))
	assert.NotEqual(t, a, b)
}
