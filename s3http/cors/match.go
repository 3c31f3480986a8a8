package cors

import (
	"strconv"
	"strings"
)

// Match returns the first rule that allows a request: its origin, its method
// (in a preflight, the one asked for) and all the headers asked for. Nil: none.
func (c *Config) Match(origin, method string, headers []string) *Rule {
	if c == nil || origin == "" {
		return nil
	}
	for i := range c.Rules {
		r := &c.Rules[i]
		if r.allowsOrigin(origin) && r.allowsMethod(method) && r.allowsHeaders(headers) {
			return r
		}
	}
	return nil
}

func (r *Rule) allowsOrigin(origin string) bool {
	for _, o := range r.AllowedOrigins {
		if wildcard(o, origin) {
			return true
		}
	}
	return false
}

func (r *Rule) allowsMethod(method string) bool {
	for _, m := range r.AllowedMethods {
		if m == method {
			return true
		}
	}
	return false
}

func (r *Rule) allowsHeaders(headers []string) bool {
	for _, h := range headers {
		if !r.allowsHeader(h) {
			return false
		}
	}
	return true
}

func (r *Rule) allowsHeader(h string) bool {
	for _, a := range r.AllowedHeaders {
		if wildcard(strings.ToLower(a), strings.ToLower(h)) {
			return true
		}
	}
	return false
}

// wildcard matches a pattern with at most one star.
func wildcard(pattern, s string) bool {
	head, tail, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == s
	}
	return len(s) >= len(head)+len(tail) && strings.HasPrefix(s, head) && strings.HasSuffix(s, tail)
}

// SplitHeaders splits the value of Access-Control-Request-Headers.
func SplitHeaders(value string) []string {
	var out []string
	for h := range strings.SplitSeq(value, ",") {
		if h = strings.TrimSpace(h); h != "" {
			out = append(out, h)
		}
	}
	return out
}

// Field is one header of an answer.
type Field struct{ Name, Value string }

// Answer returns the headers that tell a browser what the rule allows. headers
// are those that a preflight asked for; nil outside of one.
//
// A rule for all origins is answered with "*" and without credentials, others
// with the origin itself, as S3 does.
func (r *Rule) Answer(origin string, headers []string) []Field {
	out := make([]Field, 0, 7)
	everybody := false
	for _, o := range r.AllowedOrigins {
		everybody = everybody || o == "*"
	}
	if everybody {
		out = append(out, Field{"Access-Control-Allow-Origin", "*"})
	} else {
		out = append(out, Field{"Access-Control-Allow-Origin", origin}, Field{"Access-Control-Allow-Credentials", "true"})
	}
	out = append(out, Field{"Access-Control-Allow-Methods", strings.Join(r.AllowedMethods, ", ")})
	if len(headers) > 0 {
		out = append(out, Field{"Access-Control-Allow-Headers", strings.ToLower(strings.Join(headers, ", "))})
	}
	if len(r.ExposeHeaders) > 0 {
		out = append(out, Field{"Access-Control-Expose-Headers", strings.Join(r.ExposeHeaders, ", ")})
	}
	if r.MaxAgeSeconds != nil {
		out = append(out, Field{"Access-Control-Max-Age", strconv.Itoa(*r.MaxAgeSeconds)})
	}
	return append(out, Field{"Vary", "Origin, Access-Control-Request-Headers, Access-Control-Request-Method"})
}
