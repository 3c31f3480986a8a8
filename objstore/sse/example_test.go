package sse_test

import (
	"bytes"
	"fmt"

	"github.com/cofferstore/coffer/objstore/sse"
)

func ExampleKey_Stream() {
	master, data := sse.NewKey(), sse.NewKey()
	wrapped := master.Wrap(data, []byte("bucket/key")) // this is stored

	id := [16]byte{1} // of the blob
	sealed := data.Stream(id).Seal(nil, []byte("hello, world"))

	key, err := master.Unwrap(wrapped, []byte("bucket/key"))
	if err != nil {
		panic(err)
	}
	p := make([]byte, 5)
	_, err = key.Stream(id).ReadAt(bytes.NewReader(sealed), int64(len(sealed)), p, 7, make([]byte, sse.ScratchSize))
	fmt.Println(string(p), err)
	fmt.Println(key)
	// Output:
	// world <nil>
	// [secret]
}
