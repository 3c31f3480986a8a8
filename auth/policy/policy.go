package policy

import (
	"encoding/json"
	"strings"
)

// MaxSize is the largest policy document in bytes (S3: 20 KB).
const MaxSize = 20 << 10

// Kind is what a policy is attached to; it says which elements it must have.
type Kind uint8

// Kinds of policy.
const (
	// Bucket policies name principals, and resources of their bucket alone.
	Bucket Kind = iota
	// Identity policies belong to a user, role or session: no Principal.
	Identity
	// Trust policies of roles name principals and no resource.
	Trust
	// Topic policies name principals and resources.
	Topic
)

// ParseOptions are what a document is checked against.
type ParseOptions struct {
	Kind Kind

	// Bucket is the bucket of a bucket policy.
	Bucket string

	// Account is the tenant whose resources an ARN without account names.
	Account string

	// KnownKeys refuses condition keys of S3 that S3 does not have. AWS does so
	// when a bucket policy is put, and not with policies of IAM. What is stored
	// is read without it: it may be older than the list of keys.
	KnownKeys bool
}

// Policy is a compiled document. It does not change; it is safe for concurrent use.
type Policy struct {
	statements []statement
	home       string

	// named are the statements that speak of users and roles by ARN alone, by
	// ARN; general are all others. Large policies are mostly about somebody else.
	named   map[string][]int
	general []int
}

type statement struct {
	sid        string
	deny       bool
	principals *principals
	notPrinc   bool
	actions    actions
	notAction  bool
	resources  []resource
	notRes     bool
	conditions []condition
}

// Parse compiles a policy document. A document that AWS would refuse is an
// [*Error] (S3: MalformedPolicy).
func Parse(data []byte, o ParseOptions) (*Policy, error) {
	if len(data) > MaxSize {
		return nil, malformed("Policy exceeds the maximum allowed document size")
	}
	if !json.Valid(data) {
		return nil, malformed("Policies must be valid JSON and the first byte must be '{'")
	}
	top, err := members(data, "The policy")
	if err != nil {
		return nil, err
	}
	p := &Policy{home: o.Account}
	var statements json.RawMessage
	variables := false
	for _, m := range top {
		switch m.name {
		case "Version":
			var v string
			if json.Unmarshal(m.value, &v) != nil || v != "2012-10-17" && v != "2008-10-17" {
				return nil, malformed("The policy must contain a valid version string")
			}
			variables = v == "2012-10-17"
		case "Id":
			var id string
			if json.Unmarshal(m.value, &id) != nil {
				return nil, malformed("Id must be a string")
			}
		case "Statement":
			statements = m.value
		default:
			return nil, malformed("Unknown field " + clip(m.name))
		}
	}
	if statements == nil {
		return nil, malformed("Missing required field Statement")
	}
	if err := p.compile(statements, o, variables); err != nil {
		return nil, err
	}
	p.index()
	return p, nil
}

// index sorts the statements by whom they speak of.
func (p *Policy) index() {
	p.named = map[string][]int{}
	for i := range p.statements {
		who := p.statements[i].principals
		if who == nil || p.statements[i].notPrinc || !who.onlyARNs() {
			p.general = append(p.general, i)
			continue
		}
		for _, arn := range who.aws {
			if at := p.named[arn]; len(at) == 0 || at[len(at)-1] != i {
				p.named[arn] = append(at, i)
			}
		}
	}
}

func (p *Policy) compile(raw json.RawMessage, o ParseOptions, variables bool) error {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil || isNull(raw) {
		list = []json.RawMessage{raw}
	}
	if len(list) == 0 {
		return malformed("Could not parse the policy: Statement is empty!")
	}
	sids := map[string]bool{}
	for _, s := range list {
		st, err := compileStatement(s, o, variables)
		if err != nil {
			return err
		}
		if st.sid != "" && sids[st.sid] {
			return malformed("Statement IDs (SID) in a single policy must be unique.")
		}
		sids[st.sid] = true
		p.statements = append(p.statements, st)
	}
	return nil
}

