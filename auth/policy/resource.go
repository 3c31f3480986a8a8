package policy

import "strings"

// resource is one compiled entry of a Resource or NotResource element.
type resource struct {
	service string // "" = any
	account string // "" = that of the policy's owner
	anyAcct bool
	path    pattern
}

// compileResource compiles "*" or an ARN: arn:partition:service:region:account:path.
func compileResource(s string, variables bool) (resource, error) {
	if s == "*" {
		p, err := compilePattern("*", false)
		return resource{anyAcct: true, path: p}, err
	}
	f := strings.SplitN(s, ":", 6)
	if len(f) != 6 || f[0] != "arn" || f[2] == "" || f[5] == "" {
		return resource{}, malformed("Policy has invalid resource")
	}
	p, err := compilePattern(f[5], variables)
	if err != nil {
		return resource{}, err
	}
	r := resource{service: f[2], account: f[4], path: p}
	if r.account == "*" {
		r.anyAcct = true
	}
	if r.service == "*" {
		r.service = ""
	}
	return r, nil
}

// match tells whether the entry names what. An entry without an account
// names the resources of home, the tenant that the policy belongs to. resolved
// is false when a policy variable of the entry has no value in the request.
func (r resource) match(what Resource, home string, c Context) (matched, resolved bool) {
	if r.service != "" && r.service != what.Service {
		return false, true
	}
	if !r.anyAcct {
		account := r.account
		if account == "" {
			account = home
		}
		if account != what.Account {
			return false, true
		}
	}
	return r.path.match(what.Path, c)
}

// within tells whether every resource that r can name is the bucket or in it.
func (r resource) within(bucket string) bool {
	if len(r.path.parts) == 0 || r.path.parts[0].kind != literal {
		return false
	}
	head := r.path.parts[0].text
	if head == bucket && len(r.path.parts) == 1 {
		return true
	}
	return strings.HasPrefix(head, bucket+"/") || head == bucket && len(r.path.parts) == 2 && r.path.parts[1].kind == anyRun
}

// levels tells whether r, which is within the bucket, names the bucket itself,
// and whether it names objects.
func (r resource) levels(bucket string) (itself, objects bool) {
	itself, _ = r.path.match(bucket, nil)
	return itself, len(r.path.parts) > 1 || r.path.parts[0].text != bucket
}
