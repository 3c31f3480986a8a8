// Command quota-and-usage serves a directory to customers who are known by a
// token: so many requests a second each, and a bill at GET /bill. The files are
// served by net/http; only the two middlewares are of this module. The argument
// is the token of the first customer.
package main

import (
	"context"
	"encoding/json"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/cofferstore/coffer/objstore/badgerindex"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/quota"
	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/rgwlog"
)

// customers are known by the token that they send.
type customers map[string]string

func (c customers) of(r *http.Request) string {
	return c[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
}

// handler serves files within limits, and counts what each customer takes.
func handler(files http.Handler, c customers, limits *quota.RateLimiter, bills *rgwlog.Log) http.Handler {
	named := func(w http.ResponseWriter, r *http.Request) {
		if e := usage.FromContext(r.Context()); e != nil {
			e.User, e.Category = c.of(r), "get_obj"
		}
		files.ServeHTTP(w, r)
	}
	limited := quota.RateLimit(limits, func(r *http.Request) quota.Subject {
		return quota.Subject{User: c.of(r), Class: quota.ClassGet}
	})
	mux := http.NewServeMux()
	mux.Handle("GET /", usage.Middleware(bills)(limited(http.HandlerFunc(named))))
	mux.HandleFunc("GET /bill", func(w http.ResponseWriter, r *http.Request) {
		bill, err := bills.Show(r.Context(), rgwlog.Query{User: c.of(r)})
		if err != nil || c.of(r) == "" {
			http.Error(w, "there is no bill", http.StatusNotFound)
			return
		}
		_ = json.NewEncoder(w).Encode(bill) // a client that is gone needs no bill
	})
	return mux
}

// open opens the limits and the bills that are in an index.
func open(ctx context.Context, ix driver.Index, journals string) (*quota.RateLimiter, *rgwlog.Log, error) {
	limits, err := quota.OpenLimiter(ix, nil)
	if err != nil {
		return nil, nil, err
	}
	bills, err := rgwlog.Open(ctx, ix, &rgwlog.Options{Dir: journals})
	if err == nil { // a request a second, unless a customer is given more
		err = limits.SetDefault(ctx, quota.KindUser, quota.RateSpec{Enabled: true, MaxReadOps: 60})
	}
	return limits, bills, err
}

func main() {
	ix, err := badgerindex.Open("data/index", nil)
	if err != nil {
		log.Fatal(err)
	}
	limits, bills, err := open(context.Background(), ix, "data/usage")
	if err != nil {
		log.Fatal(err)
	}
	h := handler(http.FileServer(http.Dir("data/files")), customers{os.Args[1]: "alice"}, limits, bills)
	log.Fatal(http.ListenAndServe("127.0.0.1:8080", h))
}
