package rgwlog_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"time"

	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/rgwlog"
)

// A handler says who pays and what for; the log adds up.
func Example() {
	ctx := context.Background()
	log, err := rgwlog.Open(ctx, memengine.New().Index, nil)
	if err != nil {
		panic(err)
	}
	defer log.Close(ctx)
	noon := func() time.Time { return time.Date(2026, 11, 22, 12, 5, 0, 0, time.UTC) }
	files := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := usage.FromContext(r.Context())
		e.User, e.Category = "alice", "get_obj"
		fmt.Fprint(w, "hello")
	})
	h := (&usage.Options{Now: noon}).Middleware(log)(files)
	h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/greeting", nil))

	report, err := log.Show(ctx, rgwlog.Query{User: "alice", NoSummary: true})
	if err != nil {
		panic(err)
	}
	text, _ := json.Marshal(report.Entries[0].Buckets[0])
	fmt.Println(string(text))
	// Output: {"bucket":"","time":"2026-11-22T12:00:00.000000Z","epoch":1795348800,"owner":"alice","categories":[{"category":"get_obj","bytes_sent":5,"bytes_received":0,"ops":1,"successful_ops":1}]}
}
