package postpolicy

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"math"
	"strconv"
	"strings"
	"time"
)

// Limits of a policy.
const (
	MaxSize       = 20 << 10 // bytes of JSON; S3 bounds the whole form before the file so
	maxConditions = 1000
)

// Code is the S3 error code of an [Error].
type Code string

// Codes.
const (
	InvalidPolicyDocument Code = "InvalidPolicyDocument"
	AccessDenied          Code = "AccessDenied"
)

func (c Code) Error() string { return string(c) }

// Error is a policy that is no policy, or a form that does not meet one.
type Error struct {
	Code    Code
	Message string
}

func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

func (e *Error) Unwrap() error { return e.Code }

func invalid(message string) error {
	return &Error{InvalidPolicyDocument, "Invalid Policy: " + message}
}

func denied(message string) error {
	return &Error{AccessDenied, "Invalid according to Policy: " + message}
}

// operator says how a condition compares.
type operator string

const (
	equals     operator = "eq"
	startsWith operator = "starts-with"
)

// condition is what one field must be.
type condition struct {
	op           operator
	field, value string // field is in lower case
	text         string // for messages
}

// Range bounds the length of the file, in bytes.
type Range struct{ Min, Max int64 }

// Policy is a parsed policy. It does not change.
type Policy struct {
	expires    time.Time
	conditions []condition
	named      map[string]bool // fields that have a condition
	length     Range
}

// document is the policy as JSON.
type document struct {
	Expiration *string            `json:"expiration"`
	Conditions *[]json.RawMessage `json:"conditions"`
}

// Parse reads the field "policy" of a form.
func Parse(encoded string) (*Policy, error) {
	if len(encoded) > base64.StdEncoding.EncodedLen(MaxSize) {
		return nil, invalid("The policy is longer than 20 KiB.")
	}
	data, err := base64.StdEncoding.DecodeString(encoded)
	if err != nil {
		return nil, invalid("The policy is not encoded in Base64.")
	}
	var doc document
	d := json.NewDecoder(bytes.NewReader(plainDollars(data)))
	d.DisallowUnknownFields()
	if err := d.Decode(&doc); err != nil {
		return nil, invalid("Invalid JSON.")
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, invalid("Invalid JSON.")
	}
	switch {
	case doc.Expiration == nil:
		return nil, invalid("Policy missing expiration.")
	case doc.Conditions == nil:
		return nil, invalid("Policy missing conditions.")
	case len(*doc.Conditions) > maxConditions:
		return nil, invalid("Too many conditions.")
	}
	p := &Policy{named: map[string]bool{}, length: Range{0, math.MaxInt64}}
	if p.expires, err = time.Parse(time.RFC3339, *doc.Expiration); err != nil {
		return nil, invalid("Invalid 'expiration' value: '" + *doc.Expiration + "'")
	}
	for _, raw := range *doc.Conditions {
		if err := p.add(raw); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// plainDollars replaces \$, an escape that S3 has and JSON has not.
func plainDollars(data []byte) []byte {
	out := make([]byte, 0, len(data))
	for i := 0; i < len(data); i++ {
		if data[i] == '\\' && i+1 < len(data) {
			if i++; data[i] != '$' {
				out = append(out, '\\')
			}
		}
		out = append(out, data[i])
	}
	return out
}

// add compiles one condition: {"field": "value"} or ["operator", ...].
func (p *Policy) add(raw json.RawMessage) error {
	text := string(raw)
	var object map[string]string
	if json.Unmarshal(raw, &object) == nil && object != nil {
		if len(object) != 1 {
			return invalid("Invalid Simple-Condition: Simple-Conditions must have exactly one property specified.")
		}
		for field, value := range object {
			p.require(condition{equals, strings.ToLower(field), value, `["eq", "$` + field + `", "` + value + `"]`})
		}
		return nil
	}
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil || len(list) != 3 {
		return invalid("Invalid condition: " + text)
	}
	var op string
	if json.Unmarshal(list[0], &op) != nil {
		return invalid("Invalid condition: " + text)
	}
	if strings.EqualFold(op, "content-length-range") {
		return p.addRange(list[1], list[2])
	}
	var field, value string
	if json.Unmarshal(list[1], &field) != nil || json.Unmarshal(list[2], &value) != nil || len(field) < 2 || field[0] != '$' {
		return invalid("Invalid condition: " + text)
	}
	c := condition{operator(strings.ToLower(op)), strings.ToLower(field[1:]), value, text}
	if c.op != equals && c.op != startsWith {
		return invalid("Invalid condition operator: " + op)
	}
	p.require(c)
	return nil
}

func (p *Policy) require(c condition) {
	p.conditions = append(p.conditions, c)
	p.named[c.field] = true
}

// addRange narrows the range; the ends may be numbers or strings of digits.
func (p *Policy) addRange(low, high json.RawMessage) error {
	lo, ok1 := length(low)
	hi, ok2 := length(high)
	if !ok1 || !ok2 || lo > hi {
		return invalid("Invalid content-length-range.")
	}
	p.length.Min, p.length.Max = max(p.length.Min, lo), min(p.length.Max, hi)
	return nil
}

func length(raw json.RawMessage) (int64, bool) {
	n, err := strconv.ParseInt(strings.Trim(string(raw), `"`), 10, 64)
	return n, err == nil && n >= 0
}
