package suite

import (
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/internal/bench"
	"github.com/cofferstore/coffer/objstore/badgerindex"
	"github.com/cofferstore/coffer/objstore/driver"
)

func TestAim(t *testing.T) {
	tests := []struct {
		explanation string
		aim         Aim
		value       float64
		want        string
	}{
		{"no aim", Aim{}, 1, ""},
		{"at most: met exactly", Aim{Max: 2}, 2, "ok"},
		{"at most: missed", Aim{Max: 2}, 2.01, "MISS"},
		{"at least: met exactly", Aim{Min: .5}, .5, "ok"},
		{"at least: missed", Aim{Min: .5}, .49, "MISS"},
	}
	for _, tt := range tests {
		assert.Equal(t, tt.want, tt.aim.Verdict(tt.value), tt.explanation)
	}
}

func TestReportWrite(t *testing.T) {
	var r Report
	var res bench.Result
	res.Requests, res.Elapsed, res.Bytes = 100, time.Second, 5_000_000
	res.Latency.Add(1234567 * time.Nanosecond)
	r.ran("PUT 4 KiB", "coffer", 16, &res)
	r.add("a ratio", 2.5, "", Aim{Max: 2})
	var b strings.Builder
	require.NoError(t, r.Write(&b))
	for _, want := range []string{"PUT 4 KiB", "5.0", "1.23ms", "a ratio", "2.5", "<= 2", "MISS"} {
		assert.Contains(t, b.String(), want)
	}
}

func TestParseMetrics(t *testing.T) {
	m, err := parseMetrics(strings.NewReader("# HELP x y\ncoffer_index_syncs_total 12\nother{a=\"b c\"} 3\ncoffer_index_updates_total 1.5e+03\n"))
	require.NoError(t, err)
	assert.Equal(t, metrics{syncs: 12, updates: 1500}, m)
	_, err = parseMetrics(strings.NewReader(syncsMetric + " many\n"))
	assert.Error(t, err)
}

// TestMain lets the test program play a server: one that listens, one that
// fails, one that does not stop by itself.
func TestMain(m *testing.M) {
	switch os.Getenv("SUITE_TEST_SERVER") {
	case "listens":
		fmt.Println("starting\nlistening on 127.0.0.1:7")
		select {}
	case "fails":
		fmt.Fprintln(os.Stderr, "no such directory")
		os.Exit(3)
	}
	os.Exit(m.Run())
}

func TestServer(t *testing.T) {
	s, err := start(t.Context(), []string{"SUITE_TEST_SERVER=listens"}, os.Args[0])
	require.NoError(t, err)
	at, err := s.addresses(baselineListens)
	require.NoError(t, err)
	assert.Equal(t, []string{"127.0.0.1:7"}, at)
	assert.Equal(t, s.cmd.Process.Pid, s.process().PID)
	require.NoError(t, s.stop())
	require.NoError(t, s.stop(), "again")

	s, err = start(t.Context(), []string{"SUITE_TEST_SERVER=fails"}, os.Args[0])
	require.NoError(t, err)
	_, err = s.addresses(baselineListens)
	assert.ErrorContains(t, err, "no such directory", "what the server said is in the error")

	_, err = start(t.Context(), nil, "/no/such/program")
	assert.Error(t, err)
}

func TestServerEndsWithContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s, err := start(ctx, []string{"SUITE_TEST_SERVER=listens"}, os.Args[0])
	require.NoError(t, err)
	_, err = s.addresses(baselineListens)
	require.NoError(t, err)
	cancel()
	<-s.done
}

func TestScanCost(t *testing.T) {
	ix, err := badgerindex.Open(t.TempDir(), nil)
	require.NoError(t, err)
	defer ix.Close()
	_, err = scanCost(t.Context(), ix, 10_000)
	require.Error(t, err, "an empty index")

	const rows = 10_000
	for from := 0; from < rows; from += 2000 {
		require.NoError(t, ix.Update(t.Context(), func(txn driver.Txn) error {
			for i := from; i < from+2000; i++ {
				if err := txn.Set(binary.BigEndian.AppendUint32([]byte(currentRows), uint32(i)), make([]byte, 200)); err != nil {
					return err
				}
			}
			return txn.Set(fmt.Appendf(nil, "ol%d", from), nil) // behind the rows that count
		}))
	}
	cost, err := scanCost(t.Context(), ix, rows)
	require.NoError(t, err)
	assert.Positive(t, cost)

	starts, err := places(t.Context(), ix, rows)
	require.NoError(t, err)
	for _, at := range []int{0, len(starts) - 1} {
		n, err := scan(t.Context(), ix, starts[at], 1000)
		require.NoError(t, err)
		assert.Equal(t, 1000, n, "a full page from place %d", at)
	}
}

func TestListenPatterns(t *testing.T) {
	line := `{"time":"x","level":"INFO","msg":"listening","protocol":"s3","address":"127.0.0.1:9000","url":"http://127.0.0.1:9000"}`
	assert.Equal(t, "127.0.0.1:9000", s3Listens.FindStringSubmatch(line)[1])
	assert.Nil(t, metricsListen.FindStringSubmatch(line), "the address of the other listener")
}

func TestMedianRatio(t *testing.T) {
	results := func(requests ...int64) (list []*bench.Result) {
		for _, n := range requests {
			list = append(list, &bench.Result{Requests: n, Elapsed: time.Second})
		}
		return list
	}
	tests := []struct {
		explanation  string
		ours, theirs []*bench.Result
		want         float64
	}{
		{"one round", results(50), results(100), .5},
		{"a round that something disturbed does not count", results(50, 1, 60), results(100, 100, 100), .5},
		{"the middle of two", results(50, 100), results(100, 100), .75},
		{"each round is compared with its own", results(10, 1000, 1), results(20, 2000, 2), .5},
	}
	for _, tt := range tests {
		assert.InDelta(t, tt.want, medianRatio(tt.ours, tt.theirs, (*bench.Result).Rate), 1e-9, tt.explanation)
	}
	assert.EqualValues(t, 111, total(results(100, 10, 1)).Requests)
}

func TestComparisons(t *testing.T) {
	counts := Counts()
	for _, c := range comparisons() {
		assert.Contains(t, counts, c.size, "%s: the baseline has files of this size", c.name)
		switch w := c.workload("b", 2).(type) {
		case bench.Put:
			assert.EqualValues(t, c.size, w.Body.Size(), c.name)
			assert.True(t, c.put, c.name)
		case bench.Get:
			assert.EqualValues(t, counts[c.size], w.Keys.Count, c.name)
		}
	}
	assert.Equal(t, time.Duration(1230), round(1234))
	assert.Equal(t, 1230*time.Millisecond, round(1234567890))
}
