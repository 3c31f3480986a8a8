package objstore

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

func TestStoreID(t *testing.T) {
	e := memengine.New()
	one := newFixtureOn(t, e, nil)
	two, err := Open(e, &Options{SweepEvery: -1}) // one closes the index
	require.NoError(t, err)
	id, err := one.ID(t.Context())
	require.NoError(t, err)
	assert.NotEqual(t, uuid.Nil, id)
	for _, f := range []*Store{one.Store, two} {
		again, err := f.ID(t.Context())
		require.NoError(t, err)
		assert.Equal(t, id, again, "every process on an index tells the same")
	}
	other, err := newFixture(t, nil).ID(t.Context())
	require.NoError(t, err)
	assert.NotEqual(t, id, other)
	require.NoError(t, one.mutate(t.Context(), func(txn driver.Txn) error { return txn.Set(row(kindStore, 0), []byte("x")) }))
	_, err = two.ID(t.Context())
	require.ErrorIs(t, err, ErrInvalidStorageStructure)
}
