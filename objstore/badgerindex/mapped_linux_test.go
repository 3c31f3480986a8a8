package badgerindex

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseMaps(t *testing.T) {
	const line = "7f5c4c000000-7f5c4c800000 rw-s 00000000 fe:00 1234                       "
	for _, tt := range []struct {
		explanation, maps string
		want              map[uint64]mapping
	}{
		{"a table", line + "/data/index/000123.sst\n", map[uint64]mapping{123: {0x7f5c4c000000, 0x7f5c4c800000}}},
		{"ids may outgrow their six digits", line + "/data/index/1234567.sst\n", map[uint64]mapping{1234567: {0x7f5c4c000000, 0x7f5c4c800000}}},
		{"the last line may lack its end", line + "/data/index/000001.sst", map[uint64]mapping{1: {0x7f5c4c000000, 0x7f5c4c800000}}},
		{"memory without a file", "7f5c4c000000-7f5c4c800000 rw-p 00000000 00:00 0\n", nil},
		{"a removed table may be unmapped at any moment", line + "/data/index/000123.sst (deleted)\n", nil},
		{"a log of Badger", line + "/data/index/00005.mem\n", nil},
		{"another index", line + "/data/index2/000123.sst\n", nil},
		{"a directory in the index", line + "/data/index/x/000123.sst\n", nil},
		{"a name that Badger does not give", line + "/data/index/123.sst\n", nil},
		{"no number", line + "/data/index/abcdef.sst\n", nil},
		{"a directory with a line break is written with \\012", line + "/data\\012/index/000123.sst\n", nil},
		{"an empty range", "7f5c4c000000-7f5c4c000000 rw-s 0 fe:00 1 /data/index/000123.sst\n", nil},
		{"no range", "/data/index/000123.sst\n", nil},
		{"nothing", "", nil},
	} {
		got := parseMaps(tt.maps, "/data/index")
		if tt.want == nil {
			tt.want = map[uint64]mapping{}
		}
		assert.Equal(t, tt.want, got, tt.explanation)
	}
}

func TestParseStatm(t *testing.T) {
	n, err := parseStatm([]byte("1000 300 200 10 0 90 0\n"))
	require.NoError(t, err)
	assert.Equal(t, int64(200*os.Getpagesize()), n)
	for _, bad := range []string{"", "1 2", "1 2 x"} {
		_, err := parseStatm([]byte(bad))
		assert.Error(t, err, "%q", bad)
	}
}

// residentTables returns how many bytes of the tables in dir are in the memory of
// this process (proc(5), smaps).
func residentTables(t *testing.T, dir string) (sum int64) {
	t.Helper()
	dir, err := filepath.EvalSymlinks(dir)
	require.NoError(t, err)
	f, err := os.Open("/proc/self/smaps")
	require.NoError(t, err)
	defer f.Close()
	table := false
	for s := bufio.NewScanner(f); s.Scan(); {
		line := s.Text()
		if kb, ok := strings.CutPrefix(line, "Rss:"); ok && table {
			n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(kb), " kB"), 10, 64)
			require.NoError(t, err)
			sum += n << 10
		}
		if _, ok := parseRange(line); ok {
			table = strings.Contains(line, dir+"/") && strings.HasSuffix(line, ".sst")
		}
	}
	return sum
}

// fillTables returns an index that has rows in tables.
func fillTables(t *testing.T, o *Options, rows int) *Index {
	t.Helper()
	dir := t.TempDir()
	o.MemTableSize, o.NoSync = minMemTableSize, true
	ix, err := Open(dir, o)
	require.NoError(t, err)
	writeAll(t, ix, rows, 0)
	require.NoError(t, ix.Close(), "which makes tables of what is in memory")
	ix, err = Open(dir, o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, ix.Close()) })
	return ix
}

func TestMappedTables(t *testing.T) {
	const rows = 20_000
	ix := fillTables(t, &Options{MappedBytes: -1}, rows)
	viewAll(t, ix, rows, 0, rows)
	before := residentTables(t, ix.dir)
	require.Greater(t, before, int64(1<<20), "the rows are in tables, and were read there")

	memory, err := openMemory(ix.dir)
	require.NoError(t, err)
	defer memory.Close()
	m := &mapped{tables: &heldTables{db: ix.store.db}, memory: memory, budget: 64 << 10}
	_, err = m.look()
	require.NoError(t, err)
	m.ending.Wait()
	assert.Less(t, residentTables(t, ix.dir), before/4)
	viewAll(t, ix, rows, 0, rows)
}

// TestMappedMoved: the tables of another index have the same names.
func TestMappedMoved(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "index")
	require.NoError(t, os.Mkdir(dir, 0o700))
	memory, err := openMemory(dir)
	require.NoError(t, err)
	defer memory.Close()
	_, err = memory.places()
	require.NoError(t, err)
	require.NoError(t, os.Rename(dir, dir+".old"))
	_, err = memory.places()
	require.Error(t, err)
	require.NoError(t, os.Mkdir(dir, 0o700))
	_, err = memory.places()
	require.Error(t, err)
}

// TestMappedUnderLoad releases tables while compactions make and remove them.
// Were one released whose addresses serve something else by then, the process
// would not survive it.
func TestMappedUnderLoad(t *testing.T) {
	const rows = 4000
	ix := fillTables(t, &Options{MappedBytes: -1}, rows)
	memory, err := openMemory(ix.dir)
	require.NoError(t, err)
	defer memory.Close()
	m := &mapped{tables: &heldTables{db: ix.store.db}, memory: memory, budget: 4 << 10}
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			if _, err := m.release(); !assert.NoError(t, err) {
				return
			}
		}
	})
	rounds := 12
	if testing.Short() {
		rounds = 4
	}
	var held [][]byte // the heap, which must not change
	for round := 1; round <= rounds; round++ {
		writeAll(t, ix, rows, round)
		require.NoError(t, ix.store.db.Flatten(2))
		viewAll(t, ix, rows, round, rows*(round+1))
		held = append(held, []byte(strings.Repeat(strconv.Itoa(round%10), 1<<20)))
	}
	close(stop)
	wg.Wait()
	m.ending.Wait()
	for i, b := range held {
		assert.Equal(t, strings.Repeat(strconv.Itoa((i+1)%10), 1<<20), string(b))
	}
}

// TestMappedFailed: Badger may have failed.
func TestMappedFailed(t *testing.T) {
	ix := fillTables(t, &Options{MappedBytes: -1}, 10)
	txn := ix.store.db.NewTransactionAt(1, false)
	txn.Discard()
	assert.Nil(t, iterator(txn), "it panics")
}
