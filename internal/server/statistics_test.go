package server_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/config"
	"github.com/cofferstore/coffer/internal/datadir"
	"github.com/cofferstore/coffer/internal/server"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/usage/ostorstat"
)

// gwConf writes a gw.conf file and returns its path.
func gwConf(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gw.conf")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// collected opens the data of a stopped server and returns its statistics
// objects and the size of a bucket.
func collected(t testing.TB, dir, bucket string) (objects []*ostorstat.Object, names []string, size ostorstat.Size) {
	t.Helper()
	ctx := t.Context()
	d, err := datadir.Open(dir, nil)
	require.NoError(t, err)
	log, err := ostorstat.OpenLog(ctx, d.Index, nil)
	require.NoError(t, err)
	list, err := log.List(ctx, "", 0)
	require.NoError(t, err)
	for _, name := range list.Names {
		o, err := log.Object(ctx, name)
		require.NoError(t, err)
		objects = append(objects, o)
	}
	sizes, err := ostorstat.OpenSizes(d.Index, nil)
	require.NoError(t, err)
	st, err := objstore.Open(d.Engine(), nil)
	require.NoError(t, err)
	b, err := st.Bucket(ctx, objstore.BucketID{Name: bucket})
	require.NoError(t, err)
	drift, err := sizes.Drift(ctx, []objstore.BucketInfo{b.Info()})
	require.NoError(t, err)
	assert.Empty(t, drift)
	size, err = sizes.Bucket(ctx, b.Info())
	require.NoError(t, err)
	require.NoError(t, st.Close())
	require.NoError(t, d.Close())
	return objects, list.Names, size
}

func TestStatistics(t *testing.T) {
	for _, c := range []struct {
		explanation string
		env         []string
		name        string // of the object, around its time; "" = none
	}{
		{"off unless they are switched on", nil, ""},
		{"switched on", []string{"OSTOR_STAT=true"}, "s3-usage-8000000000000001-/-1800"},
		{"other settings", []string{"OSTOR_STAT=1", "OSTOR_STAT_PERIOD=1h", "OSTOR_SERVICE_ID=8000000000000065"}, "s3-usage-8000000000000065-/-3600"},
		{"those of the vendor's gateway", []string{"GW_CONF=" + gwConf(t, "S3_GW_COLLECT_STAT=1\nS3_GW_USAGE_PERIOD=60\n")}, "s3-usage-8000000000000001-/-60"},
	} {
		t.Run(c.explanation, func(t *testing.T) {
			settings := settings(t, withRoot(c.env...)...)
			srv := start(t, settings)
			do := func(method, path string, body string) {
				resp, err := s3(t, http.DefaultClient, method, srv.url+path, strings.NewReader(body))
				require.NoError(t, err)
				_, err = io.Copy(io.Discard, resp.Body)
				require.NoError(t, err)
				require.NoError(t, resp.Body.Close())
			}
			do("PUT", "/photos", "")
			do("PUT", "/photos/a", "12345")
			do("GET", "/photos/a", "")
			do("GET", "/photos/missing", "")
			do("GET", "/photos?list-type=2", "")
			do("GET", "/admin/usage", "")
			require.NoError(t, srv.wait())

			objects, names, size := collected(t, settings.Data, "photos")
			assert.Equal(t, int64(5), size.Current, "sizes are kept whether or not statistics are on")
			if c.name == "" {
				assert.Empty(t, names)
				return
			}
			require.Len(t, names, 1, "written when the server stops")
			before, after, _ := strings.Cut(c.name, "/")
			assert.True(t, strings.HasPrefix(names[0], before) && strings.HasSuffix(names[0], after), names[0])
			require.Len(t, objects[0].Items, 1)
			assert.Equal(t, "photos", objects[0].Items[0].Key.Bucket)
			assert.Equal(t, ostorstat.Counters{
				Ops:   ostorstat.Ops{Put: 2, Get: 1, List: 1},
				NetIO: ostorstat.NetIO{Uploaded: 5, Downloaded: 5},
			}, objects[0].Items[0].Counters)
		})
	}
}

func TestStatisticsRefused(t *testing.T) {
	for _, c := range []struct{ explanation, env, tells string }{
		{"a file with a mistake", "GW_CONF=" + gwConf(t, "S3_GW_COLLECT_STAT=maybe"), "gw.conf, line 1: S3_GW_COLLECT_STAT: want 0 or 1"},
		{"a file that is not there", "GW_CONF=/nonexistent/gw.conf", "no such file"},
		{"an id that is none", "OSTOR_SERVICE_ID=x", "service id"},
		{"the name of an object has whole seconds", "OSTOR_STAT_PERIOD=1500ms", "whole seconds"},
	} {
		t.Run(c.explanation, func(t *testing.T) {
			var log bytes.Buffer
			err := server.Run(t.Context(), settings(t, withRoot(c.env)...), &server.Options{Log: &log})
			require.ErrorIs(t, err, config.ErrUsage)
			assert.ErrorContains(t, err, c.tells)
		})
	}
}
