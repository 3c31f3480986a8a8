package rgwadmin_test

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/admin/cli/rgwadmin"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

func Example() {
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

	radosgwAdmin := rgwadmin.New(admin.New(users, store, nil), nil)
	for _, args := range [][]string{
		{"user", "create", "--uid=alice", "--display-name", "Alice", "--format=json"},
		{"user", "list"},
		{"user", "info", "--uid=bob"},
	} {
		in := &cli.Invocation{Args: args, Stdout: os.Stdout, Stderr: os.Stdout}
		if args[1] == "create" {
			in.Stdout = io.Discard // it shows the keys
		}
		fmt.Println("exit status", radosgwAdmin(context.Background(), in))
	}
	// Output:
	// exit status 0
	// [
	//     "alice"
	// ]
	// exit status 0
	// could not fetch user info: no user info saved
	// exit status 22
}
