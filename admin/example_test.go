package admin_test

import (
	"context"
	"fmt"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

func Example() {
	ctx := context.Background()
	ix := memengine.NewIndex()
	users, err := iam.Open(ix, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	store, err := objstore.Open(driver.Engine{Index: ix, Blobs: memengine.NewBlobs()}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	s := admin.New(users, store, nil)

	alice := iam.Account{User: iam.User{UserID: iam.UserID{Tenant: "acme", UID: "alice"}, DisplayName: "Alice"}}
	if _, err := alice.SetKey(iam.AccountKey{}); err != nil {
		fmt.Println(err)
		return
	}
	alice, err = s.CreateUser(ctx, alice)
	fmt.Println(alice.UserID, len(alice.Keys), err)
	_, err = store.CreateBucket(ctx, objstore.BucketID{Tenant: "acme", Name: "photos"}, &objstore.CreateBucketOptions{Owner: alice.String()})
	fmt.Println(err)
	fmt.Println(s.RemoveUser(ctx, alice.UserID, false))
	fmt.Println(s.RemoveUser(ctx, alice.UserID, true))
	// Output:
	// acme$alice 1 <nil>
	// <nil>
	// remove user acme$alice: BucketAlreadyExists
	// <nil>
}
