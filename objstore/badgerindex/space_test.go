package badgerindex

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/cofferstore/coffer/objstore/driver"
)

func TestRoom(t *testing.T) {
	dir := t.TempDir()
	assert.NoError(t, room(dir, 1))
	assert.NoError(t, room(dir, -1))
	assert.ErrorIs(t, room(dir, 1<<62), driver.ErrNoSpace)
	assert.NoError(t, room(dir+"/missing", -1), "negative: do not look")
	assert.Error(t, room(dir+"/missing", 1))
}
