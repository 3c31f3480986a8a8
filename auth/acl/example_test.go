package acl_test

import (
	"fmt"

	"github.com/cofferstore/coffer/auth/acl"
)

func ExampleACL_Allows() {
	alice := acl.Owner{ID: "alice"}
	a, err := acl.Canned("public-read", alice, alice)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, read := a.Allows(acl.Caller{}, acl.Read)
	_, write := a.Allows(acl.Caller{}, acl.Write)
	fmt.Println("everybody reads:", read, "writes:", write)
	// Output: everybody reads: true writes: false
}
