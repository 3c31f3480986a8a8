package awssig

import (
	"net/http"
	"slices"
	"strings"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/internal/vhost"
)

// formV2 picks one of the spellings of a version 2 string to sign that real
// clients use for the same request. The zero form is the documented one.
type formV2 uint8

const (
	formV2Escaped  formV2 = 1 << iota // the path re-encoded, instead of as it was sent
	formV2RawQuery                    // values of sub-resources as they were sent, instead of decoded
	formV2NoLate                      // late sub-resources left out
	formV2Folded                      // runs of spaces in x-amz-* headers as one
	formV2Slash                       // "/bucket" as "/bucket/"
)

// resourceRules tell what of a request is its canonical resource.
type resourceRules struct {
	domains vhost.Domains
	always  map[string]bool
	late    map[string]bool
	sole    map[string]bool
}

func newResourceRules(o *Options) *resourceRules {
	return &resourceRules{
		domains: vhost.NewDomains(o.Domains),
		always:  setOf(o.SubResources),
		late:    setOf(o.LateSubResources),
		sole:    setOf(o.SoleSubResources),
	}
}

func setOf(names []string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}

// forms returns the spellings that differ from the documented one for this
// request.
func (u *resourceRules) forms(c *claimV2, s *scratch) (f formV2) {
	if s.buf = appendEscaped(s.buf[:0], c.path, escapePath); string(s.buf) != c.path {
		f |= formV2Escaped
	}
	if hasFoldedAmz(c.Header, s) {
		f |= formV2Folded
	}
	if u.soleFlag(c.message) != "" {
		return f
	}
	if len(c.path) > 1 && strings.LastIndexByte(c.path, '/') == 0 && u.domains.Bucket(c.host()) == "" {
		f |= formV2Slash // what is behind a bucket's host is a key: "a/" is another
	}
	for p := range parameters(c.query) {
		name := unescape(p.name)
		if u.late[name] && c.transport != auth.TransportQuery {
			f |= formV2NoLate // who was given a URL must not add to it
		}
		if (u.late[name] || u.always[name]) && (unescapePercent(p.value) != p.value || p.hasValue && p.value == "") {
			f |= formV2RawQuery
		}
	}
	return f
}

// hasFoldedAmz tells whether folding changes any x-amz-* header.
func hasFoldedAmz(h http.Header, s *scratch) bool {
	for name, values := range h {
		if !isAmz(name) {
			continue
		}
		for _, v := range values {
			if s.buf = appendFolded(s.buf[:0], v); string(s.buf) != strings.TrimSpace(v) {
				return true
			}
		}
	}
	return false
}

// appendResource appends the canonical resource: the bucket of a virtual host,
// the path, and the sub-resources.
func (u *resourceRules) appendResource(dst []byte, m message, f formV2, s *scratch) []byte {
	if flag := u.soleFlag(m); flag != "" {
		return append(append(dst, "/?"...), flag...)
	}
	if b := u.domains.Bucket(m.host()); b != "" {
		dst = append(append(dst, '/'), b...)
	}
	if f&formV2Escaped != 0 {
		dst = appendEscaped(dst, m.path, escapePath)
	} else {
		dst = append(dst, m.path...)
	}
	if f&formV2Slash != 0 {
		dst = append(dst, '/')
	}
	return u.appendSubResources(dst, m, f, s)
}

// appendSubResources appends the signed part of the query, sorted by name.
func (u *resourceRules) appendSubResources(dst []byte, m message, f formV2, s *scratch) []byte {
	s.query, s.items = s.query[:0], s.items[:0]
	for p := range parameters(m.query) {
		name := unescape(p.name)
		if !u.always[name] && (!u.late[name] || f&formV2NoLate != 0) {
			continue
		}
		it := queryItem{name: len(s.query)}
		s.query = append(s.query, name...)
		it.value = len(s.query)
		switch {
		case f&formV2RawQuery != 0 && p.hasValue:
			s.query = append(append(s.query, '='), p.value...)
		case p.value != "":
			s.query = appendUnescaped(append(s.query, '='), p.value, false)
		}
		it.end = len(s.query)
		s.items = append(s.items, it)
	}
	slices.SortStableFunc(s.items, s.compareNames)
	for i, it := range s.items {
		dst = append(dst, "?&"[min(i, 1)])
		dst = append(dst, s.query[it.name:it.end]...)
	}
	return dst
}

// soleFlag returns the flag that is all of the query that is signed, or "".
func (u *resourceRules) soleFlag(m message) string {
	if m.path != "/" || m.query == "" || len(u.sole) == 0 || u.domains.Bucket(m.host()) != "" {
		return ""
	}
	for p := range parameters(m.query) {
		if name := unescape(p.name); p.value == "" && u.sole[name] {
			return name
		}
	}
	return ""
}
