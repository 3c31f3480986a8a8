package awssig

import (
	"iter"
	"strings"
)

// parameter is one item of a query, its name and value as they were sent.
// hasValue tells "acl=" from "acl".
type parameter struct {
	name, value string
	hasValue    bool
}

// parameters yields the items of a query in its order, without empty ones.
func parameters(query string) iter.Seq[parameter] {
	return func(yield func(parameter) bool) {
		for query != "" {
			var item string
			item, query, _ = strings.Cut(query, "&")
			if item == "" {
				continue
			}
			name, value, has := strings.Cut(item, "=")
			if !yield(parameter{name, value, has}) {
				return
			}
		}
	}
}

// unescape resolves percent escapes and, as net/url does, reads '+' as a space.
func unescape(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s
	}
	return string(appendUnescaped(nil, s, true))
}

// unescapePercent resolves percent escapes and nothing else.
func unescapePercent(s string) string {
	if strings.IndexByte(s, '%') < 0 {
		return s
	}
	return string(appendUnescaped(nil, s, false))
}

// mechanisms are the kinds of credentials that a query holds.
type mechanisms struct{ v4, v2 bool }

func queryMechanisms(query string) (m mechanisms) {
	if query == "" {
		return m
	}
	for p := range parameters(query) {
		switch unescape(p.name) {
		case "X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature":
			m.v4 = true
		case "AWSAccessKeyId", "Signature":
			m.v2 = true
		}
	}
	return m
}
