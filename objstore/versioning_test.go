package objstore

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// step is a change of one key; versions are named by letters.
type step func(f *fixture, b *Bucket, ids map[string]string)

func putAs(name string) step {
	return func(f *fixture, b *Bucket, ids map[string]string) { ids[name] = f.put(b, "k", name).VersionID }
}

func mark(name string) step {
	return func(f *fixture, b *Bucket, ids map[string]string) {
		res, err := b.Delete(f.t.Context(), DeleteRequest{Key: "k", Owner: "bob"})
		require.NoError(f.t, err)
		if ids[name] = res.Version; name == "" {
			require.Empty(f.t, res)
			return
		}
		require.True(f.t, res.DeleteMarker)
	}
}

func remove(name string) step {
	return func(f *fixture, b *Bucket, ids map[string]string) {
		res, err := b.Delete(f.t.Context(), DeleteRequest{Key: "k", Version: ids[name]})
		require.NoError(f.t, err)
		require.Equal(f.t, ids[name], res.Version)
	}
}

func set(v Versioning) step {
	return func(f *fixture, b *Bucket, _ map[string]string) {
		require.NoError(f.t, b.SetVersioning(f.t.Context(), v))
	}
}

func TestVersioning(t *testing.T) {
	tests := []struct {
		name, why string
		steps     []step
		current   string   // the body of the current object; "" = none
		marker    bool     // a delete marker is the latest
		alive     []string // versions that are objects
		gone      []string
	}{
		{
			name: "off", why: "a put replaces, a delete removes",
			steps: []step{putAs("a"), putAs("b"), mark("")},
		},
		{
			name: "enabled", why: "each put is a version of its own",
			steps:   []step{set(VersioningEnabled), putAs("a"), putAs("b")},
			current: "b", alive: []string{"a", "b"},
		},
		{
			name: "enable later", why: "what was there before is the null version and stays",
			steps:   []step{putAs("a"), set(VersioningEnabled), putAs("b")},
			current: "b", alive: []string{"a", "b"},
		},
		{
			name: "delete hides", why: "a delete without version adds a marker and removes nothing",
			steps:  []step{set(VersioningEnabled), putAs("a"), mark("m")},
			marker: true, alive: []string{"a"},
		},
		{
			name: "marker on nothing", why: "Amazon S3 makes a marker for a key that never existed",
			steps:  []step{set(VersioningEnabled), mark("m")},
			marker: true,
		},
		{
			name: "two markers", why: "a delete of what is deleted adds a second marker",
			steps:  []step{set(VersioningEnabled), putAs("a"), mark("m"), mark("n"), remove("n")},
			marker: true, alive: []string{"a"},
		},
		{
			name: "undelete", why: "removing the marker brings back the version under it",
			steps:   []step{set(VersioningEnabled), putAs("a"), putAs("b"), mark("m"), remove("m")},
			current: "b", alive: []string{"a", "b"},
		},
		{
			name: "remove latest", why: "the version before it becomes current",
			steps:   []step{set(VersioningEnabled), putAs("a"), putAs("b"), remove("b")},
			current: "a", alive: []string{"a"}, gone: []string{"b"},
		},
		{
			name: "remove latest above marker", why: "a marker stays the latest, no object comes back",
			steps:  []step{set(VersioningEnabled), putAs("a"), mark("m"), putAs("b"), remove("b")},
			marker: true, alive: []string{"a"}, gone: []string{"b"},
		},
		{
			name: "remove noncurrent", why: "the current version is not touched",
			steps:   []step{set(VersioningEnabled), putAs("a"), putAs("b"), remove("a")},
			current: "b", alive: []string{"b"}, gone: []string{"a"},
		},
		{
			name: "remove under marker", why: "the marker stays",
			steps:  []step{set(VersioningEnabled), putAs("a"), putAs("b"), mark("m"), remove("a")},
			marker: true, alive: []string{"b"}, gone: []string{"a"},
		},
		{
			name: "suspended put", why: "replaces the null version, keeps the others",
			steps: []step{
				putAs("null"), set(VersioningEnabled), putAs("a"), set(VersioningSuspended), putAs("b"), putAs("c"),
			},
			current: "c", alive: []string{"a", "c"},
		},
		{
			name: "suspended delete", why: "a null marker takes the place of the null version",
			steps:  []step{putAs("x"), set(VersioningEnabled), putAs("a"), set(VersioningSuspended), mark("null")},
			marker: true, alive: []string{"a"},
		},
		{
			name: "suspended delete of current null", why: "the object is gone, a null marker is in its place",
			steps:  []step{set(VersioningSuspended), putAs("x"), mark("null"), mark("null")},
			marker: true,
		},
		{
			name: "null marker replaced by put", why: "a put in a suspended bucket replaces the null marker",
			steps:   []step{set(VersioningSuspended), mark("null"), putAs("b")},
			current: "b", alive: []string{"b"},
		},
		{
			name: "remove null marker", why: "removing it by its id uncovers what is under it",
			steps: []step{
				set(VersioningEnabled), putAs("a"), set(VersioningSuspended), mark("null"), remove("null"),
			},
			current: "a", alive: []string{"a"},
		},
		{
			name: "null becomes current again", why: "its pointer must go with it",
			steps: []step{
				putAs("null"), set(VersioningEnabled), putAs("a"), remove("a"), putAs("b"), remove("null"),
			},
			current: "b", alive: []string{"b"}, gone: []string{"null"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := newFixture(t, &Options{InlineMax: 1})
			b := f.bucket("photos", VersioningOff)
			ids := map[string]string{}
			for _, s := range tt.steps {
				s(f, b, ids)
				f.audit()
				f.clock.Advance(time.Second)
			}
			body, err := f.get(b, "k", "")
			if tt.current != "" {
				require.NoError(t, err, tt.why)
				assert.Equal(t, tt.current, body, tt.why)
			} else {
				require.ErrorIs(t, err, ErrNoSuchKey, tt.why)
				assert.Equal(t, tt.marker, err.(*Error).DeleteMarker, tt.why)
				assert.Equal(t, tt.marker, err.(*Error).Version != "", tt.why)
			}
			for _, name := range tt.alive {
				body, err := f.get(b, "k", ids[name])
				require.NoError(t, err, tt.why)
				assert.Equal(t, name, body, tt.why)
			}
			for _, name := range tt.gone {
				_, err := f.get(b, "k", ids[name])
				assert.ErrorIs(t, err, ErrNoSuchVersion, tt.why)
			}
			totals, err := b.Totals(t.Context())
			require.NoError(t, err)
			assert.Equal(t, int64(len(tt.alive)), totals.Objects+totals.Noncurrent, tt.why)
		})
	}
}

