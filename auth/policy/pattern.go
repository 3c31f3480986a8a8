package policy

import (
	"strings"
	"unicode/utf8"
)

// pattern is a compiled string with wildcards and policy variables.
type pattern struct {
	parts []part
}

type partKind uint8

const (
	literal  partKind = iota
	anyRun            // * : any run of characters
	anyOne            // ? : one character
	variable          // ${name} or ${name, 'default'}
)

type part struct {
	kind       partKind
	text       string // literal text, or the variable name as of Context
	fallback   string
	hasDefault bool
}

// compilePattern compiles s. With variables set, ${...} is a policy variable;
// else it is text (policies of version 2008-10-17).
func compilePattern(s string, variables bool) (pattern, error) {
	var p pattern
	for len(s) > 0 {
		i := strings.IndexAny(s, "*?$")
		if i < 0 {
			p.literal(s)
			break
		}
		p.literal(s[:i])
		s = s[i:]
		switch {
		case s[0] == '*':
			p.parts = append(p.parts, part{kind: anyRun})
			s = s[1:]
		case s[0] == '?':
			p.parts = append(p.parts, part{kind: anyOne})
			s = s[1:]
		case variables && strings.HasPrefix(s, "${"):
			end := strings.IndexByte(s, '}')
			if end < 0 {
				return p, malformed("a policy variable is not closed: " + clip(s))
			}
			if err := p.variable(s[2:end]); err != nil {
				return p, err
			}
			s = s[end+1:]
		default:
			p.literal(s[:1])
			s = s[1:]
		}
	}
	return p, nil
}

func (p *pattern) literal(s string) {
	if s == "" {
		return
	}
	if n := len(p.parts); n > 0 && p.parts[n-1].kind == literal {
		p.parts[n-1].text += s
		return
	}
	p.parts = append(p.parts, part{kind: literal, text: s})
}

func (p *pattern) variable(s string) error {
	switch s {
	case "*", "?", "$":
		p.literal(s)
		return nil
	}
	name, rest, hasDefault := strings.Cut(s, ",")
	v := part{kind: variable, text: conditionKey(strings.TrimSpace(name)), hasDefault: hasDefault}
	if hasDefault {
		rest = strings.TrimSpace(rest)
		if len(rest) < 2 || rest[0] != '\'' || rest[len(rest)-1] != '\'' {
			return malformed("the default of a policy variable is not in single quotes: " + clip(s))
		}
		v.fallback = rest[1 : len(rest)-1]
	}
	if v.text == "" || strings.ContainsAny(v.text, " ${") {
		return malformed("not a policy variable: " + clip(s))
	}
	p.parts = append(p.parts, v)
	return nil
}

// match tells whether the whole of s is matched; a variable stands for its
// value, taken literally. resolved is false when the answer hangs on a variable
// that has no single value: then nothing is matched.
//
// After a mismatch it goes back to the last * only, so the time is bounded by
// the product of both lengths.
func (p pattern) match(s string, c Context) (matched, resolved bool) {
	if len(p.parts) == 1 && p.parts[0].kind == literal {
		return s == p.parts[0].text, true
	}
	i, rest := 0, s
	star, starRest := -1, ""
	for {
		if i < len(p.parts) {
			q := &p.parts[i]
			if q.kind == anyRun {
				star, starRest = i, rest
				i++
				continue
			}
			n, ok := q.prefix(rest, c)
			if !ok {
				return false, false
			}
			if n >= 0 {
				i, rest = i+1, rest[n:]
				continue
			}
		} else if rest == "" {
			return true, true
		}
		if star < 0 || starRest == "" {
			return false, true
		}
		_, n := utf8.DecodeRuneInString(starRest)
		starRest = starRest[n:]
		i, rest = star+1, starRest
	}
}

// prefix returns how many bytes at the start of s the part matches, or -1; ok is
// false for a variable without a value.
func (q *part) prefix(s string, c Context) (n int, ok bool) {
	text := q.text
	switch q.kind {
	case anyOne:
		if s == "" {
			return -1, true
		}
		_, n := utf8.DecodeRuneInString(s)
		return n, true
	case variable:
		if text, ok = q.value(c); !ok {
			return 0, false
		}
	}
	if !strings.HasPrefix(s, text) {
		return -1, true
	}
	return len(text), true
}

// value returns what a variable stands for.
func (q *part) value(c Context) (string, bool) {
	if values, found := lookup(c, q.text); found && len(values) == 1 {
		return values[0], true
	}
	return q.fallback, q.hasDefault
}

// text returns the pattern with its variables replaced; wildcards are text.
func (p pattern) text(c Context) (string, bool) {
	var b strings.Builder
	for i := range p.parts {
		q := &p.parts[i]
		text, ok := q.text, true
		if q.kind == variable {
			text, ok = q.value(c)
		}
		if !ok {
			return "", false
		}
		b.WriteString(text)
	}
	return b.String(), true
}

// matches is match without variables.
func (p pattern) matches(s string) bool {
	ok, _ := p.match(s, nil)
	return ok
}

// clip shortens a piece of a policy for an error text.
func clip(s string) string {
	const most = 64
	if len(s) > most {
		s = s[:most] + "..."
	}
	return s
}
