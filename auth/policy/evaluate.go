package policy

import "strings"

// Decision is what a policy says of a request.
type Decision uint8

// Decisions. NoMatch leaves it to others, which in the end is a denial.
const (
	NoMatch Decision = iota
	Allow
	Deny
)

// String returns "no match", "allow" or "deny".
func (d Decision) String() string { return [...]string{"no match", "allow", "deny"}[d] }

// Result is a decision and the statement that made it.
type Result struct {
	Decision Decision

	// Sid is the statement's id, Index its position from 0; -1 with NoMatch.
	Sid   string
	Index int
}

// Evaluate judges a request: a matching Deny wins over any Allow. Of several
// statements that decide it, the first is told.
func (p *Policy) Evaluate(r *Request) Result {
	out := Result{Index: -1}
	if p == nil {
		return out
	}
	action := strings.ToLower(r.Action)
	p.judge(&out, p.general, r, action)
	for _, arn := range r.Principal.ARNs {
		p.judge(&out, p.named[arn], r, action)
	}
	return out
}

// judge asks the statements at the given places.
func (p *Policy) judge(out *Result, places []int, r *Request, action string) {
	for _, i := range places {
		st := &p.statements[i]
		says := Allow
		if st.deny {
			says = Deny
		}
		if says < out.Decision || says == out.Decision && i > out.Index || !st.match(r, action, p.home) {
			continue
		}
		*out = Result{Decision: says, Sid: st.sid, Index: i}
	}
}

func (st *statement) match(r *Request, action, home string) bool {
	if st.actions.match(action) == st.notAction {
		return false
	}
	if st.principals != nil && st.principals.match(r.Principal) == st.notPrinc {
		return false
	}
	if st.resources != nil && !st.matchResource(r, home) {
		return false
	}
	for i := range st.conditions {
		if !st.conditions[i].holds(r.Context) {
			return false
		}
	}
	return true
}

// matchResource judges Resource or NotResource. A variable without a value must
// not widen what a NotResource allows, nor narrow what it denies.
func (st *statement) matchResource(r *Request, home string) bool {
	unresolved := false
	for _, e := range st.resources {
		matched, resolved := e.match(r.Resource, home, r.Context)
		if matched {
			return !st.notRes
		}
		unresolved = unresolved || !resolved
	}
	return st.notRes && (st.deny || !unresolved)
}