func TestReadDeleteMarkerByID(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningEnabled)
	res, err := b.Delete(t.Context(), DeleteRequest{Key: "k"})
	require.NoError(t, err)
	_, err = b.Object(t.Context(), "k", &GetOptions{Version: res.Version})
	require.ErrorIs(t, err, ErrDeleteMarker)
	assert.Equal(t, res.Version, err.(*Error).Version)
	_, err = b.SetTags(t.Context(), "k", res.Version, nil)
	assert.ErrorIs(t, err, ErrDeleteMarker)
}

func TestVersionIDMustMatchWhole(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningEnabled)
	for _, id := range []string{f.put(b, "k", "noncurrent").VersionID, f.put(b, "k", "current").VersionID} {
		order, err := parseVersionID(id)
		require.NoError(t, err)
		forged := versionID(order, [16]byte{})
		_, err = f.get(b, "k", forged)
		require.ErrorIs(t, err, ErrNoSuchVersion, "the order alone, which can be guessed, does not name a version")
		res, err := b.Delete(t.Context(), DeleteRequest{Key: "k", Version: forged})
		require.NoError(t, err)
		assert.Empty(t, res)
		_, err = f.get(b, "k", id)
		require.NoError(t, err)
	}
}

func TestSetTagsOfVersion(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningEnabled)
	old := f.put(b, "k", "old")
	f.put(b, "k", "new")
	f.clock.Advance(time.Minute)
	changed, err := b.SetTags(t.Context(), "k", old.VersionID, []Tag{{"a", "b"}})
	require.NoError(t, err)
	assert.Equal(t, old.ModTime, changed.ModTime, "S3: tags do not change Last-Modified")
	info := f.source(b, "k", &GetOptions{Version: old.VersionID}).Info()
	assert.Equal(t, []Tag{{"a", "b"}}, info.Tags)
	assert.False(t, info.IsLatest)
	assert.Empty(t, f.source(b, "k", nil).Info().Tags, "the current version is not touched")
	_, err = b.SetTags(t.Context(), "k", old.VersionID, nil)
	require.NoError(t, err)
	assert.Empty(t, f.source(b, "k", &GetOptions{Version: old.VersionID}).Info().Tags)
	f.audit()
}

func TestOrderWhenClockGoesBack(t *testing.T) {
	f := newFixture(t, nil)
	b := f.bucket("photos", VersioningEnabled)
	f.put(b, "k", "first")
	f.clock.Advance(-time.Hour)
	second := f.put(b, "k", "second")
	f.audit()
	body, err := f.get(b, "k", "")
	require.NoError(t, err)
	assert.Equal(t, "second", body, "the later write wins whatever the clock says")
	assert.Equal(t, f.clock.Now(), second.ModTime, "the time that is told is the clock's")
}

