package barbican_test

import (
	"fmt"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/s3http/kms/barbican"
)

func ExampleNew() {
	keys, err := barbican.New(barbican.Options{
		Address: "https://keys.example.com:9311", Keystone: "https://identity.example.com:5000",
		User: "coffer", Password: "secret", Project: "service",
		DefaultKey: "0b2f4a5e-2c3d-4e5f-8a9b-0c1d2e3f4a5b",
	})
	options := objstore.Options{KMS: keys} // of objstore.Open
	fmt.Println(options.KMS != nil, err)
	// Output: true <nil>
}
