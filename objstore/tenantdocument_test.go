package objstore

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// countedIndex counts the views of an index.
type countedIndex struct {
	driver.Index
	views int
}

func (i *countedIndex) View(ctx context.Context, fn func(driver.Reader) error) error {
	i.views++
	return i.Index.View(ctx, fn)
}

func TestTenantDocument(t *testing.T) {
	for _, exclusive := range []bool{true, false} {
		e := memengine.New()
		e.Exclusive = exclusive
		index := &countedIndex{Index: e.Index}
		e.Index = index
		f := newFixtureOn(t, e, nil)
		read := func(tenant string) string {
			data, err := f.TenantDocument(t.Context(), tenant, "k")
			if errors.Is(err, ErrNoSuchDocument) {
				return "none"
			}
			require.NoError(t, err)
			return string(data)
		}
		set := func(tenant string, data []byte) {
			require.NoError(t, f.SetTenantDocument(t.Context(), tenant, "k", data))
		}
		assert.Equal(t, "none", read(""))
		views := index.views
		assert.Equal(t, "none", read(""))
		assert.Equal(t, views, index.views, "that there is none is known without the index")
		set("", []byte("a"))
		assert.Equal(t, "a", read(""), "a change is seen at once")
		assert.Equal(t, "none", read("acme"), "each tenant has its own")
		set("acme", []byte{})
		assert.Equal(t, "", read("acme"), "an empty one is there")
		set("", nil)
		set("", nil)
		assert.Equal(t, "none", read(""), "removed, twice")
		assert.Equal(t, "", read("acme"))

		// Another process changes the row.
		require.NoError(t, f.mutate(t.Context(), func(txn driver.Txn) error { return txn.Set(tenantRow("", "k"), []byte("b")) }))
		f.clock.Advance(cacheAge)
		assert.Equal(t, map[bool]string{true: "none", false: "b"}[exclusive], read(""), "only a shared index is looked at again")
		report, err := f.Check(t.Context(), nil)
		require.NoError(t, err)
		assert.Empty(t, report.Problems)
	}
}

func TestTenantDocumentBounds(t *testing.T) {
	f := newFixture(t, nil)
	long := strings.Repeat("x", maxTenant+1)
	_, err := f.TenantDocument(t.Context(), long, "k")
	require.ErrorIs(t, err, ErrInvalidArgument)
	_, err = f.TenantDocument(t.Context(), "", "")
	require.ErrorIs(t, err, ErrInvalidArgument)
	require.ErrorIs(t, f.SetTenantDocument(t.Context(), long, "k", nil), ErrInvalidArgument)
	require.ErrorIs(t, f.SetTenantDocument(t.Context(), "", "k", make([]byte, maxTenantDocument+1)), ErrEntityTooLarge)
}