func compileStatement(raw json.RawMessage, o ParseOptions, variables bool) (statement, error) {
	var st statement
	ms, err := members(raw, "Statement")
	if err != nil {
		return st, err
	}
	effect := false
	for _, m := range ms {
		switch m.name {
		case "Sid":
			if json.Unmarshal(m.value, &st.sid) != nil {
				err = malformed("Sid must be a string")
			}
		case "Effect":
			effect = true
			st.deny, err = parseEffect(m.value)
		case "Principal", "NotPrincipal":
			if st.principals != nil {
				err = malformed("Statement has both Principal and NotPrincipal")
				break
			}
			st.notPrinc = m.name == "NotPrincipal"
			st.principals, err = compilePrincipals(m.value)
		case "Action", "NotAction":
			if st.actions.given() {
				err = malformed("Statement has both Action and NotAction")
				break
			}
			st.notAction = m.name == "NotAction"
			st.actions, err = compileActions(m.value, o.Kind)
		case "Resource", "NotResource":
			if st.resources != nil {
				err = malformed("Statement has both Resource and NotResource")
				break
			}
			st.notRes = m.name == "NotResource"
			st.resources, err = compileResources(m.value, o, variables)
		case "Condition":
			st.conditions, err = compileConditions(m.value, o, variables)
		default:
			err = malformed("Unknown field " + clip(m.name))
		}
		if err != nil {
			return st, err
		}
	}
	if !effect {
		return st, malformed("Missing required field Effect")
	}
	if err := st.complete(o.Kind); err != nil {
		return st, err
	}
	if o.Kind == Bucket && !st.notAction && !st.notRes && !st.applies(o.Bucket) {
		return st, malformed("Action does not apply to any resource(s) in statement")
	}
	return st, nil
}

// complete checks that the statement has what its kind needs.
func (st *statement) complete(k Kind) error {
	switch {
	case !st.actions.given():
		return malformed("Missing required field Action")
	case k == Identity && st.principals != nil:
		return malformed("Policy document should not specify a principal.")
	case k != Identity && st.principals == nil:
		return malformed("Missing required field Principal")
	case k == Trust && st.resources != nil:
		return malformed("Has prohibited field Resource")
	case k != Trust && st.resources == nil:
		return malformed("Missing required field Resource")
	case st.notPrinc && !st.deny:
		return malformed("Allow with NotPrincipal is not allowed.")
	}
	return nil
}

func parseEffect(raw json.RawMessage) (deny bool, err error) {
	var s string
	switch json.Unmarshal(raw, &s); s {
	case "Allow":
		return false, nil
	case "Deny":
		return true, nil
	}
	return false, malformed("Invalid effect: " + clip(string(raw)))
}

// actions is a compiled Action or NotAction element, in lower case.
type actions struct {
	names    []string
	patterns []pattern
}

func (a *actions) given() bool { return len(a.names)+len(a.patterns) > 0 }

// all returns the element's actions as patterns.
func (a *actions) all() []pattern {
	out := a.patterns[:len(a.patterns):len(a.patterns)]
	for _, name := range a.names {
		out = append(out, pattern{parts: []part{{kind: literal, text: name}}})
	}
	return out
}

// match tells whether the element names an action, which is in lower case.
func (a *actions) match(action string) bool {
	if contains(a.names, action) {
		return true
	}
	for _, p := range a.patterns {
		if p.matches(action) {
			return true
		}
	}
	return false
}

func compileActions(raw json.RawMessage, k Kind) (actions, error) {
	var out actions
	list, err := stringList(raw, "Action")
	if err != nil {
		return out, err
	}
	for _, a := range list {
		service, _, ok := strings.Cut(a, ":")
		if a != "*" && (!ok || service == "") || k == Bucket && a != "*" && !strings.EqualFold(service, "s3") {
			return out, malformed("Policy has invalid action")
		}
		a = strings.ToLower(a)
		p, err := compilePattern(a, false)
		if err != nil {
			return out, err
		}
		if k == Bucket && !anyKnown(p, bucketActions+objectActions) {
			return out, malformed("Policy has invalid action")
		}
		if strings.ContainsAny(a, "*?") {
			out.patterns = append(out.patterns, p)
		} else {
			out.names = append(out.names, a)
		}
	}
	return out, nil
}

func compileResources(raw json.RawMessage, o ParseOptions, variables bool) ([]resource, error) {
	list, err := stringList(raw, "Resource")
	if err != nil {
		return nil, err
	}
	out := make([]resource, 0, len(list))
	for _, s := range list {
		r, err := compileResource(s, variables)
		if err != nil {
			return nil, err
		}
		if o.Kind == Bucket && !r.within(o.Bucket) {
			return nil, malformed("Policy has invalid resource")
		}
		out = append(out, r)
	}
	return out, nil
}
