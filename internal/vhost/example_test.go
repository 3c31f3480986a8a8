package vhost_test

import (
	"fmt"

	"github.com/cofferstore/coffer/internal/vhost"
)

func Example() {
	domains := vhost.NewDomains([]string{"s3.example.com"})
	fmt.Println(domains.Bucket("photos.s3.example.com:9000"))
	// Output: photos
}
