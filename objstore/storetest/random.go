package storetest

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore"
)

// Random does steps random operations on a new bucket and on a small model of
// it, and compares them on the way and at the end. The same seed is the same
// history, whatever the target. The target needs versions and uploads.
func Random(t *testing.T, target Target, seed uint64, steps int) {
	bucket := fmt.Sprintf("random-%d", seed)
	m := &model{
		env:     &env{t: t, ctx: t.Context(), Target: target, bucket: bucket},
		rnd:     rand.New(rand.NewPCG(seed, 0x5eed)),
		objects: map[string][]modelVersion{},
		uploads: map[string]*modelUpload{},
	}
	require.NoError(t, target.Buckets.Create(m.ctx, bucket))
	defer func() {
		if t.Failed() {
			t.Logf("seed %d, after %q", seed, m.log)
		}
	}()
	for i := range steps {
		m.step()
		if i%25 == 24 {
			m.compare()
		}
		if t.Failed() {
			return
		}
	}
	m.compare()
}

// model is what a bucket should hold.
type model struct {
	*env
	rnd     *rand.Rand
	state   objstore.Versioning
	objects map[string][]modelVersion // newest first
	uploads map[string]*modelUpload   // by id
	log     []string                  // the last operations
}

type modelVersion struct {
	id     string
	marker bool
	body   string
}

type modelUpload struct {
	key   string
	parts map[int]modelPart
}

type modelPart struct{ etag, body string }

var modelKeys = []string{"a", "a/", "a/b", "a/b/c", "a/c", "b\x00", "b\x00/x", "\xff", "\xff/\xff", "z"}

func (m *model) step() {
	ops := []struct {
		weight int
		name   string
		do     func()
	}{
		{20, "put", m.putSome}, {8, "delete", m.deleteSome}, {8, "remove", m.removeSome}, {6, "copy", m.copySome},
		{2, "versioning", m.setSome}, {3, "create", m.createSome}, {10, "part", m.partSome}, {3, "copy part", m.copyPartSome},
		{4, "complete", m.completeSome}, {1, "abort", m.abortSome}, {4, "list", m.listSome},
	}
	n := 0
	for _, op := range ops {
		n += op.weight
	}
	n = m.rnd.IntN(n)
	for _, op := range ops {
		if n -= op.weight; n < 0 {
			m.log = append(m.log, op.name)
			m.log = m.log[max(0, len(m.log)-10):]
			op.do()
			return
		}
	}
}

func (m *model) key() string { return modelKeys[m.rnd.IntN(len(modelKeys))] }

func (m *model) body() []byte {
	sizes := []int{0, 1, 10, 4000, 5000, 5000, 70_000}
	return bodyOf(sizes[m.rnd.IntN(len(sizes))], byte(m.rnd.IntN(200)))
}

// place makes v the newest version of a key.
func (m *model) place(key string, v modelVersion) {
	if m.state != objstore.VersioningEnabled {
		m.drop(key, objstore.NullVersion)
		assert.Equal(m.t, objstore.NullVersion, v.id)
	}
	m.objects[key] = append([]modelVersion{v}, m.objects[key]...)
}

func (m *model) drop(key, id string) {
	m.objects[key] = slices.DeleteFunc(m.objects[key], func(v modelVersion) bool { return v.id == id })
}

func (m *model) putSome() {
	key, body := m.key(), m.body()
	createOnly := m.rnd.IntN(4) == 0
	var c objstore.Conditions
	if createOnly {
		c = noneMatch("")
	}
	info, err := m.Objects.Put(m.ctx, m.bucket, key, body, c)
	if vs := m.objects[key]; createOnly && len(vs) > 0 && !vs[0].marker {
		m.fails(err, objstore.ErrPreconditionFailed)
		return
	}
	require.NoError(m.t, err)
	m.place(key, modelVersion{id: info.VersionID, body: string(body)})
}

func (m *model) deleteSome() {
	key := m.key()
	res := m.delete(key, "")
	if m.state == objstore.VersioningOff {
		m.drop(key, objstore.NullVersion)
		return
	}
	assert.True(m.t, res.DeleteMarker)
	m.place(key, modelVersion{id: res.Version, marker: true})
}

// pick returns some version, in an order that is the same on every target.
func (m *model) pick(markers bool) (key string, v modelVersion, ok bool) {
	type choice struct {
		key string
		v   modelVersion
	}
	var all []choice
	for _, key := range slices.Sorted(maps.Keys(m.objects)) {
		for _, v := range m.objects[key] {
			if markers || !v.marker {
				all = append(all, choice{key, v})
			}
		}
	}
	if len(all) == 0 {
		return "", v, false
	}
	c := all[m.rnd.IntN(len(all))]
	return c.key, c.v, true
}

func (m *model) removeSome() {
	key, v, ok := m.pick(true)
	if !ok {
		return
	}
	m.delete(key, v.id)
	m.drop(key, v.id)
}

