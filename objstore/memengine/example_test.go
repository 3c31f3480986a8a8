package memengine_test

import (
	"context"
	"fmt"
	"log"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

func ExampleNew() {
	engine := memengine.New()
	defer engine.Index.Close()

	ctx := context.Background()
	err := engine.Index.Update(ctx, func(tx driver.Txn) error {
		return tx.Set([]byte("greeting"), []byte("hello"))
	})
	if err != nil {
		log.Fatal(err)
	}
	err = engine.Index.View(ctx, func(r driver.Reader) error {
		v, err := r.Get([]byte("greeting"))
		fmt.Printf("%s\n", v)
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output: hello
}
