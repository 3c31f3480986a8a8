package policy

import (
	"encoding/base64"
	"math/big"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// operator is a family of comparisons.
type operator struct {
	negated bool
	compile func(want string, variables bool) (test, error)
}

// findOperator finds a condition operator by its name without quantifier and
// IfExists; case does not matter. Negated ones share the comparison of their
// positive form.
func findOperator(name string) (operator, bool) {
	switch strings.ToLower(name) {
	case "stringequals":
		return operator{compile: stringEquals}, true
	case "stringnotequals":
		return operator{negated: true, compile: stringEquals}, true
	case "stringequalsignorecase":
		return operator{compile: stringEqualsFold}, true
	case "stringnotequalsignorecase":
		return operator{negated: true, compile: stringEqualsFold}, true
	case "stringlike":
		return operator{compile: stringLike}, true
	case "stringnotlike":
		return operator{negated: true, compile: stringLike}, true
	case "bool":
		return operator{compile: boolean}, true
	case "binaryequals":
		return operator{compile: binaryEquals}, true
	case "ipaddress":
		return operator{compile: ipAddress}, true
	case "notipaddress":
		return operator{negated: true, compile: ipAddress}, true
	case "arnequals", "arnlike":
		return operator{compile: arnLike}, true
	case "arnnotequals", "arnnotlike":
		return operator{negated: true, compile: arnLike}, true
	}
	if rest, ok := cutPrefixFold(name, "Numeric"); ok {
		return ordered(rest, numeric)
	}
	if rest, ok := cutPrefixFold(name, "Date"); ok {
		return ordered(rest, date)
	}
	return operator{}, false
}

// ordered builds the six comparisons of an ordered type: holds gets the sign of
// "value compared with want".
func ordered(name string, compile func(holds func(int) bool) func(string, bool) (test, error)) (operator, bool) {
	switch strings.ToLower(name) {
	case "equals":
		return operator{compile: compile(func(c int) bool { return c == 0 })}, true
	case "notequals":
		return operator{negated: true, compile: compile(func(c int) bool { return c == 0 })}, true
	case "lessthan":
		return operator{compile: compile(func(c int) bool { return c < 0 })}, true
	case "lessthanequals":
		return operator{compile: compile(func(c int) bool { return c <= 0 })}, true
	case "greaterthan":
		return operator{compile: compile(func(c int) bool { return c > 0 })}, true
	case "greaterthanequals":
		return operator{compile: compile(func(c int) bool { return c >= 0 })}, true
	}
	return operator{}, false
}

// stringEquals compares byte by byte: wildcards are text, variables are not.
func stringEquals(want string, variables bool) (test, error) {
	p, err := compileText(want, variables)
	return func(v string, c Context) bool {
		ok, _ := p.match(v, c)
		return ok
	}, err
}

func stringEqualsFold(want string, variables bool) (test, error) {
	p, err := compileText(want, variables)
	return func(v string, c Context) bool {
		want, ok := p.text(c)
		return ok && strings.EqualFold(want, v)
	}, err
}

// compileText compiles a string in which * and ? stand for themselves.
func compileText(s string, variables bool) (pattern, error) {
	p, err := compilePattern(s, variables)
	for i, q := range p.parts {
		switch q.kind {
		case anyRun:
			p.parts[i] = part{kind: literal, text: "*"}
		case anyOne:
			p.parts[i] = part{kind: literal, text: "?"}
		}
	}
	return p, err
}

func stringLike(want string, variables bool) (test, error) {
	p, err := compilePattern(want, variables)
	return func(v string, c Context) bool {
		ok, _ := p.match(v, c)
		return ok
	}, err
}

func boolean(want string, variables bool) (test, error) {
	if variables && strings.HasPrefix(want, "${") {
		return stringEqualsFold(want, variables)
	}
	if !isBool(want) {
		return nil, malformed("Bool takes true or false")
	}
	return func(v string, _ Context) bool { return strings.EqualFold(v, want) }, nil
}

func binaryEquals(want string, _ bool) (test, error) {
	w, err := base64.StdEncoding.DecodeString(want)
	if err != nil {
		return nil, malformed("BinaryEquals takes base64")
	}
	return func(v string, _ Context) bool {
		b, err := base64.StdEncoding.DecodeString(v)
		return err == nil && string(b) == string(w)
	}, nil
}

func ipAddress(want string, _ bool) (test, error) {
	net, err := netip.ParsePrefix(want)
	if err != nil {
		addr, err := netip.ParseAddr(want)
		if err != nil {
			return nil, malformed("Invalid IP address or range: " + clip(want))
		}
		net = netip.PrefixFrom(addr, addr.BitLen())
	}
	net = net.Masked()
	return func(v string, _ Context) bool {
		addr, err := netip.ParseAddr(v)
		return err == nil && net.Contains(addr.Unmap().WithZone(""))
	}, nil
}

// arnLike compares ARNs member by member: a wildcard does not reach over a
// colon, but in the last member.
func arnLike(want string, variables bool) (test, error) {
	const colons = 6
	fields := strings.SplitN(want, ":", colons)
	pats := make([]pattern, len(fields))
	for i, f := range fields {
		p, err := compilePattern(f, variables)
		if err != nil {
			return nil, err
		}
		pats[i] = p
	}
	if len(fields) != colons && want != "*" {
		return nil, malformed("Invalid ARN in a condition: " + clip(want))
	}
	return func(v string, c Context) bool {
		if want == "*" {
			return true
		}
		got := strings.SplitN(v, ":", colons)
		if len(got) != colons {
			return false
		}
		for i, p := range pats {
			if ok, _ := p.match(got[i], c); !ok {
				return false
			}
		}
		return true
	}, nil
}

func numeric(holds func(int) bool) func(string, bool) (test, error) {
	return func(want string, _ bool) (test, error) {
		w, ok := parseNumber(want)
		if !ok {
			return nil, malformed("Invalid number in a condition: " + clip(want))
		}
		return func(v string, _ Context) bool {
			n, ok := parseNumber(v)
			return ok && holds(n.Cmp(w))
		}, nil
	}
}

// parseNumber reads a decimal number of bounded length, exactly.
func parseNumber(s string) (*big.Rat, bool) {
	if len(s) == 0 || len(s) > 40 || strings.Trim(s, "+-.0123456789") != "" {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

func date(holds func(int) bool) func(string, bool) (test, error) {
	return func(want string, _ bool) (test, error) {
		w, ok := parseDate(want)
		if !ok {
			return nil, malformed("Invalid date in a condition: " + clip(want))
		}
		return func(v string, _ Context) bool {
			t, ok := parseDate(v)
			return ok && holds(t.Compare(w))
		}, nil
	}
}

// parseDate reads the ISO 8601 forms of W3C's date note, and seconds since 1970.
func parseDate(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02", "2006-01", "2006"} {
		if len(layout) == 4 && len(s) != 4 {
			continue
		}
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return time.Unix(n, 0), true
	}
	return time.Time{}, false
}
