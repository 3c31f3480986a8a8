package e2e

import (
	"cmp"
	"flag"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/stretchr/testify/require"
)

var (
	kills    = flag.Int("kills", 10, "how often the kill test kills the server")
	killSeed = flag.Uint64("seed", 0, "of the kill test's random choices; 0: any")
)

const (
	killWriters = 12
	longestLoad = 1500 * time.Millisecond
	checkEvery  = 4 // rounds
)

// TestKill kills the server again and again while writers work. After each
// restart every write that was acknowledged must be there, whole, and every
// delete too; a write that the kill cut off has happened in full or not at all;
// one that was refused has not happened. In the end the totals equal a recount.
func TestKill(t *testing.T) {
	seed := cmp.Or(*killSeed, rand.Uint64())
	rnd := rand.New(rand.NewPCG(seed, 1))
	t.Logf("seed %d", seed)
	dataDir := filepath.Join(t.TempDir(), "data")
	plain, versioned := bucketName(), bucketName()

	s := launch(t, dataDir)
	c := s.sdk(t)
	for _, b := range []string{plain, versioned} {
		_, err := c.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String(b)})
		require.NoError(t, err)
	}
	_, err := c.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: &versioned,
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	require.NoError(t, err)
	var writers []*writer
	for i := range killWriters {
		writers = append(writers, newWriter(i, seed, plain, versioned))
	}
	var sum counts
	for round := range *kills {
		s.loadAndKill(t, writers, time.Duration(rnd.Int64N(int64(longestLoad))))
		if round%checkEvery == 1 {
			killWhileStarting(t, dataDir, time.Duration(rnd.Int64N(int64(150*time.Millisecond))))
			sum.kills++
		}
		if round%checkEvery == 0 {
			check(t, dataDir, true)
		}
		s = launch(t, dataDir)
		sum.kills++
		c := s.sdk(t)
		for _, w := range writers {
			w.verify(t, c)
			for _, f := range w.findings {
				t.Error(f)
			}
		}
		if t.Failed() {
			break
		}
	}
	s.stop(t)
	report := check(t, dataDir, false)
	for _, w := range writers {
		sum.add(w.counts)
	}
	t.Logf("kills %d, writes acknowledged %d, deletes acknowledged %d, refused %d, cut off %d (of them happened %d), objects checked %d, losses %d\n%s",
		sum.kills, sum.puts, sum.deletes, sum.refused, sum.cut, sum.happened, sum.checked, sum.losses, strings.TrimSpace(report))
}

// counts are what a kill test did.
type counts struct {
	kills, puts, deletes, refused, cut, happened, checked, losses int
}

func (c *counts) add(o counts) {
	c.puts += o.puts
	c.deletes += o.deletes
	c.refused += o.refused
	c.cut += o.cut
	c.happened += o.happened
	c.checked += o.checked
	c.losses += o.losses
}

// loadAndKill lets the writers work for a while and kills the server under them.
func (s *server) loadAndKill(t *testing.T, writers []*writer, after time.Duration) {
	t.Helper()
	c := s.sdk(t)
	var wg sync.WaitGroup
	for _, w := range writers {
		wg.Go(func() { w.work(t, c) })
	}
	<-time.After(after)
	s.kill()
	wg.Wait()
	if strings.Contains(s.log.String(), "panic") {
		t.Errorf("the server panicked\n%s", s.log)
	}
}

// killWhileStarting starts a server on the data and kills it before, while or
// just after it has recovered them.
func killWhileStarting(t *testing.T, data string, after time.Duration) {
	t.Helper()
	bin, err := program()
	require.NoError(t, err)
	cmd := exec.Command(bin, "serve", "--data", data, "--listen", "127.0.0.1:0", "--metrics-listen", "")
	cmd.Env = append(cmd.Environ(), "COFFER_ROOT_ACCESS_KEY="+accessKey, "COFFER_ROOT_SECRET_KEY="+secretKey)
	require.NoError(t, cmd.Start())
	<-time.After(after)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait(), "it was killed")
}

// TestKillTestNotices: a kill test that cannot find a loss is worth nothing.
func TestKillTestNotices(t *testing.T) {
	s := serve(t)
	c := s.sdk(t)
	plain, versioned := newBucket(t, c), newBucket(t, c)
	_, err := c.PutBucketVersioning(t.Context(), &s3.PutBucketVersioningInput{Bucket: &versioned,
		VersioningConfiguration: &types.VersioningConfiguration{Status: types.BucketVersioningStatusEnabled}})
	require.NoError(t, err)
	key, gone, history, other := "w00/01", "w00/02", "", []byte("another")

	tests := []struct {
		explanation string
		harm        func(w *writer)
	}{
		{"nothing happened", nil},
		{"an acknowledged object is gone", func(*writer) {
			_, err = c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &plain, Key: &key})
		}},
		{"an object holds other bytes", func(*writer) { put(t, c, plain, key, other) }},
		{"a deleted object is back", func(*writer) { put(t, c, plain, gone, other) }},
		{"an acknowledged version is gone", func(w *writer) {
			_, err = c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &versioned, Key: &history, VersionId: &w.versions.order[0]})
		}},
		{"a version that nobody asked for", func(*writer) { put(t, c, versioned, history, other) }},
		{"a delete marker that nobody asked for", func(*writer) {
			_, err = c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &versioned, Key: &history})
		}},
	}
	for i, tt := range tests {
		t.Run(tt.explanation, func(t *testing.T) {
			w := newWriter(0, 1, plain, versioned)
			history = fmt.Sprintf("v%d", i)
			w.versions.key = history
			for _, k := range []string{key, gone} {
				want := w.fresh()
				put(t, c, plain, k, want.bytes())
				w.objects[k] = want
			}
			_, err = c.DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: &plain, Key: &gone})
			require.NoError(t, err)
			delete(w.objects, gone)
			first := w.fresh()
			out := put(t, c, versioned, history, first.bytes())
			w.versions.keep(*out.VersionId, first)

			if tt.harm == nil {
				w.verify(t, c)
				require.Empty(t, w.findings)
				return
			}
			tt.harm(w)
			require.NoError(t, err)
			w.verify(t, c)
			require.Len(t, w.findings, 1)
		})
	}
}
