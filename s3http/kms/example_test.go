package kms_test

import (
	"context"
	"fmt"

	"github.com/cofferstore/coffer/objstore/sse"
	"github.com/cofferstore/coffer/s3http/kms"
)

func ExampleNewSecrets() {
	master := sse.NewKey() // in a store of your own
	keys := kms.NewSecrets(func(_ context.Context, keyID string, _ uint64) (kms.Secret, error) {
		if keyID != "mine" {
			return kms.Secret{}, sse.ErrKeyNotFound
		}
		return kms.Secret{Key: master, Version: 1}, nil
	}, &kms.Options{DefaultKey: "mine"})
	ctx := context.Background()
	d, err := keys.DataKey(ctx, "", nil)
	fmt.Println(d.KeyID, err)
	_, err = keys.DataKey(ctx, "other", nil)
	fmt.Println(err)
	// Output:
	// mine <nil>
	// sse: no such master key
}
