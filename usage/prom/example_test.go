package prom_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/prom"
)

// Requests of any handler as metrics in the caller's registry.
func Example() {
	reg := prometheus.NewRegistry()
	metrics, err := prom.New(reg, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	h := usage.Middleware(metrics)(http.NotFoundHandler())
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))

	families, err := reg.Gather()
	for _, f := range families {
		if f.GetName() == "coffer_requests_total" {
			fmt.Println(f.GetMetric()[0].GetCounter().GetValue(), err)
		}
	}
	// Output: 1 <nil>
}
