package ostoradmin_test

import (
	"context"
	"fmt"
	"os"

	"github.com/cofferstore/coffer/admin"
	"github.com/cofferstore/coffer/admin/cli"
	"github.com/cofferstore/coffer/admin/cli/ostoradmin"
	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/quota"
)

func Example() {
	ix := memengine.NewIndex()
	users, err := iam.Open(ix, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	quotas, err := quota.Open(ix, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	store, err := objstore.Open(driver.Engine{Index: ix, Blobs: memengine.NewBlobs()}, &objstore.Options{Hooks: []objstore.Hook{quotas}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer store.Close()
	tool := ostoradmin.S3Admin(admin.NewOstor(admin.New(users, store, &admin.Options{Quotas: quotas}), nil))

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