// modelVersion is what the model below knows of a version.
type modelVersion struct {
	id, body string
	marker   bool
}

// model is the versions of each key, newest last.
type model struct {
	keys       map[string][]modelVersion
	versioning Versioning
}

func (m *model) add(key string, v modelVersion) {
	vs := m.keys[key]
	if v.id == NullVersion {
		kept := vs[:0:0]
		for _, old := range vs {
			if old.id != NullVersion {
				kept = append(kept, old)
			}
		}
		vs = kept
	}
	m.keys[key] = append(vs, v)
}

func (m *model) remove(key, id string) {
	for i, v := range m.keys[key] {
		if v.id == id {
			m.keys[key] = append(append([]modelVersion(nil), m.keys[key][:i]...), m.keys[key][i+1:]...)
			return
		}
	}
}

func (m *model) verify(t *testing.T, f *fixture, b *Bucket) {
	for key, vs := range m.keys {
		body, err := f.get(b, key, "")
		if len(vs) == 0 || vs[len(vs)-1].marker {
			require.ErrorIs(t, err, ErrNoSuchKey)
			require.Equal(t, len(vs) > 0, err.(*Error).DeleteMarker)
		} else {
			require.NoError(t, err)
			require.Equal(t, vs[len(vs)-1].body, body)
		}
		for _, v := range vs {
			body, err := f.get(b, key, v.id)
			if v.marker {
				require.ErrorIs(t, err, ErrDeleteMarker)
			} else {
				require.NoError(t, err)
				require.Equal(t, v.body, body)
			}
		}
	}
}

// TestVersioningModel runs random changes of few keys against a list.
func TestVersioningModel(t *testing.T) {
	for seed := range uint64(8) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 1))
			f := newFixture(t, &Options{InlineMax: 8})
			b := f.bucket("photos", VersioningOff)
			m := &model{keys: map[string][]modelVersion{}}
			for i := range 250 {
				m.step(t, f, b, rnd, i)
				f.clock.Advance(time.Duration(rnd.IntN(3)-1) * time.Second)
				if i%10 == 9 {
					f.audit()
					m.verify(t, f, b)
				}
			}
			for key, vs := range m.keys {
				for _, v := range vs {
					_, err := b.Delete(t.Context(), DeleteRequest{Key: key, Version: v.id})
					require.NoError(t, err)
				}
			}
			f.audit()
			totals, err := b.Totals(t.Context())
			require.NoError(t, err)
			require.Zero(t, totals)
			require.NoError(t, f.DeleteBucket(t.Context(), b.Info().BucketID))
		})
	}
}

func (m *model) step(t *testing.T, f *fixture, b *Bucket, rnd *rand.Rand, i int) {
	key := string('a' + byte(rnd.IntN(3)))
	vs := m.keys[key]
	switch n := rnd.IntN(20); {
	case n == 0:
		m.versioning = []Versioning{VersioningEnabled, VersioningSuspended}[rnd.IntN(2)]
		require.NoError(t, b.SetVersioning(t.Context(), m.versioning))
	case n < 8:
		body := strings.Repeat(fmt.Sprint(i), 1+rnd.IntN(4))
		m.add(key, modelVersion{id: f.put(b, key, body).VersionID, body: body})
	case n < 11 && len(vs) > 0:
		from := vs[rnd.IntN(len(vs))]
		if from.marker {
			return
		}
		src, err := b.Object(t.Context(), key, &GetOptions{Version: from.id})
		require.NoError(t, err)
		defer src.Close()
		to := string('a' + byte(rnd.IntN(3)))
		info, err := b.Copy(t.Context(), to, src, nil)
		require.NoError(t, err)
		m.add(to, modelVersion{id: info.VersionID, body: from.body})
	case n < 15:
		res, err := b.Delete(t.Context(), DeleteRequest{Key: key})
		require.NoError(t, err)
		if m.versioning == VersioningOff {
			m.remove(key, NullVersion)
			return
		}
		m.add(key, modelVersion{id: res.Version, marker: true})
	case n < 18 && len(vs) > 0:
		id := vs[rnd.IntN(len(vs))].id
		_, err := b.Delete(t.Context(), DeleteRequest{Key: key, Version: id})
		require.NoError(t, err)
		m.remove(key, id)
	case len(vs) > 0:
		of := vs[rnd.IntN(len(vs))]
		_, err := b.SetTags(t.Context(), key, of.id, []Tag{{"i", fmt.Sprint(i)}})
		require.Equal(t, of.marker, err != nil)
	}
}
