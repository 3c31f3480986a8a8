package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/auth/iam"
	"github.com/cofferstore/coffer/internal/datadir"
	"github.com/cofferstore/coffer/objstore"
	"github.com/cofferstore/coffer/objstore/driver"
	"github.com/cofferstore/coffer/usage/ostorstat"
)

// result is what a finished command left.
type result struct {
	code           int
	stdout, stderr string
}

func finish(t testing.TB, env []string, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), args, env, &stdout, &stderr)
	return result{code, stdout.String(), stderr.String()}
}

// serving is a "coffer serve" that runs.
type serving struct {
	urls   map[string]string // by protocol
	stop   context.CancelFunc
	done   chan int
	stderr bytes.Buffer
}

func serveDir(t testing.TB, dir string) *serving {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	s := &serving{urls: map[string]string{}, stop: stop, done: make(chan int, 1)}
	read, write := io.Pipe()
	go func() {
		code := run(ctx, []string{"serve", "--listen=127.0.0.1:0", "--metrics-listen=127.0.0.1:0", "--data", dir}, nil, write, &s.stderr)
		_ = write.Close()
		s.done <- code
	}()
	lines := bufio.NewScanner(read)
	for s.urls["s3"] == "" && lines.Scan() {
		var l struct{ Msg, Protocol, URL string }
		require.NoError(t, json.Unmarshal(lines.Bytes(), &l), "%s", lines.Text())
		if l.Msg == "listening" {
			s.urls[l.Protocol] = l.URL
		}
	}
	go func() { _, _ = io.Copy(io.Discard, read) }()
	t.Cleanup(stop)
	require.NotEmpty(t, s.urls["s3"], "the log tells the real port")
	return s
}

func (s *serving) end(t testing.TB) {
	t.Helper()
	s.stop()
	assert.Equal(t, exitOK, <-s.done)
}

func TestUsage(t *testing.T) {
	for _, c := range []struct {
		why    string
		args   []string
		code   int
		stdout string
		stderr string
	}{
		{"no command", nil, exitUsage, "", "coffer serve"},
		{"help", []string{"help"}, exitOK, "coffer serve", ""},
		{"help as a flag", []string{"--help"}, exitOK, "coffer serve", ""},
		{"unknown command", []string{"sevre"}, exitUsage, "", `unknown command "sevre"`},
		{"help of serve", []string{"serve", "--help"}, exitOK, "COFFER_ROOT_SECRET_KEY", ""},
		{"help of check", []string{"check", "--help"}, exitOK, "--data-bytes", ""},
		{"help of health", []string{"health", "-h"}, exitOK, "--url", ""},
		{"help of version", []string{"version", "--help"}, exitOK, "Usage: coffer version", ""},
		{"unknown flag", []string{"serve", "--lisen=:1"}, exitUsage, "", `coffer serve: unknown flag: --lisen`},
		{"values that do not fit", []string{"serve", "--tls-cert=c"}, exitUsage, "", "belong together"},
		{"unknown flag of version", []string{"version", "--short"}, exitUsage, "", "unknown flag"},
		{"stray argument", []string{"check", "./data"}, exitUsage, "", "unexpected argument"},
		{"version", []string{"version"}, exitOK, "coffer ", ""},
	} {
		t.Run(c.why, func(t *testing.T) {
			r := finish(t, nil, c.args...)
			assert.Equal(t, c.code, r.code)
			for _, s := range []struct{ got, want string }{{r.stdout, c.stdout}, {r.stderr, c.stderr}} {
				if s.want == "" {
					assert.Empty(t, s.got)
				}
				assert.Contains(t, s.got, s.want)
			}
		})
	}
}

func TestServe(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	s := serveDir(t, dir)
	assert.Regexp(t, regexp.MustCompile(`AWS_ACCESS_KEY_ID=[A-Z0-9]{20}\n.*AWS_SECRET_ACCESS_KEY=[A-Za-z0-9]{40}\n`), s.stderr.String())

	r := finish(t, nil, "health", "--url", s.urls["metrics"])
	assert.Equal(t, result{exitOK, "ok\n", ""}, r)

	r = finish(t, []string{"COFFER_DATA=" + dir}, "check")
	assert.Equal(t, exitFailure, r.code)
	assert.Contains(t, r.stderr, "in use by another process: stop the server first")

	r = finish(t, []string{"COFFER_DATA=" + dir}, "serve", "--listen=127.0.0.1:0", "--metrics-listen=")
	assert.Equal(t, exitFailure, r.code)
	assert.Contains(t, r.stderr, "in use by another process")
	s.end(t)

	r = finish(t, nil, "health", "--url", s.urls["metrics"])
	assert.Equal(t, exitFailure, r.code, "a stopped server is not ready")

	again := serveDir(t, dir)
	again.end(t)
	assert.Empty(t, again.stderr.String(), "a restart keeps the root user's key and does not show it")

	r = finish(t, []string{"COFFER_DATA=" + dir}, "check", "--data-bytes", "--repair")
	assert.Equal(t, exitOK, r.code)
	assert.Contains(t, r.stdout, "0 buckets, 0 objects, 0 versions, 0 uploads, 0 parts, 0 blobs: all is right")
}

// fill puts one object with a blob into a store.
func fill(t testing.TB, dir string) {
	t.Helper()
	d, err := datadir.Open(dir, nil)
	require.NoError(t, err)
	st, err := objstore.Open(d.Engine(), nil)
	require.NoError(t, err)
	b, err := st.CreateBucket(t.Context(), objstore.BucketID{Name: "photos"}, nil)
	require.NoError(t, err)
	_, err = b.Put(t.Context(), "a", strings.NewReader(strings.Repeat("x", 100_000)), nil)
	require.NoError(t, err)
	require.NoError(t, st.Close())
	require.NoError(t, d.Close())
}

