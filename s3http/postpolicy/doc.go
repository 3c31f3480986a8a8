// Package postpolicy is the policy of a browser's form upload: what a signer
// allows a form to contain.
//
//	base64 JSON ── Parse ──► *Policy{expiration, conditions}
//	                            │ Check(now, fields of the form, in lower case)
//	                            ▼
//	                      Range of the file's length, or an *Error
//
// Every field must be named by a condition, apart from those that carry the
// signature, the file, and fields whose name begins with "x-ignore-" (S3:
// "Creating a POST policy"). Checking takes time proportional to the form and
// the policy, both of which are bounded.
package postpolicy
