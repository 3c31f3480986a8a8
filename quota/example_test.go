package quota_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/quota"
)

// A store whose users have at most 10 bytes unless they are given more.
func Example() {
	ctx := context.Background()
	eng := memengine.New()
	quotas, err := quota.Open(eng.Index, &quota.Options{Defaults: quota.UserSpecs{
		User: quota.Spec{Enabled: true, MaxBytes: 10, MaxObjects: quota.Unlimited},
	}})
	if err != nil {
		panic(err)
	}
	st, err := objstore.Open(eng, &objstore.Options{Hooks: []objstore.Hook{quotas}})
	if err != nil {
		panic(err)
	}
	defer st.Close()
	b, err := st.CreateBucket(ctx, objstore.BucketID{Name: "photos"}, &objstore.CreateBucketOptions{Owner: "alice"})
	if err != nil {
		panic(err)
	}
	_, err = b.Put(ctx, "large", strings.NewReader("much too large"), nil)
	fmt.Println(errors.Is(err, quota.ErrExceeded))

	_, err = quotas.UpdateUser(ctx, "alice", func(s *quota.UserSpecs) error {
		s.User = quota.Spec{Enabled: true, MaxBytes: 100, MaxObjects: quota.Unlimited}
		return nil
	})
	if err != nil {
		panic(err)
	}
	_, err = b.Put(ctx, "large", strings.NewReader("much too large"), nil)
	fmt.Println(err)
	// Output:
	// true
	// <nil>
}
