// Package policy is the policy language of AWS IAM and S3: it compiles policy
// documents and judges requests by them.
//
//	JSON ── Parse(kind) ──► *Policy (compiled, immutable)
//	                            │
//	Request{Principal, Action, Resource, Context}
//	                            ▼
//	Evaluate ──► Result{Deny | Allow | NoMatch, which statement}
//
// Evaluation is a pure function: it reads nothing but its arguments. It takes
// time proportional to the policy and the request; wildcards never backtrack
// more than once over what they match. How several policies, ACLs and ownership
// combine is decided by the caller.
//
// The rules are those of "IAM JSON policy elements reference" and of "Policies
// and permissions in Amazon S3"; principals and resources may name tenants in
// the account part of their ARNs.
package policy
