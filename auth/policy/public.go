package policy

import (
	"net/netip"
	"strings"
)

// Public tells whether the policy grants anything to everybody (S3: "The
// meaning of public"): an Allow for all principals that no condition with fixed
// values narrows down.
func (p *Policy) Public() bool {
	if p == nil {
		return false
	}
	for i := range p.statements {
		st := &p.statements[i]
		if !st.deny && st.principals != nil && st.principals.everybody && !st.narrowed() {
			return true
		}
	}
	return false
}

// narrowed tells whether a condition limits the callers to a fixed set.
func (st *statement) narrowed() bool {
	for i := range st.conditions {
		if st.conditions[i].fixed {
			return true
		}
	}
	return false
}

// fixedKeys are the condition keys whose fixed values make a grant non-public.
const fixedKeys = " aws:sourcearn aws:sourcevpc aws:sourcevpce aws:sourceaccount aws:sourceowner " +
	"aws:principalarn aws:principalaccount aws:principalorgid aws:userid aws:username s3:dataaccesspointarn " +
	"s3:dataaccesspointaccount s3:x-amz-server-side-encryption-aws-kms-key-id "

// isFixed tells whether a condition on key with the given values names a fixed
// set of callers: no wildcard, no variable, and no address range wider than a
// site has (S3 takes /8 in IPv4 and /32 in IPv6 as the limit).
func isFixed(operator, key string, values []string) bool {
	if _, ok := cutPrefixFold(operator, "IpAddress"); ok && key == "aws:sourceip" {
		for _, v := range values {
			if p, err := netip.ParsePrefix(v); err == nil && (p.Addr().Is4() && p.Bits() < 8 || p.Addr().Is6() && p.Bits() < 32) {
				return false
			}
		}
		return true
	}
	if !strings.Contains(fixedKeys, " "+key+" ") {
		return false
	}
	for _, v := range values {
		if strings.ContainsAny(v, "*?") || strings.Contains(v, "${") {
			return false
		}
	}
	return true
}
