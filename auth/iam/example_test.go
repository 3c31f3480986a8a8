package iam_test

import (
	"context"
	"fmt"

	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// A directory in memory with one user and one key.
func Example() {
	ctx := context.Background()
	dir, err := iam.Open(memengine.NewIndex(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	alice := iam.UserID{UID: "alice"}
	if _, err := dir.CreateUser(ctx, iam.User{UserID: alice, DisplayName: "Alice"}); err != nil {
		fmt.Println(err)
		return
	}
	cred, err := dir.CreateKey(ctx, alice, iam.Credentials{})
	if err != nil {
		fmt.Println(err)
		return
	}
	key, err := dir.Key(ctx, cred.AccessKey) // what a verifier asks
	fmt.Println(key.Principal.DisplayName, key.Secret == cred.Secret, err)
	// Output: Alice true <nil>
}
