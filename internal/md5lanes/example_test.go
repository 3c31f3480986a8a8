package md5lanes_test

import (
	"fmt"

	"github.com/cofferstore/coffer/internal/md5lanes"
)

func Example() {
	messages := [][]byte{nil, []byte("abc"), []byte("message digest")} // RFC 1321, A.5
	sums := make([][16]byte, len(messages))
	md5lanes.Sum(messages, sums)
	for _, sum := range sums {
		fmt.Printf("%x\n", sum)
	}
	// Output:
	// d41d8cd98f00b204e9800998ecf8427e
	// 900150983cd24fb0d6963f7d28e17f72
	// f96b697d7cb7938d525a2f31aaf161d0
}
