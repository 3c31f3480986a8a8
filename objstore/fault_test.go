package objstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/objstore/memengine"
)

// faults makes the nth operation on a pair of media fail.
type faults struct {
	nth   int
	kind  faultKind
	seen  int
	fired bool
}

type faultKind int

const (
	failBefore     faultKind = iota // nothing happens, the caller gets an error
	unknownApplied                  // a commit happens, its outcome is unknown
	unknownRefused                  // a commit does not happen, its outcome is unknown
	faultKinds     = iota
)

var errFault = errors.New("the medium fails")

// hit counts an operation and tells whether it is to fail.
func (f *faults) hit() bool {
	f.seen++
	if f.seen == f.nth {
		f.fired = true
		return true
	}
	return false
}

type faultIndex struct {
	driver.Index
	f *faults
}

func (x faultIndex) Update(ctx context.Context, fn func(driver.Txn) error) error {
	if !x.f.hit() {
		return x.Index.Update(ctx, fn)
	}
	unknown := fmt.Errorf("%w: %w", driver.ErrOutcomeUnknown, errFault)
	switch x.f.kind {
	case unknownApplied:
		if err := x.Index.Update(ctx, fn); err != nil {
			return err
		}
		return unknown
	case unknownRefused:
		return unknown
	}
	return errFault
}

// Close leaves the index open for the next store on it.
func (x faultIndex) Close() error { return nil }

type faultBlobs struct {
	driver.Blobs
	f *faults
}

func (x faultBlobs) Create(ctx context.Context, id driver.BlobID) (driver.BlobWriter, error) {
	if x.f.hit() {
		return nil, errFault
	}
	w, err := x.Blobs.Create(ctx, id)
	return faultWriter{w, x.f}, err
}

func (x faultBlobs) Remove(ctx context.Context, ids ...driver.BlobID) error {
	if x.f.hit() {
		return errFault
	}
	return x.Blobs.Remove(ctx, ids...)
}

type faultWriter struct {
	driver.BlobWriter
	f *faults
}

func (w faultWriter) Write(p []byte) (int, error) {
	if w.f.hit() {
		return 0, errFault
	}
	return w.BlobWriter.Write(p)
}

func (w faultWriter) Sync() error {
	if w.f.hit() {
		return errFault
	}
	return nil
}

func (w faultWriter) Commit() error {
	if w.f.hit() {
		return errFault
	}
	return w.BlobWriter.Commit()
}

// script is a history of operations on one store with failing media; state has
// for each key the bodies that it may have, "" = it may be missing.
type script struct {
	t      *testing.T
	f      *fixture
	faults *faults
	state  map[string][]string
	b      *Bucket
}

// step runs one operation that gives key the given body.
func (s *script) step(key, body string, op func() error) bool {
	s.faults.fired = false
	err := op()
	switch {
	case err == nil:
		assert.False(s.t, s.faults.fired, "a fault was not reported")
		s.state[key] = []string{body}
	case errors.Is(err, driver.ErrOutcomeUnknown):
		s.state[key] = append(slices.Clone(s.state[key]), body)
	}
	return err == nil
}

func (s *script) put(key, body string) {
	s.step(key, body, func() error {
		_, err := s.b.Put(s.t.Context(), key, strings.NewReader(body), nil)
		return err
	})
}

func (s *script) delete(key string) {
	s.step(key, "", func() error {
		_, err := s.b.Delete(s.t.Context(), DeleteRequest{Key: key})
		return err
	})
}

func (s *script) copy(from, to string) {
	o, err := s.b.Object(s.t.Context(), from, nil)
	if err != nil {
		return
	}
	defer o.Close()
	body, err := readObject(s.t.Context(), o)
	require.NoError(s.t, err)
	s.step(to, body, func() error {
		_, err := s.b.Copy(s.t.Context(), to, o, nil)
		return err
	})
}

