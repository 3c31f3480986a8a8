package bucketlog_test

import (
	"context"
	"fmt"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/usage"
	"github.com/cofferstore/coffer/usage/bucketlog"
)

func Example() {
	ctx := context.Background()
	st, err := objstore.Open(memengine.New(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer st.Close()
	b, err := st.CreateBucket(ctx, objstore.BucketID{Name: "logs"}, &objstore.CreateBucketOptions{Owner: "alice"})
	if err != nil {
		fmt.Println(err)
		return
	}
	d := bucketlog.New(st, nil) // a sink of usage.Middleware
	d.Record(&usage.Entry{Method: "GET", Bucket: "photos", Owner: "alice", Log: &usage.BucketLog{TargetBucket: "logs", Prefix: "photos/"}})
	if err := d.Close(); err != nil {
		fmt.Println(err)
		return
	}
	page, err := b.List(ctx, objstore.ListQuery{Limit: 10})
	fmt.Println(len(page.Objects), page.Objects[0].Key[:7], err)
	// Output: 1 photos/ <nil>
}
