package auth_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/policy"
)

// byName is a Verifier of a home-made header. Do not use it for anything real.
type byName struct{}

func (byName) Verify(r *http.Request) (*auth.Identity, error) {
	name := r.Header.Get("X-Name")
	if name == "" {
		return nil, auth.ErrNoCredentials
	}
	return &auth.Identity{Principal: auth.Principal{ID: name}}, nil
}

// nobody is a Verifier that lets requests without credentials in.
type nobody struct{}

func (nobody) Verify(*http.Request) (*auth.Identity, error) { return &auth.Identity{}, nil }

func Example() {
	verifier := auth.Chain(byName{}, nobody{})
	var authorizer auth.Authorizer = auth.Private{}
	for _, name := range []string{"alice", "bob", ""} {
		id, err := verifier.Verify(&http.Request{Header: http.Header{"X-Name": {name}}})
		if err != nil {
			fmt.Println(err)
			return
		}
		err = authorizer.Authorize(context.Background(), &auth.Request{
			Identity: id,
			Action:   "s3:GetObject",
			Resource: auth.Resource{Bucket: "photos", Key: "cat.jpg", BucketOwner: "alice"},
		})
		fmt.Printf("%q: %v\n", id.ID, err)
	}
	// Output:
	// "alice": <nil>
	// "bob": AccessDenied
	// "": AccessDenied
}

// Everything that decides is in the request: here the policy of the bucket.
func ExampleStandard() {
	open, err := policy.Parse([]byte(`{"Version":"2012-10-17","Statement":{"Sid":"public","Effect":"Allow","Principal":"*",`+
		`"Action":"s3:GetObject","Resource":"arn:aws:s3:::photos/public/*"}}`), policy.ParseOptions{Bucket: "photos"})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, key := range []string{"public/cat.jpg", "diary.txt"} {
		err := auth.Standard{}.Authorize(context.Background(), &auth.Request{
			Identity: &auth.Identity{}, // nobody
			Action:   "s3:GetObject",
			Resource: auth.Resource{Bucket: "photos", Key: key, BucketOwner: "alice", Access: &auth.Access{Policy: open}},
		})
		fmt.Println(key, err)
	}
	// Output:
	// public/cat.jpg <nil>
	// diary.txt AccessDenied
}