// blobFile returns the file of the only blob.
func blobFile(t testing.TB, dir string) string {
	t.Helper()
	var found string
	require.NoError(t, filepath.WalkDir(filepath.Join(dir, "blobs"), func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		if info, err := e.Info(); err == nil && info.Size() == 100_000 {
			found = path
		}
		return nil
	}))
	require.NotEmpty(t, found)
	return found
}

func TestCheckFindsDamage(t *testing.T) {
	for _, c := range []struct {
		why    string
		spoil  func(path string) error
		args   []string
		code   int
		stdout string
	}{
		{"a sound store", func(string) error { return nil }, []string{"--data-bytes"}, exitOK, "1 objects"},
		{"a blob is gone", os.Remove, nil, exitFailure, "problem: "},
		{"a blob is short", func(p string) error { return os.Truncate(p, 5) }, nil, exitFailure, "problem: "},
		{"a byte has changed", func(p string) error {
			return os.WriteFile(p, []byte(strings.Repeat("x", 99_999)+"y"), 0o600)
		}, []string{"--data-bytes"}, exitFailure, "problem: "},
		{"repair removes no object", os.Remove, []string{"--repair"}, exitFailure, "1 problems, 0 repaired"},
	} {
		t.Run(c.why, func(t *testing.T) {
			dir := t.TempDir()
			fill(t, dir)
			require.NoError(t, c.spoil(blobFile(t, dir)))
			r := finish(t, nil, append([]string{"check", "--data", dir}, c.args...)...)
			assert.Equal(t, c.code, r.code, "%s%s", r.stdout, r.stderr)
			assert.Contains(t, r.stdout, c.stdout)
			assert.Empty(t, r.stderr)
		})
	}
}

// TestCheckOfSizes: what changes a store behind the back of its statistics is
// found, and mended.
func TestCheckOfSizes(t *testing.T) {
	dir := t.TempDir()
	d, err := datadir.Open(dir, nil)
	require.NoError(t, err)
	sizes, err := ostorstat.OpenSizes(d.Index, nil)
	require.NoError(t, err)
	_, err = iam.Open(d.Index, &iam.Options{Sealer: d.MasterKey})
	require.NoError(t, err)
	for _, hooks := range [][]objstore.Hook{{sizes}, nil} {
		st, err := objstore.Open(noClose(d.Engine()), &objstore.Options{Hooks: hooks})
		require.NoError(t, err)
		b, err := st.Bucket(t.Context(), objstore.BucketID{Name: "photos"})
		if err != nil {
			b, err = st.CreateBucket(t.Context(), objstore.BucketID{Name: "photos"}, nil)
		}
		require.NoError(t, err)
		_, err = b.Put(t.Context(), fmt.Sprint("key-", len(hooks)), strings.NewReader("12345"), nil)
		require.NoError(t, err)
		require.NoError(t, st.Close())
	}
	require.NoError(t, d.Index.Close())
	require.NoError(t, d.Close())

	const problem = "problem: bucket photos: the size for statistics is 5, counted 10\n"
	for _, c := range []struct {
		args   []string
		code   int
		stdout string
	}{
		{nil, exitFailure, problem},
		{[]string{"--repair"}, exitOK, "1 problems, all repaired"},
		{nil, exitOK, "all is right"},
	} {
		r := finish(t, nil, append([]string{"check", "--data", dir}, c.args...)...)
		assert.Equal(t, c.code, r.code, "%s%s", r.stdout, r.stderr)
		assert.Contains(t, r.stdout, c.stdout)
	}
}

// keptIndex stays open for the next store on it.
type keptIndex struct{ driver.Index }

func (keptIndex) Close() error { return nil }

func noClose(e driver.Engine) driver.Engine {
	e.Index = keptIndex{e.Index}
	return e
}

func TestCheckRefusals(t *testing.T) {
	empty := t.TempDir()
	r := finish(t, nil, "check", "--data", empty)
	assert.Equal(t, exitFailure, r.code)
	assert.Contains(t, r.stderr, "there are no data in the directory")
	entries, err := os.ReadDir(empty)
	require.NoError(t, err)
	assert.Empty(t, entries, "a check makes nothing")

	dir := t.TempDir()
	serveDir(t, dir).end(t)
	r = finish(t, []string{"COFFER_MASTER_KEY=" + strings.Repeat("00", 32)}, "check", "--data", dir)
	assert.Equal(t, exitFailure, r.code)
	assert.Contains(t, r.stderr, "WrongMasterKey")
}

func TestConclude(t *testing.T) {
	for _, c := range []struct {
		problems, repaired int
		repair             bool
		left               bool
		verdict            string
	}{
		{0, 0, false, false, "all is right"},
		{2, 0, false, true, "2 problems, 0 repaired"},
		{2, 1, true, true, "2 problems, 1 repaired"},
		{2, 2, true, false, "2 problems, all repaired"},
	} {
		var out bytes.Buffer
		err := conclude(&out, objstore.CheckReport{Problems: make([]string, c.problems), Repaired: c.repaired}, c.repair)
		assert.Equal(t, c.left, err != nil, c.verdict)
		assert.Contains(t, out.String(), c.verdict)
	}
}

func TestMemoryLimit(t *testing.T) {
	for _, c := range []struct {
		text string
		want int64 // 0: none
	}{{"1000\n", 800}, {"max\n", 0}, {"", 0}, {"0", 0}, {"-1", 0}} {
		got, ok := memoryLimit(c.text)
		assert.Equal(t, c.want, got, "%q", c.text)
		assert.Equal(t, c.want != 0, ok, "%q", c.text)
	}
}
