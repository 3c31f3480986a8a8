package awssig_test

import (
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/cofferstore/coffer/auth"
	"github.com/cofferstore/coffer/auth/awssig"
)

// oneKey is a directory of a single access key.
type oneKey struct{ key auth.Key }

func (o oneKey) Key(_ context.Context, accessKey string) (auth.Key, error) {
	if accessKey != o.key.AccessKey {
		return auth.Key{}, &auth.Error{Reason: auth.ErrInvalidAccessKeyID}
	}
	return o.key, nil
}

// Any handler can be put behind the verifiers: it sees who calls, and a body
// that is verified as it is read.
func Example() {
	src := oneKey{auth.Key{AccessKey: "ALICE", Secret: "wonderland", Principal: auth.Principal{ID: "alice"}}}
	verifier := auth.Chain(awssig.V4(src, nil), awssig.V2(src, nil), awssig.Anonymous())
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, err := verifier.Verify(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusForbidden)
			return
		}
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		fmt.Printf("%s sent %q\n", id.ID, body)
	}))
	defer server.Close()

	r, err := http.NewRequest(http.MethodPut, server.URL+"/bucket/key", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	cred := awssig.Credentials{AccessKey: "ALICE", Secret: "wonderland"}
	scope := awssig.Scope{Time: time.Now(), Region: "us-east-1", Service: "s3"}
	awssig.StreamV4(r, cred, scope, strings.NewReader("hello"), 5, &awssig.StreamOptions{
		Trailers: []awssig.Checksum{{Name: "x-amz-checksum-crc32", Hash: crc32.NewIEEE()}},
	})
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		fmt.Println(err)
		return
	}
	resp.Body.Close()
	fmt.Println(resp.StatusCode)
	// Output:
	// alice sent "hello"
	// 200
}

func ExamplePresignV4() {
	r, err := http.NewRequest(http.MethodGet, "https://s3.example.com/photos/cat.jpg", nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	cred := awssig.Credentials{AccessKey: "ALICE", Secret: "wonderland"}
	scope := awssig.Scope{Time: time.Unix(1700000000, 0), Region: "us-east-1", Service: "s3"}
	u := awssig.PresignV4(r, cred, scope, time.Hour, awssig.UnsignedPayload)
	fmt.Println(u.Query().Get("X-Amz-Date"), u.Query().Get("X-Amz-Expires"))
	// Output: 20231114T221320Z 3600
}
