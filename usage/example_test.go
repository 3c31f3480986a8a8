package usage_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/cofferstore/coffer/usage"
)

// printer is a Sink of one line.
type printer struct{}

func (printer) Record(e *usage.Entry) {
	fmt.Println(e.Method, e.Path, e.Status, e.BytesSent, e.Operation)
}

// Any handler can be recorded, also one that knows nothing of this package.
func Example() {
	files := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "hello") })
	h := usage.Middleware(printer{})(files)

	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/greeting?lang=en", nil))
	// Output: GET /greeting?lang=en 200 5
}