// upload makes an upload of two parts, one of them twice, and ends it.
func (s *script) upload(key string, complete bool) {
	ctx := s.t.Context()
	var u *Upload
	quiet := "no key" // a step that changes no object
	if !s.step(quiet, "", func() (err error) { u, err = s.b.CreateUpload(ctx, key, nil); return err }) {
		return
	}
	var list []CompletePart
	whole := ""
	for _, p := range []struct {
		number int
		body   string
	}{{1, strings.Repeat("first", 20)}, {1, strings.Repeat("again", 20)}, {2, strings.Repeat("second", 20)}} {
		ok := s.step(quiet, "", func() error {
			info, err := u.PutPart(ctx, p.number, strings.NewReader(p.body), nil)
			if err == nil && p.body[0] != 'f' {
				list = append(list, CompletePart{Number: p.number, ETag: info.ETag})
				whole += p.body
			}
			return err
		})
		if !ok && p.number == 2 {
			break
		}
	}
	if !complete || len(list) == 0 {
		s.step(quiet, "", func() error { return u.Abort(ctx) })
		return
	}
	s.step(key, whole, func() error { _, err := u.Complete(ctx, list, nil); return err })
}

func (s *script) sweep() {
	s.f.clock.Advance(5 * time.Minute)
	s.step("no key", "", func() error { _, err := s.f.Sweep(s.t.Context()); return err })
}

func (s *script) run(v Versioning) {
	large := strings.Repeat("large", 20)
	s.put("a", "small")
	s.put("b", large)
	s.copy("b", "c")
	s.put("b", large+large)
	s.copy("a", "e")
	s.delete("c")
	s.sweep()
	s.upload("d", true)
	s.upload("x", false)
	s.sweep()
	s.delete("a")
	s.upload("b", true)
	s.put("d", large)
	s.put("d", strings.Repeat("much", 100_000)) // through the pipeline
	s.copy("b", "b")
	s.sweep()
}

// TestFaults lets every operation on the media fail, one in each run of a
// script, and then checks that the store tells of it, keeps what it
// acknowledged, and has nothing left over once it was swept.
func TestFaults(t *testing.T) {
	for _, v := range []Versioning{VersioningOff, VersioningEnabled, VersioningSuspended} {
		for kind := range faultKinds {
			t.Run(fmt.Sprintf("versioning=%s/kind=%d", v, kind), func(t *testing.T) {
				for nth := 1; ; nth++ {
					if !runFaulty(t, v, faultKind(kind), nth) || t.Failed() {
						require.Greater(t, nth, 20, "the script has operations to fail")
						return
					}
				}
			})
		}
	}
}

// runFaulty tells whether the nth operation was met.
func runFaulty(t *testing.T, v Versioning, kind faultKind, nth int) bool {
	medium := memengine.New()
	fs := &faults{kind: kind}
	e := driver.Engine{Index: faultIndex{medium.Index, fs}, Blobs: faultBlobs{medium.Blobs, fs}, Exclusive: true}
	opt := &Options{InlineMax: 10, MinPartSize: 10, TrashGrace: time.Minute}
	f := newFixtureOn(t, e, opt)
	s := &script{t: t, f: f, faults: fs, state: map[string][]string{}, b: f.bucket("bucket", v)}
	for _, k := range []string{"a", "b", "c", "d", "e", "x"} {
		s.state[k] = []string{""}
	}
	fs.seen, fs.nth = 0, nth
	s.run(v)
	met := fs.seen >= nth
	fs.nth = 0

	again := reopen(t, e, f.clock)
	for range 2 { // the first may put blobs into the trash
		again.clock.Advance(time.Hour)
		_, err := again.Sweep(t.Context())
		require.NoError(t, err)
	}
	report, err := again.Check(t.Context(), &CheckOptions{Data: true})
	require.NoError(t, err)
	assert.Empty(t, report.Problems, "operation %d", nth)
	assert.Zero(t, report.Orphans, "operation %d", nth)
	b, err := again.Bucket(t.Context(), s.b.info.BucketID)
	require.NoError(t, err)
	for key, bodies := range s.state {
		if key == "no key" {
			continue
		}
		got, err := again.get(b, key, "")
		if err != nil {
			require.ErrorIs(t, err, ErrNoSuchKey)
		}
		assert.Contains(t, bodies, got, "operation %d: %s", nth, key)
	}
	return met
}
