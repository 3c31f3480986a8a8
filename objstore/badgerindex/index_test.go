package badgerindex_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/badgerindex"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/drivertest"
)

func TestIndex(t *testing.T) {
	drivertest.TestIndex(t, func(t *testing.T) drivertest.IndexHarness {
		dir := t.TempDir()
		open := func() (driver.Index, error) { return badgerindex.Open(dir, nil) }
		ix, err := open()
		require.NoError(t, err)
		return drivertest.IndexHarness{Index: ix, Reopen: open}
	})
}
