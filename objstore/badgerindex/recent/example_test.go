package recent_test

import (
	"fmt"

	"github.com/cofferstore/coffer/objstore/badgerindex/recent"
)

func ExampleCache() {
	cache := recent.New(5, 1<<20)
	key := []byte("docs/a.txt")
	cache.Found(key, 5, recent.Row{Value: []byte("one")}) // a reader found this in the tree
	cache.Set(6, key, []byte("two"), 0)                   // and then somebody changed it

	row, ok := cache.Get(key, 6)
	fmt.Printf("%s %v\n", row.Value, ok)

	_, ok = cache.Get(key, 5) // what it was before only the tree knows
	fmt.Println(ok)
	// Output:
	// two true
	// false
}
