package ostoradmin_test

import (
	"context"
	"fmt"
	"os"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/admin/cli/ostoradmin"
	"github.com/cofferstore/coffer/s3http/s3test"
)

func Example() {
	s3 := s3test.NewServer(nil) // has a store, users, and quotas that are a hook of the store
	defer s3.Close()
	tool := ostoradmin.S3Admin(admin.NewOstor(admin.New(s3.Directory, s3.Store, &admin.Options{Quotas: s3.Quota}), nil))

	exit := tool(context.Background(), &cli.Invocation{
		Args: []string{"set-quotas", "-o", "user", "-q", "1024"}, Stdout: os.Stdout, Stderr: os.Stderr,
	})
	fmt.Println("exit", exit)
	// Output:
	// version: '1'
	// size: '1024'
	// type: 'user'
	// exit 0
}
