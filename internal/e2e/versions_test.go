package e2e

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// versions is what the server owes a writer in the versioned bucket: one key
// with a history.
type versions struct {
	key     string
	kept    map[string]content // by version id; a delete marker is the zero content
	order   []string           // of kept, oldest first
	cutPut  []content          // uploads whose answer did not come
	cutMark bool               // a delete marker whose answer did not come
	cutDrop string             // a removal of this version whose answer did not come
}

func newVersions(id int) versions {
	return versions{key: fmt.Sprintf("v%02d", id), kept: map[string]content{}}
}

// step adds a version or a delete marker, or removes the oldest version.
func (v *versions) step(ctx context.Context, c *s3.Client, w *writer) error {
	switch n := w.rnd.IntN(10); {
	case n < 3 && len(v.order) > 3:
		return v.drop(ctx, c, w)
	case n == 3:
		return v.mark(ctx, c, w)
	}
	want := w.fresh()
	out, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: &w.versioned, Key: &v.key, Body: bytes.NewReader(want.bytes())})
	if err != nil {
		v.cutPut = append(v.cutPut, want)
		w.counts.cut++
		return err
	}
	v.keep(aws.ToString(out.VersionId), want)
	w.puts++
	return nil
}

func (v *versions) keep(id string, c content) {
	v.kept[id] = c
	v.order = append(v.order, id)
}

func (v *versions) mark(ctx context.Context, c *s3.Client, w *writer) error {
	out, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &w.versioned, Key: &v.key})
	if err != nil {
		v.cutMark = true
		w.counts.cut++
		return err
	}
	v.keep(aws.ToString(out.VersionId), content{})
	w.deletes++
	return nil
}

func (v *versions) drop(ctx context.Context, c *s3.Client, w *writer) error {
	id := v.order[0]
	_, err := c.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &w.versioned, Key: &v.key, VersionId: &id})
	if err != nil {
		v.cutDrop = id
		w.counts.cut++
		return err
	}
	v.forget(id)
	w.deletes++
	return nil
}

func (v *versions) forget(id string) {
	delete(v.kept, id)
	v.order = slices.DeleteFunc(v.order, func(o string) bool { return o == id })
}

// verify compares the history, newest first, with what is owed.
func (v *versions) verify(t *testing.T, c *s3.Client, w *writer) {
	t.Helper()
	found := v.list(t, c, w)
	for id, want := range v.kept {
		marker, there := found[id]
		w.checked++
		switch {
		case !there && id == v.cutDrop:
			w.happened++
		case !there:
			w.lose("%s: version %s, which was acknowledged, is missing", v.key, id)
		case marker != want.none():
			w.lose("%s: version %s: delete marker: %v", v.key, id, marker)
		case !marker:
			if got, ok := fetch(t, c, &s3.GetObjectInput{Bucket: &w.versioned, Key: &v.key, VersionId: &id}); !is(got, ok, want) {
				w.lose("%s: version %s is not whole: %d bytes of %d", v.key, id, len(got), want.size)
			}
		}
	}
	if _, there := found[v.cutDrop]; v.cutDrop != "" && !there {
		v.forget(v.cutDrop)
	}
	for id, marker := range found {
		if _, known := v.kept[id]; !known {
			v.adopt(t, c, w, id, marker)
		}
	}
	v.cutPut, v.cutMark, v.cutDrop = nil, false, ""
}

// adopt takes up a version that nobody was told of: it must be one that was
// asked for.
func (v *versions) adopt(t *testing.T, c *s3.Client, w *writer, id string, marker bool) {
	t.Helper()
	if marker {
		if !v.cutMark {
			w.lose("%s: delete marker %s, which was removed or never made", v.key, id)
		}
		v.cutMark = false
		w.happened++
		v.keep(id, content{})
		return
	}
	got, ok := fetch(t, c, &s3.GetObjectInput{Bucket: &w.versioned, Key: &v.key, VersionId: &id})
	i := slices.IndexFunc(v.cutPut, func(want content) bool { return is(got, ok, want) })
	if i < 0 {
		w.lose("%s: version %s of %d bytes, which was removed, refused or is not whole", v.key, id, len(got))
		return
	}
	w.happened++
	v.keep(id, v.cutPut[i])
	v.cutPut = slices.Delete(v.cutPut, i, i+1)
}

// list returns the ids of all versions, and whether each is a delete marker.
func (v *versions) list(t *testing.T, c *s3.Client, w *writer) map[string]bool {
	t.Helper()
	found := make(map[string]bool)
	for p := s3.NewListObjectVersionsPaginator(c, &s3.ListObjectVersionsInput{Bucket: &w.versioned, Prefix: &v.key}); p.HasMorePages(); {
		out, err := p.NextPage(t.Context())
		if err != nil {
			t.Errorf("versions of %s: %v", v.key, err)
			return found
		}
		for _, o := range out.Versions {
			found[*o.VersionId] = false
		}
		for _, m := range out.DeleteMarkers {
			found[*m.VersionId] = true
		}
	}
	return found
}