func (m *model) copySome() {
	from, v, ok := m.pick(false)
	if !ok {
		return
	}
	key := m.key()
	info, err := m.Objects.Copy(m.ctx, m.bucket, key, Source{m.bucket, from, v.id})
	require.NoError(m.t, err)
	m.place(key, modelVersion{id: info.VersionID, body: v.body})
}

func (m *model) setSome() {
	states := []objstore.Versioning{objstore.VersioningEnabled, objstore.VersioningSuspended}
	m.state = states[m.rnd.IntN(2)]
	require.NoError(m.t, m.Versions.Set(m.ctx, m.bucket, m.state))
}

func (m *model) createSome() {
	key := m.key()
	id, err := m.Uploads.Create(m.ctx, m.bucket, key)
	require.NoError(m.t, err)
	m.uploads[id] = &modelUpload{key: key, parts: map[int]modelPart{}}
}

func (m *model) pickUpload() (UploadName, *modelUpload, bool) {
	ids := slices.Collect(maps.Keys(m.uploads))
	if len(ids) == 0 {
		return UploadName{}, nil, false
	}
	slices.Sort(ids) // by time: the same order on every target
	id := ids[m.rnd.IntN(len(ids))]
	return UploadName{m.bucket, m.uploads[id].key, id}, m.uploads[id], true
}

func (m *model) partSome() {
	name, u, ok := m.pickUpload()
	if !ok {
		return
	}
	number := 1 + m.rnd.IntN(4)
	body := bodyOf(m.MinPartSize+m.rnd.IntN(2)*100, byte(m.rnd.IntN(200)))
	p, err := m.Uploads.PutPart(m.ctx, name, number, body)
	require.NoError(m.t, err)
	u.parts[number] = modelPart{p.ETag, string(body)}
}

func (m *model) copyPartSome() {
	name, u, ok := m.pickUpload()
	key, v, ok2 := m.pick(false)
	if !ok || !ok2 || len(v.body) < m.MinPartSize {
		return
	}
	off := m.rnd.IntN(len(v.body) - m.MinPartSize + 1)
	number := 1 + m.rnd.IntN(4)
	p, err := m.Uploads.CopyPart(m.ctx, name, number, Source{m.bucket, key, v.id}, int64(off), -1)
	require.NoError(m.t, err)
	u.parts[number] = modelPart{p.ETag, v.body[off:]}
}

func (m *model) completeSome() {
	name, u, ok := m.pickUpload()
	if !ok || len(u.parts) == 0 {
		return
	}
	var list []objstore.CompletePart
	body := ""
	for i, n := range slices.Sorted(maps.Keys(u.parts)) {
		if i == 0 || m.rnd.IntN(3) > 0 {
			list = append(list, objstore.CompletePart{Number: n, ETag: u.parts[n].etag})
			body += u.parts[n].body
		}
	}
	info, err := m.Uploads.Finish(m.ctx, name, Finish{Parts: list})
	require.NoError(m.t, err)
	delete(m.uploads, name.ID)
	m.place(u.key, modelVersion{id: info.VersionID, body: body})
}

func (m *model) abortSome() {
	name, _, ok := m.pickUpload()
	if !ok {
		return
	}
	_, err := m.Uploads.Finish(m.ctx, name, Finish{Abort: true})
	require.NoError(m.t, err)
	delete(m.uploads, name.ID)
}

func (m *model) current() []string {
	var keys []string
	for key, vs := range m.objects {
		if len(vs) > 0 && !vs[0].marker {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

func (m *model) listSome() {
	delimiters := []string{"", "/", "\x00", "b"}
	m.checkList(m.current(), objstore.ListQuery{
		Prefix:    m.key()[:m.rnd.IntN(2)],
		Delimiter: delimiters[m.rnd.IntN(len(delimiters))],
		After:     []string{"", m.key()}[m.rnd.IntN(2)],
		Limit:     1 + m.rnd.IntN(4),
	})
}

// compare compares all that can be seen.
func (m *model) compare() {
	var want []string
	for _, key := range slices.Sorted(maps.Keys(m.objects)) {
		for i, v := range m.objects[key] {
			want = append(want, fmt.Sprintf("%q %s marker=%v latest=%v", key, v.id, v.marker, i == 0))
			if !v.marker {
				require.True(m.t, v.body == m.get(key, v.id), "bytes of %q %s", key, v.id)
			}
		}
	}
	var got []string
	for _, v := range m.allVersions() {
		got = append(got, fmt.Sprintf("%q %s marker=%v latest=%v", v.Key, v.VersionID, v.DeleteMarker, v.IsLatest))
	}
	require.Equal(m.t, want, got)
	require.Equal(m.t, m.current(), m.keys())
	page, err := m.Uploads.List(m.ctx, m.bucket, objstore.UploadsQuery{Limit: 10_000})
	require.NoError(m.t, err)
	require.Len(m.t, page.Uploads, len(m.uploads))
	for _, u := range page.Uploads {
		require.Contains(m.t, m.uploads, u.ID)
		require.Equal(m.t, m.uploads[u.ID].key, u.Key)
	}
	m.checkTotals()
}
