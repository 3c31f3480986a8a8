package rest_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/cofferstore/coffer/s3http/kms/internal/rest"
)

func ExampleDo() {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"n": 1}`)) }))
	defer srv.Close()
	a, err := rest.Do(context.Background(), srv.Client(), rest.Call{Method: "GET", URL: srv.URL})
	var v struct{ N int }
	fmt.Println(a.Status, err, a.Decode(&v), v.N)
	// Output: 200 <nil> <nil> 1
}
