package httpx_test

import (
	"fmt"

	"github.com/cofferstore/coffer/internal/httpx"
)

func Example() {
	rg, ok, err := httpx.ParseRange("bytes=-3", 10)
	fmt.Println(rg.Start, rg.Length, ok, err)
	fmt.Println(httpx.ParseETags(`"a", W/"b"`, true))
	// Output:
	// 7 3 true <nil>
	// [a b]
}
