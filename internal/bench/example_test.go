package bench_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/cofferstore/coffer/internal/bench"
)

// Any server that speaks S3 can be put under load; here one that answers
// everything with 200.
func ExampleLoad() {
	srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer srv.Close()

	load := bench.Load{
		Target: bench.Target{
			Endpoint:    srv.URL,
			Credentials: bench.Credentials{AccessKey: "AKIAEXAMPLE", Secret: "secret", Region: "us-east-1"},
		},
		Workload: bench.Put{Keys: bench.Keys{Bucket: "bench"}, Body: bench.NewBody(4096)},
		Clients:  4,
		Count:    100,
	}
	result, err := load.Run(context.Background())
	if err != nil {
		panic(err)
	}
	fmt.Println(result.Requests, "requests,", result.Failed, "failed,", result.Bytes, "bytes")
	// Output: 100 requests, 0 failed, 409600 bytes
}
