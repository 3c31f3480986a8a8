package utapihttp

import (
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cofferstore/coffer/usage/utapi"
)

// maxBody bounds the body of a request, in bytes.
const maxBody = 1 << 20

// Actions. What they list differs in the range alone.
const (
	actionList   = "ListMetrics"
	actionRecent = "ListRecentMetrics"
)

// request is what is asked for.
type request struct {
	action string
	level  utapi.Level
	names  []string
	times  utapi.Range
}

// parseRequest judges a request in the order in which scality/utapi does.
func parseRequest(method string, u *url.URL, body []byte, now time.Time) (*request, error) {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return nil, errInvalidURI
	}
	if method == http.MethodGet {
		return nil, errForbidden
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil || members == nil {
		return nil, errParameter
	}
	if query.Get("Action") == "" {
		return nil, errAction
	}
	q := &request{action: query.Get("Action")}
	var ok bool
	if q.level, ok = levelOf(u.Path); !ok || method != http.MethodPost || !isAction(q.action) {
		return nil, errNotImplemented
	}
	return q, q.fill(members, now)
}

func isAction(name string) bool { return name == actionList || name == actionRecent }

// levelOf returns what a path lists.
func levelOf(path string) (utapi.Level, bool) {
	switch path {
	case "/buckets", "/accounts", "/users", "/service":
		return utapi.Level(path[1:]), true
	case "/", "":
		return utapi.Service, true
	}
	return "", false
}

// fill reads the members of the body; unknown ones do not count.
func (q *request) fill(members map[string]json.RawMessage, now time.Time) error {
	list, listed := members[string(q.level)]
	if listed {
		if q.names = parseNames(list); len(q.names) == 0 {
			return errParameter
		}
	}
	times, timed := members["timeRange"]
	if q.action == actionRecent {
		q.times, timed = utapi.Recent(now), true
	} else if timed {
		var ok bool
		if q.times, ok = parseTimes(times, now); !ok {
			return errTimeRange
		}
	}
	if !listed || !timed {
		return errFormat
	}
	return nil
}

// parseNames returns the strings of an array, nil where it is anything else.
func parseNames(raw json.RawMessage) []string {
	var items []*string
	if json.Unmarshal(raw, &items) != nil {
		return nil
	}
	names := make([]string, len(items))
	for i, s := range items {
		if s == nil {
			return nil
		}
		names[i] = *s
	}
	return names
}

// parseTimes reads one or two times in milliseconds since 1970. Without the
// second, the range ends now.
func parseTimes(raw json.RawMessage, now time.Time) (r utapi.Range, ok bool) {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil || len(items) < 1 || len(items) > 2 {
		return r, false
	}
	var times [2]time.Time
	for i, item := range items {
		ms, ok := parseInteger(string(item))
		if !ok {
			return r, false
		}
		times[i] = time.UnixMilli(ms)
	}
	if len(items) == 1 {
		return utapi.RangeFrom(times[0], now)
	}
	r = utapi.Range{Start: times[0], End: times[1]}
	return r, r.Valid()
}

// parseInteger reads a JSON number that has no fraction, below 2^53.
func parseInteger(s string) (int64, bool) {
	if s == "" || !strings.ContainsRune("-0123456789", rune(s[0])) {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) >= 1<<53 {
		return 0, false
	}
	return int64(f), true
}
