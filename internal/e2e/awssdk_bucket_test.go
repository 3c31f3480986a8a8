package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSDKBuckets(t *testing.T) {
	c := serve(t).sdk(t)
	bucket := newBucket(t, c)
	_, err := c.HeadBucket(t.Context(), &s3.HeadBucketInput{Bucket: &bucket})
	require.NoError(t, err)
	list, err := c.ListBuckets(t.Context(), nil)
	require.NoError(t, err)
	assert.True(t, slices.ContainsFunc(list.Buckets, func(b types.Bucket) bool { return *b.Name == bucket }))
	_, err = c.GetBucketLocation(t.Context(), &s3.GetBucketLocationInput{Bucket: &bucket})
	require.NoError(t, err)

	_, err = c.PutBucketTagging(t.Context(), &s3.PutBucketTaggingInput{Bucket: &bucket, Tagging: &types.Tagging{TagSet: []types.Tag{{Key: aws.String("team"), Value: aws.String("a b")}}}})
	require.NoError(t, err)
	tags, err := c.GetBucketTagging(t.Context(), &s3.GetBucketTaggingInput{Bucket: &bucket})
	require.NoError(t, err)
	assert.Equal(t, map[string]string{"team": "a b"}, tagMap(tags.TagSet))

	put(t, c, bucket, "key", []byte("x"))
	_, err = c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: &bucket})
	assert.Equal(t, "BucketNotEmpty", code(err))
	_, err = c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: aws.String("key")})
	require.NoError(t, err)
	_, err = c.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: &bucket})
	require.NoError(t, err)
	_, err = c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket})
	assert.Equal(t, "NoSuchBucket", code(err))
	_, err = c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("Not_A_Name")})
	assert.Equal(t, "InvalidBucketName", code(err))
}

func TestSDKLists(t *testing.T) {
	c := serve(t).sdk(t)
	bucket := newBucket(t, c)
	want := append(oddKeys(), worseKeys()...)
	for i := range 60 {
		want = append(want, fmt.Sprintf("many/%d/%d", i%7, i))
	}
	for _, key := range want {
		put(t, c, bucket, key, nil)
	}
	slices.Sort(want)

	for _, page := range []int32{1, 7, 1000} {
		var got []string
		for p := s3.NewListObjectsV2Paginator(c, &s3.ListObjectsV2Input{Bucket: &bucket, MaxKeys: &page}); p.HasMorePages(); {
			out, err := p.NextPage(t.Context())
			require.NoError(t, err)
			assert.LessOrEqual(t, len(out.Contents), int(page))
			for _, o := range out.Contents {
				got = append(got, *o.Key)
			}
		}
		assert.Equal(t, want, got, "version 2, pages of %d", page)
	}
	var got []string
	for marker, more := (*string)(nil), true; more; {
		out, err := c.ListObjects(t.Context(), &s3.ListObjectsInput{Bucket: &bucket, MaxKeys: aws.Int32(9), Marker: marker})
		require.NoError(t, err)
		for _, o := range out.Contents {
			got = append(got, *o.Key)
			marker = o.Key
		}
		more = *out.IsTruncated
	}
	assert.Equal(t, want, got, "version 1")

	groups, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: aws.String("many/"), Delimiter: aws.String("/"), StartAfter: aws.String("many/1")})
	require.NoError(t, err)
	var prefixes []string
	for _, p := range groups.CommonPrefixes {
		prefixes = append(prefixes, *p.Prefix)
	}
	assert.Equal(t, strings.Fields("many/1/ many/2/ many/3/ many/4/ many/5/ many/6/"), prefixes)
	assert.Empty(t, groups.Contents)

	for len(want) > 0 {
		n := min(50, len(want))
		var ids []types.ObjectIdentifier
		for _, key := range want[:n] {
			ids = append(ids, types.ObjectIdentifier{Key: &key})
		}
		want = want[n:]
		out, err := c.DeleteObjects(t.Context(), &s3.DeleteObjectsInput{Bucket: &bucket, Delete: &types.Delete{Objects: ids}})
		require.NoError(t, err)
		assert.Empty(t, out.Errors)
		assert.Len(t, out.Deleted, n)
	}
	left, err := c.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket})
	require.NoError(t, err)
	assert.Empty(t, left.Contents)
}

func TestSDKVersions(t *testing.T) {
	c := serve(t).sdk(t)
	bucket, key := newBucket(t, c), "a key"
	put(t, c, bucket, key, []byte("null"))
	_, err := c.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: &bucket, VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	require.NoError(t, err)
	ids := []*string{aws.String("null")}
	bodies := [][]byte{[]byte("null")}
	for i := range 5 {
		bodies = append(bodies, data(3000*i, uint64(i)))
		out := put(t, c, bucket, key, bodies[i+1])
		require.NotNil(t, out.VersionId)
		ids = append(ids, out.VersionId)
	}
	marker, err := c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key})
	require.NoError(t, err)
	require.True(t, *marker.DeleteMarker)
	_, err = c.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	assert.Equal(t, "NoSuchKey", code(err), "hidden by the delete marker")
	for i, id := range ids {
		same(t, bodies[i], get(t, c, &s3.GetObjectInput{Bucket: &bucket, Key: &key, VersionId: id}), "version "+*id)
	}

	var listed []string
	for p := s3.NewListObjectVersionsPaginator(c, &s3.ListObjectVersionsInput{Bucket: &bucket, MaxKeys: aws.Int32(2)}); p.HasMorePages(); {
		out, err := p.NextPage(t.Context())
		require.NoError(t, err)
		for _, v := range out.Versions {
			listed = append(listed, *v.VersionId)
		}
		for _, m := range out.DeleteMarkers {
			assert.Equal(t, *marker.VersionId, *m.VersionId)
			assert.True(t, *m.IsLatest)
		}
	}
	var newest []string
	for _, id := range slices.Backward(ids) {
		newest = append(newest, *id)
	}
	assert.Equal(t, newest, listed, "newest first")

	_, err = c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key, VersionId: marker.VersionId})
	require.NoError(t, err)
	same(t, bodies[5], get(t, c, &s3.GetObjectInput{Bucket: &bucket, Key: &key}), "back again")
	_, err = c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key, VersionId: ids[5]})
	require.NoError(t, err)
	same(t, bodies[4], get(t, c, &s3.GetObjectInput{Bucket: &bucket, Key: &key}), "the version before")
}
