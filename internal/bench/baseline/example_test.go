package baseline_test

import (
	"fmt"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/cofferstore/coffer/internal/bench/baseline"
)

func ExampleSink() {
	dir, err := os.MkdirTemp("", "sink")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	sink, err := baseline.NewSink(dir)
	if err != nil {
		panic(err)
	}
	defer sink.Close()

	w := httptest.NewRecorder()
	sink.ServeHTTP(w, httptest.NewRequest("PUT", "/any/name", strings.NewReader("hello")))
	fmt.Println(w.Code, w.Header().Get("Etag"))
	// Output: 200 "5d41402abc4b2a76b9719d911017c592"
}
