package policy

import (
	"encoding/json"
	"strings"
)

// quantifier says how several values of a key are judged.
type quantifier uint8

const (
	plain  quantifier = iota // a key of one value; of several, as forAny
	forAll                   // ForAllValues:
	forAny                   // ForAnyValue:
)

// condition is one operator over one key: it holds when the request's values
// stand in its relation to the policy's.
type condition struct {
	key      string // as Context says
	quantity quantifier
	ifExists bool
	null     bool // the Null operator: wants says whether the key must be absent
	wantNull bool
	negated  bool // StringNotEquals and the like: the negation of test
	fixed    bool // limits the callers to a fixed set; see Public
	tests    []test
}

// test compares one value of the request with one of the policy.
type test func(value string, c Context) bool

// compileConditions compiles a Condition element: {operator: {key: values}}.
func compileConditions(raw json.RawMessage, o ParseOptions, variables bool) ([]condition, error) {
	ops, err := members(raw, "Condition")
	if err != nil {
		return nil, err
	}
	var out []condition
	for _, op := range ops {
		keys, err := members(op.value, "Condition")
		if err != nil {
			return nil, err
		}
		if len(keys) == 0 {
			return nil, malformed("Condition operator without a key: " + clip(op.name))
		}
		for _, k := range keys {
			c, err := compileCondition(op.name, k.name, k.value, o, variables)
			if err != nil {
				return nil, err
			}
			out = append(out, c)
		}
	}
	return out, nil
}

func compileCondition(name, key string, raw json.RawMessage, o ParseOptions, variables bool) (condition, error) {
	c := condition{key: conditionKey(key)}
	if key == "" || !strings.Contains(key, ":") || o.KnownKeys && !known(c.key) {
		return c, malformed("Policy has an invalid condition key")
	}
	values, err := scalarList(raw)
	if err != nil {
		return c, err
	}
	if rest, ok := cutPrefixFold(name, "ForAllValues:"); ok {
		name, c.quantity = rest, forAll
	} else if rest, ok := cutPrefixFold(name, "ForAnyValue:"); ok {
		name, c.quantity = rest, forAny
	}
	if n := len(name) - len("IfExists"); n > 0 && strings.EqualFold(name[n:], "IfExists") {
		name, c.ifExists = name[:n], true
	}
	if strings.EqualFold(name, "Null") {
		if c.ifExists || len(values) != 1 || !isBool(values[0]) {
			return c, malformed("Null takes one boolean")
		}
		c.null, c.wantNull = true, strings.EqualFold(values[0], "true")
		return c, nil
	}
	op, ok := findOperator(name)
	if !ok {
		return c, malformed("Invalid Condition type : " + clip(name))
	}
	c.negated = op.negated
	c.fixed = !c.negated && !c.ifExists && c.quantity != forAll && isFixed(name, c.key, values)
	for _, v := range values {
		t, err := op.compile(v, variables)
		if err != nil {
			return c, err
		}
		c.tests = append(c.tests, t)
	}
	return c, nil
}

// holds tells whether the condition is met.
//
// A missing key fails a positive comparison and passes a negated one; IfExists
// passes; ForAllValues passes as there is no value to fail; ForAnyValue fails.
func (c *condition) holds(ctx Context) bool {
	values, ok := lookup(ctx, c.key)
	present := ok && len(values) > 0
	if c.null {
		return present != c.wantNull
	}
	if !present {
		switch {
		case c.ifExists || c.quantity == forAll:
			return true
		case c.quantity == forAny:
			return false
		}
		return c.negated
	}
	if c.quantity == forAll || c.quantity == plain && c.negated {
		for _, v := range values {
			if !c.accepts(v, ctx) {
				return false
			}
		}
		return true
	}
	for _, v := range values {
		if c.accepts(v, ctx) {
			return true
		}
	}
	return false
}

// accepts judges one value: it must equal one of the policy's or, negated, none.
func (c *condition) accepts(value string, ctx Context) bool {
	for _, t := range c.tests {
		if t(value, ctx) {
			return !c.negated
		}
	}
	return c.negated
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix) {
		return s[len(prefix):], true
	}
	return s, false
}

func isBool(s string) bool { return strings.EqualFold(s, "true") || strings.EqualFold(s, "false") }
