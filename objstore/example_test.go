package objstore_test

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// letters stores an object, reads it back and lists the bucket.
func letters(ctx context.Context, store *objstore.Store) error {
	bucket, err := store.CreateBucket(ctx, objstore.BucketID{Name: "letters"}, &objstore.CreateBucketOptions{Owner: "alice"})
	if err != nil {
		return err
	}
	info, err := bucket.Put(ctx, "2026/hello.txt", strings.NewReader("Hello, world!\n"), &objstore.PutOptions{
		Meta: objstore.Metadata{ContentType: "text/plain"},
	})
	if err != nil {
		return err
	}
	fmt.Println(info.Key, info.Size, info.ETag)

	object, err := bucket.Object(ctx, "2026/hello.txt", nil)
	if err != nil {
		return err
	}
	defer object.Close()
	reader, err := object.Open(ctx)
	if err != nil {
		return err
	}
	defer reader.Close()
	if _, err := reader.CopyRange(os.Stdout, 0, reader.Size()); err != nil {
		return err
	}

	page, err := bucket.List(ctx, objstore.ListQuery{Delimiter: "/", Limit: 10})
	if err != nil {
		return err
	}
	fmt.Println(page.Prefixes)
	return nil
}

func Example() {
	store, err := objstore.Open(memengine.New(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	if err := letters(context.Background(), store); err != nil {
		fmt.Println(err)
	}
	// Output:
	// 2026/hello.txt 14 746308829575e17c3331bbcb00c0898b
	// Hello, world!
	// [2026/]
}

// A write that must not replace anything.
func ExampleBucket_Put_ifNoneMatch() {
	ctx := context.Background()
	store, err := objstore.Open(memengine.New(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	bucket, err := store.CreateBucket(ctx, objstore.BucketID{Name: "locks"}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	create := &objstore.PutOptions{If: objstore.Conditions{IfNoneMatch: []string{"*"}}}
	for range 2 {
		_, err = bucket.Put(ctx, "leader", strings.NewReader("me"), create)
		fmt.Println(err)
	}
	// Output:
	// <nil>
	// objstore: Put locks "leader": PreconditionFailed
}
