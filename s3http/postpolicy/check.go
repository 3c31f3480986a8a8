package postpolicy

import (
	"sort"
	"strings"
	"time"
)

// unnamed are the fields that no condition needs to name: they carry the
// signature and the file.
var unnamed = map[string]bool{
	"awsaccesskeyid": true, "signature": true, "policy": true, "x-amz-signature": true, "file": true,
}

const ignored = "x-ignore-"

// Check judges a form at the time now. fields are by name in lower case, with
// variables replaced, and have the bucket as "bucket". It returns how long the
// file may be. A refusal is an [*Error].
func (p *Policy) Check(now time.Time, fields map[string]string) (Range, error) {
	if !now.Before(p.expires) {
		return Range{}, denied("Policy expired.")
	}
	if extra := p.extra(fields); len(extra) > 0 {
		return Range{}, denied("Extra input fields: " + strings.Join(extra, ", "))
	}
	for _, c := range p.conditions {
		if !c.holds(fields) {
			return Range{}, denied("Policy Condition failed: " + c.text)
		}
	}
	return p.length, nil
}

// extra returns the fields that have no condition, sorted.
func (p *Policy) extra(fields map[string]string) []string {
	var names []string
	for name := range fields {
		if !p.named[name] && !unnamed[name] && !strings.HasPrefix(name, ignored) {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

// holds tells whether a form meets the condition. A field that is not there
// meets none, not even one that any value meets.
func (c *condition) holds(fields map[string]string) bool {
	value, there := fields[c.field]
	switch {
	case !there:
		return false
	case c.op == equals:
		return value == c.value
	case c.field == "content-type":
		return eachHasPrefix(value, c.value)
	}
	return strings.HasPrefix(value, c.value)
}

// eachHasPrefix judges a list of content types: all must begin so (S3:
// "Content-Types values for a starts-with condition that include commas are
// interpreted as lists").
func eachHasPrefix(list, prefix string) bool {
	for value := range strings.SplitSeq(list, ",") {
		if !strings.HasPrefix(strings.TrimSpace(value), prefix) {
			return false
		}
	}
	return true
}
