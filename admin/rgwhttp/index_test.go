package rgwhttp_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
)

// counted is what an index check answers of the number of objects.
type counted struct {
	Result struct {
		Existing   header `json:"existing_header"`
		Calculated header `json:"calculated_header"`
	} `json:"check_result"`
}

type header struct {
	Usage struct {
		Main struct {
			Objects int64 `json:"num_objects"`
		} `json:"rgw.main"`
	}
}

// indexCheck returns what the counters say and what there is.
func (l *lab) indexCheck(query string) (existing, calculated int64) {
	l.t.Helper()
	status, body := l.admin("GET", "/admin/bucket?index&bucket=photos"+query)
	require.Equal(l.t, 200, status, body)
	var c counted
	require.NoError(l.t, json.Unmarshal([]byte(body), &c))
	return c.Result.Existing.Usage.Main.Objects, c.Result.Calculated.Usage.Main.Objects
}

// userObjects returns how many objects the stats of a user tell of.
func (l *lab) userObjects(uid string) int64 {
	l.t.Helper()
	status, body := l.admin("GET", "/admin/user?stats=true&uid="+uid)
	require.Equal(l.t, 200, status, body)
	var u struct {
		Stats struct {
			Objects int64 `json:"num_objects"`
		}
	}
	require.NoError(l.t, json.Unmarshal([]byte(body), &u))
	return u.Stats.Objects
}

func TestIndexCheckMendsDamage(t *testing.T) {
	l := newLab(t)
	l.bucket("lab-user", "photos", "private")
	b, err := l.Store.Bucket(t.Context(), objstore.BucketID{Name: "photos"})
	require.NoError(t, err)
	_, err = b.Put(t.Context(), "cat", strings.NewReader("meow"), nil)
	require.NoError(t, err)
	ref := b.Info().Ref
	for _, c := range []struct {
		row         string // of a counter; see objstore/keyspace.go. The last byte 0 is the number of objects
		existing    int64
		user        int64
		explanation string
	}{
		{"ocb" + string(ref[:]) + "\x00", 4, 1, "of the bucket"},
		{"ocolab-user\x00\x01\x00", 1, 4, "of its owner"},
	} {
		require.NoError(t, l.Index.Update(t.Context(), func(txn driver.Txn) error { return txn.Add([]byte(c.row), 3) }))
		for _, query := range []string{"", "&fix=false", "&fix=true"} {
			assert.Equal(t, c.user, l.userObjects("lab-user"), "%s: only fix mends", c.explanation)
			existing, calculated := l.indexCheck(query)
			assert.Equal(t, c.existing, existing, "%s: the answer tells of what was found%s", c.explanation, query)
			assert.EqualValues(t, 1, calculated, c.explanation)
		}
		existing, calculated := l.indexCheck("")
		assert.EqualValues(t, 1, existing, "%s: mended", c.explanation)
		assert.EqualValues(t, 1, calculated, c.explanation)
		assert.EqualValues(t, 1, l.userObjects("lab-user"), "%s: mended", c.explanation)
	}
}
