package vault_test

import (
	"fmt"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/s3http/kms/vault"
)

func ExampleNewTransit() {
	keys, err := vault.NewTransit(vault.Options{
		Address:    "https://vault.example.com:8200",
		AppRole:    &vault.AppRole{RoleID: "role", SecretID: "secret"},
		DefaultKey: "objects",
	})
	options := objstore.Options{KMS: keys} // of objstore.Open
	fmt.Println(options.KMS != nil, err)
	// Output: true <nil>
}
