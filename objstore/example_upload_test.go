package objstore_test

import (
	"context"
	"fmt"
	"strings"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// A multipart upload: parts in any order, the object from those that are
// listed. Parts other than the last have a least size, which is lowered here.
func ExampleBucket_CreateUpload() {
	if err := uploadInParts(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// hello world, 2 parts
	// [greeting]
}

func uploadInParts(ctx context.Context) error {
	s, err := objstore.Open(memengine.New(), &objstore.Options{MinPartSize: 1})
	if err != nil {
		return err
	}
	defer s.Close()
	b, err := s.CreateBucket(ctx, objstore.BucketID{Name: "example"}, nil)
	if err != nil {
		return err
	}
	u, err := b.CreateUpload(ctx, "greeting", nil)
	if err != nil {
		return err
	}
	parts := make([]objstore.CompletePart, 2)
	for i, body := range []string{"hello ", "world"} {
		p, err := u.PutPart(ctx, i+1, strings.NewReader(body), nil)
		if err != nil {
			return err
		}
		parts[i] = objstore.CompletePart{Number: p.Number, ETag: p.ETag}
	}
	if _, err := u.Complete(ctx, parts, nil); err != nil {
		return err
	}
	o, err := b.Object(ctx, "greeting", nil)
	if err != nil {
		return err
	}
	defer o.Close()
	r, err := o.Open(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	var text strings.Builder
	if _, err := r.CopyRange(&text, 0, r.Size()); err != nil {
		return err
	}
	fmt.Printf("%s, %d parts\n", text.String(), len(o.Info().Parts))
	page, err := b.List(ctx, objstore.ListQuery{Limit: 10})
	if err != nil {
		return err
	}
	for _, info := range page.Objects {
		fmt.Println([]string{info.Key})
	}
	return nil
}
