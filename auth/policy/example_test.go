package policy_test

import (
	"fmt"

	"github.com/cofferstore/coffer/auth/policy"
)

func ExamplePolicy_Evaluate() {
	doc := `{"Version":"2012-10-17","Statement":[
	  {"Sid":"team","Effect":"Allow","Principal":{"AWS":"arn:aws:iam:::user/alice"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::photos/*"},
	  {"Sid":"tls","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::photos/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}`
	p, err := policy.Parse([]byte(doc), policy.ParseOptions{Kind: policy.Bucket, Bucket: "photos"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, tls := range []string{"true", "false"} {
		r := p.Evaluate(&policy.Request{
			Principal: policy.Principal{ARNs: []string{"arn:aws:iam:::user/alice"}},
			Action:    "s3:GetObject",
			Resource:  policy.Resource{Service: "s3", Path: "photos/cat.jpg"},
			Context:   policy.Map{"aws:securetransport": {tls}},
		})
		fmt.Println(r.Decision, r.Sid)
	}
	// Output:
	// allow team
	// deny tls
}
