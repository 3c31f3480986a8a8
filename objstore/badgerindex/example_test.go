package badgerindex_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/cofferstore/coffer/objstore/badgerindex"
	"github.com/cofferstore/coffer/objstore/driver"
)

func Example() {
	dir, err := os.MkdirTemp("", "index")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ix, err := badgerindex.Open(dir, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer ix.Close()

	ctx := context.Background()
	err = ix.Update(ctx, func(tx driver.Txn) error {
		if err := tx.Set([]byte("photos/cat.jpg"), []byte("a record")); err != nil {
			return err
		}
		return tx.Add([]byte("photos/objects"), 1)
	})
	if err != nil {
		log.Fatal(err)
	}
	err = ix.View(ctx, func(r driver.Reader) error {
		c := r.Scan([]byte("photos/"), []byte("photos0"), driver.ScanOptions{KeysOnly: true})
		for c.Next() {
			fmt.Printf("%s\n", c.Key())
		}
		objects, err := r.Counter([]byte("photos/objects"))
		fmt.Println(objects, "object")
		if err != nil {
			return err
		}
		return c.Close()
	})
	if err != nil {
		log.Fatal(err)
	}
	// Output:
	// photos/cat.jpg
	// 1 object
}
