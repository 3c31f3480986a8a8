package keyring_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/objstore/sse/keyring"
)

func Example() {
	dir, err := os.MkdirTemp("", "ring")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	master, err := iam.CreateMasterKey(filepath.Join(dir, "master.key"))
	if err != nil {
		panic(err)
	}
	ring, err := keyring.Open(filepath.Join(dir, "keyring"), master, nil)
	if err != nil {
		panic(err)
	}
	ctx := context.Background()
	d, err := ring.DataKey(ctx, "", nil)
	if err != nil {
		panic(err)
	}
	if err := ring.Rotate(d.KeyID); err != nil {
		panic(err)
	}
	key, err := ring.Unwrap(ctx, d.KeyID, d.Wrapped, nil)
	fmt.Println(d.KeyID, key.Equal(d.Key), err)
	// Output: default true <nil>
}
