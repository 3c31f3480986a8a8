package utapi_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/utapi"
)

// Metrics are a hook of a store and a sink of the middleware around its front
// end, which tells what requests are.
func Example() {
	ctx := context.Background()
	now := time.Date(2017, 9, 15, 12, 7, 0, 0, time.UTC)
	clock := func() time.Time { return now }

	engine := memengine.New()
	metrics := utapi.Open(engine.Index, &utapi.Options{Now: clock})
	store, _ := objstore.Open(engine, &objstore.Options{Hooks: []objstore.Hook{metrics}, Now: clock})
	defer store.Close()
	defer metrics.Close(ctx)

	bucket, _ := store.CreateBucket(ctx, objstore.BucketID{Name: "photos"}, &objstore.CreateBucketOptions{Owner: "alice"})
	frontEnd := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := usage.FromContext(r.Context())
		e.Counter, e.Bucket, e.User, e.Owner = "PutObject", "photos", "alice", "alice"
		_, _ = bucket.Put(r.Context(), r.URL.Path[1:], r.Body, nil)
	})
	served := usage.Middleware(metrics)(frontEnd)
	served.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("PUT", "/cat.jpg", strings.NewReader("meow")))

	day := utapi.Range{Start: now.Truncate(24 * time.Hour), End: now.Truncate(24 * time.Hour).Add(24*time.Hour - time.Millisecond)}
	m, _ := metrics.List(ctx, utapi.Buckets, "photos", day)
	fmt.Println(m.Storage, m.Objects, m.Incoming)
	// Output: [0 4] [0 1] 4
}
