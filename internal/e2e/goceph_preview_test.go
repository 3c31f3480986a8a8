//go:build ceph_preview

package e2e

import (
	"testing"

	"github.com/ceph/go-ceph/rgw/admin"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// What go-ceph has behind a build tag as long as its interface may change.
func TestGoCephPreview(t *testing.T) {
	s, ctx := serve(t), t.Context()
	root := s.goceph(t, accessKey, secretKey)
	info, err := root.GetInfo(ctx)
	require.NoError(t, err)
	require.Len(t, info.InfoSpec.StorageBackends, 1)
	assert.Equal(t, "coffer", info.InfoSpec.StorageBackends[0].Name)
	assert.Len(t, info.InfoSpec.StorageBackends[0].ClusterID, 36)
	c := s.sdk(t)
	bucket := newBucket(t, c)
	put(t, c, bucket, "k", data(100, 1))
	found, err := root.CheckBucketIndex(ctx, admin.CheckBucketIndexRequest{Bucket: bucket, CheckObjects: true, Fix: true})
	require.NoError(t, err)
	assert.Equal(t, uint64(1), *found.CheckResult.CalculatedHeader.Usage.RgwMain.NumObjects)
}
