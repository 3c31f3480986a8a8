package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// Error is a policy document that is refused; the text is for the caller
// (S3: MalformedPolicy).
type Error struct{ Reason string }

func (e *Error) Error() string { return e.Reason }

func malformed(reason string) error { return &Error{Reason: reason} }

type member struct {
	name  string
	value json.RawMessage
}

// members splits a JSON object, in order, and refuses a name that comes twice:
// which of two Effects counts must not depend on the reader.
func members(raw json.RawMessage, what string) ([]member, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, malformed(what + " is not a JSON object")
	}
	var out []member
	seen := map[string]bool{}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		if err != nil || !ok {
			return nil, malformed("Policies must be valid JSON")
		}
		if seen[name] {
			return nil, malformed("Duplicate member " + clip(name))
		}
		seen[name] = true
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, malformed("Policies must be valid JSON")
		}
		out = append(out, member{name, value})
	}
	if _, err := d.Token(); err != nil {
		return nil, malformed("Policies must be valid JSON")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed("Policies must be valid JSON")
	}
	return out, nil
}

// stringList reads a string or a list of strings.
func stringList(raw json.RawMessage, what string) ([]string, error) {
	var one string
	if json.Unmarshal(raw, &one) == nil && !isNull(raw) {
		return []string{one}, nil
	}
	var many []json.RawMessage
	if err := json.Unmarshal(raw, &many); err != nil || isNull(raw) {
		return nil, malformed(what + " must be a string or a list of strings")
	}
	out := make([]string, 0, len(many))
	for _, v := range many {
		if err := json.Unmarshal(v, &one); err != nil || isNull(v) {
			return nil, malformed(what + " must be a string or a list of strings")
		}
		out = append(out, one)
	}
	if len(out) == 0 {
		return nil, malformed(what + " is empty")
	}
	return out, nil
}

// scalarList reads what a condition compares with: strings, numbers, booleans,
// alone or in a list.
func scalarList(raw json.RawMessage) ([]string, error) {
	var many []json.RawMessage
	if json.Unmarshal(raw, &many) != nil || isNull(raw) {
		many = []json.RawMessage{raw}
	}
	out := make([]string, 0, len(many))
	for _, v := range many {
		v = bytes.TrimSpace(v)
		switch {
		case len(v) == 0 || isNull(v) || v[0] == '{' || v[0] == '[':
			return nil, malformed("Invalid value in a condition")
		case v[0] == '"':
			var s string
			if err := json.Unmarshal(v, &s); err != nil {
				return nil, malformed("Policies must be valid JSON")
			}
			out = append(out, s)
		default:
			out = append(out, string(v))
		}
	}
	return out, nil
}

func isNull(raw json.RawMessage) bool { return string(bytes.TrimSpace(raw)) == "null" }
