package s3http

import (
	"net/url"
	"strings"
)

// maxParameters bounds the parameters of a query, since each is compared with
// a list of names.
const maxParameters = 128

// query holds the parameters of a request in the order in which they were sent.
type query []parameter

type parameter struct {
	name, value string
	bare        bool // no value was given: ?acl or ?acl=
}

// parseQuery decodes a query. Unlike url.ParseQuery it refuses what it cannot
// decode, and takes ';' for itself.
func parseQuery(raw string) (query, error) {
	if raw == "" {
		return nil, nil
	}
	q := make(query, 0, min(strings.Count(raw, "&")+1, maxParameters))
	for raw != "" {
		var pair string
		pair, raw, _ = strings.Cut(raw, "&")
		if pair == "" {
			continue
		}
		name, value, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return nil, refusal(codeInvalidURI, "")
		}
		value, err = url.QueryUnescape(value)
		if err != nil {
			return nil, refusal(codeInvalidURI, "")
		}
		if len(q) == maxParameters {
			return nil, refusal(codeInvalidURI, "Too many query parameters.")
		}
		q = append(q, parameter{name: name, value: value, bare: value == ""})
	}
	return q, nil
}

// lookup returns the value of the first parameter of that name.
func (q query) lookup(name string) (string, bool) {
	for i := range q {
		if q[i].name == name {
			return q[i].value, true
		}
	}
	return "", false
}

// all returns the values of all parameters of that name.
func (q query) all(name string) []string {
	var values []string
	for i := range q {
		if q[i].name == name {
			values = append(values, q[i].value)
		}
	}
	return values
}

func (q query) get(name string) string {
	v, _ := q.lookup(name)
	return v
}

func (q query) has(name string) bool {
	_, ok := q.lookup(name)
	return ok
}
