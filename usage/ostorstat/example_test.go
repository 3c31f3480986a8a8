package ostorstat_test

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/memengine"
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
	store, err := objstore.Open(engine, &objstore.Options{Hooks: []objstore.Hook{sizes}, Now: clock})
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
