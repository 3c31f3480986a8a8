package ostorhttp_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
)

// Lists cost a pass over rows, however many users and buckets there are, and
// whether or not the buckets were ever written to.
func TestReadsOfLists(t *testing.T) {
	const n = 2000
	l := newLab(t)
	for i := range n {
		a, _ := l.user(fmt.Sprintf("user%05d@example.com", i))
		b, err := l.Store.CreateBucket(t.Context(), objstore.BucketID{Name: fmt.Sprintf("bucket%05d", i)}, &objstore.CreateBucketOptions{Owner: a.UID})
		require.NoError(t, err)
		if i%2 == 0 {
			_, err = b.Put(t.Context(), "k", strings.NewReader("123"), nil)
			require.NoError(t, err)
		}
	}
	for request, rows := range map[string]int64{
		"GET /?ostor-users":       n, // and their users
		"GET /?ostor-buckets":     2 * n,
		"GET /?ostor-users&space": 3 * n,
	} {
		l.ok(request)
		l.index.Take()
		l.ok(request)
		got := l.index.Take()
		assert.Less(t, got.Views+got.Scans, int64(30), request)
		assert.Less(t, got.Gets, int64(30), "%s: no look-ups one by one", request)
		assert.Zero(t, got.Counters, request)
		assert.Less(t, got.Rows, rows+100, request)
	}
}
