package ostorstat_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/ostorstat"
)

// A store with the hook knows what its buckets cost.
func ExampleSizes() {
	ctx := context.Background()
	now := time.Date(2018, 5, 25, 17, 12, 0, 0, time.UTC)
	clock := func() time.Time { return now }
	engine := memengine.New()
	sizes, err := ostorstat.OpenSizes(engine.Index, &ostorstat.SizesOptions{Now: clock})
	if err != nil {
		panic(err)
	}
	store, err := objstore.Open(engine, &objstore.Options{Hooks: []objstore.Hook{sizes}, Now: clock, SweepEvery: -1})
	if err != nil {
		panic(err)
	}
	defer store.Close()
	bucket, err := store.CreateBucket(ctx, objstore.BucketID{Name: "bucket1"}, nil)
	if err != nil {
		panic(err)
	}
	if _, err := bucket.Put(ctx, "hello", strings.NewReader(strings.Repeat("x", 12288)), nil); err != nil {
		panic(err)
	}

	now = time.Date(2018, 6, 19, 16, 0, 0, 0, time.UTC)
	size, err := sizes.Bucket(ctx, bucket.Info())
	if err != nil {
		panic(err)
	}
	fmt.Printf("%+v\n", size)
	// Output: {Current:12288 HourMax:12288 Integral:7360512 LastHour:424241}
}

// A handler says what was asked for; a billing system collects.
func ExampleLog() {
	ctx := context.Background()
	start := time.Date(2017, 2, 1, 16, 31, 54, 0, time.UTC)
	log, err := ostorstat.OpenLog(ctx, memengine.New().Index, &ostorstat.LogOptions{
		Collect: true, Now: func() time.Time { return start },
	})
	if err != nil {
		panic(err)
	}
	defer log.Close(ctx)
	files := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		e := usage.FromContext(r.Context())
		e.Protocol, e.Class, e.User, e.ObjectSent = "s3", "get", "b81d6c5f895a8c86", 5
		fmt.Fprint(w, "hello")
	})
	usage.Middleware(log)(files).ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/greeting", nil))

	list, err := log.List(ctx, "", 0)
	if err != nil {
		panic(err)
	}
	fmt.Println(list.Names[0])
	object, err := log.Object(ctx, list.Names[0])
	if err != nil {
		panic(err)
	}
	text, err := json.Marshal(object.Items[0])
	if err != nil {
		panic(err)
	}
	fmt.Println(string(text))
	// Output:
	// s3-usage-8000000000000001-2017-02-01T16:31:54.000Z-1800
	// {"key":{"bucket":"","epoch":0,"user_id":"b81d6c5f895a8c86","tag":""},"counters":{"ops":{"put":0,"get":1,"list":0,"other":0},"net_io":{"uploaded":0,"downloaded":5}}}
}
