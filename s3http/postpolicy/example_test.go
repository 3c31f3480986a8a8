package postpolicy_test

import (
	"encoding/base64"
	"fmt"
	"time"

	"github.com/cofferstore/coffer/s3http/postpolicy"
)

func ExamplePolicy_Check() {
	p, err := postpolicy.Parse(base64.StdEncoding.EncodeToString([]byte(`{
	  "expiration": "2026-01-02T00:00:00Z",
	  "conditions": [{"bucket": "photos"}, ["starts-with", "$key", "user/"], ["content-length-range", 1, 1048576]]
	}`)))
	if err != nil {
		fmt.Println(err)
		return
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	fmt.Println(p.Check(at, map[string]string{"bucket": "photos", "key": "user/cat.jpg"}))
	_, err = p.Check(at, map[string]string{"bucket": "photos", "key": "admin/cat.jpg"})
	fmt.Println(err)
	// Output:
	// {1 1048576} <nil>
	// AccessDenied: Invalid according to Policy: Policy Condition failed: ["starts-with", "$key", "user/"]
}
