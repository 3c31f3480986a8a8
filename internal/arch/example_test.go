package arch_test

import (
	"fmt"
	"testing/fstest"

	"github.com/cofferstore/coffer/internal/arch"
)

func ExampleTree_Vars() {
	tree, err := arch.Parse(fstest.MapFS{
		"shop/shop.go": {Data: []byte("package shop\n\nvar counter int\n")},
	})
	if err != nil {
		panic(err)
	}
	for _, f := range tree.Vars() {
		fmt.Println(f.Rule, f.Subject)
	}
	// Output: package-var shop.counter
}
