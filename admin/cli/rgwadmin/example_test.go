package rgwadmin_test

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/admin/cli/rgwadmin"
	"github.com/cofferstore/coffer/s3http/s3test"
)

func Example() {
	s3 := s3test.NewServer(nil) // has a store and users
	defer s3.Close()

	radosgwAdmin := rgwadmin.New(admin.New(s3.Directory, s3.Store, nil), nil)
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
	//     "alice",
	//     "root"
	// ]
	// exit status 0
	// could not fetch user info: no user info saved
	// exit status 22
}
