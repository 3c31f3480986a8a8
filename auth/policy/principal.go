package policy

import (
	"encoding/json"
	"strings"
)

// principals is a compiled Principal or NotPrincipal element.
type principals struct {
	everybody bool     // "*" or {"AWS": "*"}
	aws       []string // ARNs
	accounts  []string
	canonical []string
	federated []string
	service   []string
}

func compilePrincipals(raw json.RawMessage) (*principals, error) {
	var all string
	if json.Unmarshal(raw, &all) == nil {
		if all != "*" {
			return nil, malformed("Invalid principal in policy")
		}
		return &principals{everybody: true}, nil
	}
	members, err := members(raw, "Principal")
	if err != nil {
		return nil, err
	}
	if len(members) == 0 {
		return nil, malformed("Missing required field Principal")
	}
	p := &principals{}
	for _, m := range members {
		values, err := stringList(m.value, "Principal")
		if err != nil {
			return nil, err
		}
		if err := p.add(m.name, values); err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (p *principals) add(kind string, values []string) error {
	switch kind {
	case "AWS":
		for _, v := range values {
			if err := p.addAWS(v); err != nil {
				return err
			}
		}
	case "CanonicalUser":
		p.canonical = append(p.canonical, values...)
	case "Federated":
		p.federated = append(p.federated, values...)
	case "Service":
		p.service = append(p.service, values...)
	default:
		return malformed("Invalid principal in policy")
	}
	return nil
}

func (p *principals) addAWS(v string) error {
	if v == "*" {
		p.everybody = true
		return nil
	}
	if !strings.HasPrefix(v, "arn:") {
		if v == "" || strings.ContainsAny(v, "*?:/ ") {
			return malformed("Invalid principal in policy")
		}
		p.accounts = append(p.accounts, v)
		return nil
	}
	f := strings.SplitN(v, ":", 6)
	if len(f) != 6 || f[2] != "iam" && f[2] != "sts" || f[5] == "" || strings.ContainsAny(v, "*?") {
		return malformed("Invalid principal in policy")
	}
	if f[5] == "root" {
		p.accounts = append(p.accounts, f[4])
		return nil
	}
	p.aws = append(p.aws, v)
	return nil
}

// onlyARNs tells whether it names nobody but users and roles by their ARNs.
func (p *principals) onlyARNs() bool {
	return !p.everybody && len(p.accounts)+len(p.canonical)+len(p.federated)+len(p.service) == 0
}

// match tells whether the element names who.
func (p *principals) match(who Principal) bool {
	if p.everybody {
		return true
	}
	if who.anonymous() {
		return false
	}
	for _, arn := range who.ARNs {
		if contains(p.aws, arn) {
			return true
		}
	}
	return len(who.ARNs) > 0 && contains(p.accounts, who.Account) ||
		who.CanonicalID != "" && contains(p.canonical, who.CanonicalID) ||
		who.Federated != "" && contains(p.federated, who.Federated) ||
		who.Service != "" && contains(p.service, who.Service)
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}
