package bufpool_test

import (
	"fmt"

	"github.com/cofferstore/coffer/internal/bufpool"
)

func Example() {
	var pool bufpool.Pool
	b := pool.Get(100_000)
	defer pool.Put(b)
	fmt.Println(len(b), cap(b))
	// Output: 100000 262144
}
