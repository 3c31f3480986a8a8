package rgwhttp_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/admin/internal/admintest"
	"github.com/cofferstore/coffer/auth/awssig"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// failing is an index that cannot be read after some views.
type failing struct {
	driver.Index
	left atomic.Int64
}

func (f *failing) View(ctx context.Context, fn func(driver.Reader) error) error {
	if f.left.Add(-1) < 0 {
		return errors.New("disk on fire")
	}
	return f.Index.View(ctx, fn)
}

// list asks for the buckets of everybody.
func (l *lab) list(query string) (*http.Response, []byte, error) {
	l.t.Helper()
	r, err := http.NewRequestWithContext(l.t.Context(), "GET", l.url+"/admin/bucket"+query, nil)
	require.NoError(l.t, err)
	awssig.SignV4(r, l.credentials("lab-admin"), awssig.Scope{Time: time.Now(), Region: "us-east-1", Service: "s3"}, awssig.UnsignedPayload)
	resp, err := http.DefaultClient.Do(r)
	require.NoError(l.t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp, body, err
}

// Lists of all buckets are sent while they are made: what they take in memory is
// that of a page.
func TestLongLists(t *testing.T) {
	const n = 2500
	ix := &failing{Index: memengine.NewIndex()}
	ix.left.Store(1 << 40)
	begin := time.Now() // and always: views are counted, and rows in memory do not get old
	l := newLabWith(t, &admintest.Options{Index: ix, Now: func() time.Time { return begin }})
	for i := range n {
		l.AddBucket("lab-user", fmt.Sprintf("photos-%04d", i))
	}
	resp, body, err := l.list("")
	require.NoError(t, err)
	var names []string
	require.NoError(t, json.Unmarshal(body, &names))
	assert.Len(t, names, n)
	assert.EqualValues(t, len(body), resp.ContentLength, "names are short: they are sent at once")

	before := ix.left.Load()
	resp, body, err = l.list("?stats=true")
	require.NoError(t, err)
	views := before - ix.left.Load()
	assert.EqualValues(t, -1, resp.ContentLength, "the length is not known before the end")
	var stats []struct{ Bucket, Owner string }
	require.NoError(t, json.Unmarshal(body, &stats))
	require.Len(t, stats, n)
	for i, s := range stats {
		require.Equal(t, fmt.Sprintf("photos-%04d lab-user", i), s.Bucket+" "+s.Owner, "each once, and in order")
	}

	ix.left.Store(views / 100)
	resp, body, err = l.list("?stats=true")
	require.NoError(t, err)
	assert.Equal(t, 500, resp.StatusCode, "nothing is out yet")
	assert.Contains(t, string(body), `"Code":"InternalError"`)
	ix.left.Store(views * 3 / 5)
	resp, _, err = l.list("?stats=true")
	assert.Equal(t, 200, resp.StatusCode)
	require.Error(t, err, "the client sees that something is missing")
}
