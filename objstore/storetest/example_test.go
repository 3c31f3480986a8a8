package storetest_test

import (
	"testing"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/memengine"
	"github.com/cofferstore/coffer/objstore/storetest"
)

// A front end is tested by a Target of its client; here it is the Go API.
func Example() {
	const minPartSize = 4096
	_ = func(t *testing.T) {
		storetest.Test(t, func(t *testing.T) storetest.Target {
			s, err := objstore.Open(memengine.New(), &objstore.Options{MinPartSize: minPartSize})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { s.Close() })
			return storetest.ForStore(s, minPartSize)
		})
	}
	// Output:
}
