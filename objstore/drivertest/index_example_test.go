package drivertest_test

import (
	"testing"

	"github.com/cofferstore/coffer/objstore/drivertest"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// The test of a driver is one function. A medium that persists also sets
// Reopen.
func ExampleTestIndex() {
	_ = func(t *testing.T) { // func TestIndex(t *testing.T)
		drivertest.TestIndex(t, func(t *testing.T) drivertest.IndexHarness {
			return drivertest.IndexHarness{Index: memengine.NewIndex()}
		})
	}
	// Output:
}
