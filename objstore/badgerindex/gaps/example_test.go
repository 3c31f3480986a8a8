package gaps_test

import (
	"fmt"

	"github.com/cofferstore/coffer/objstore/badgerindex/gaps"
)

func ExampleSet() {
	set := gaps.New(1, len("docs:"), 1<<20)
	set.Add([]byte("docs:a0"), []byte("docs:b/1"), 1) // a listing at version 1 went there

	row, ok := set.Find([]byte("docs:a0"), 1)
	fmt.Printf("%s %v\n", row, ok)

	set.Commit(2, func(yield func([]byte, bool) bool) { yield([]byte("docs:a9/1"), false) })
	_, ok = set.Find([]byte("docs:a0"), 1)
	fmt.Println(ok)
	// Output:
	// docs:b/1 true
	// false
}
