package s3test_test

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/cofferstore/coffer/s3http/s3test"
)

// A server without a test. In a test, s3test.New(t) is all.
func Example() {
	srv := s3test.NewServer(nil)
	defer srv.Close()
	ctx := context.Background()
	for _, line := range []string{"PUT /photos", "PUT /photos/cat.jpg meow", "GET /photos/cat.jpg"} {
		f := strings.Fields(line + " ")
		body := strings.Join(f[2:], "")
		r, err := srv.Request(ctx, f[0], f[1], strings.NewReader(body))
		if err != nil {
			fmt.Println(err)
			return
		}
		resp, err := srv.Do(r)
		if err != nil {
			fmt.Println(err)
			return
		}
		answer, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		fmt.Println(resp.StatusCode, string(answer), err)
	}
	for _, r := range srv.Journal() {
		fmt.Println(r)
	}
	// Output:
	// 200  <nil>
	// 200  <nil>
	// 200 meow <nil>
	// CreateBucket photos 200
	// PutObject photos/cat.jpg 200
	// GetObject photos/cat.jpg 200
}
