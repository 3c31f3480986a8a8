package badgerindex_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/badgerindex"
	"github.com/cofferstore/coffer/objstore/driver"
)

// crashDir is the environment variable that makes TestCrash the process that
// is going to be killed.
const crashDir = "BADGERINDEX_CRASH_DIR"

const crashWriters = 8

// TestCrash kills a process that writes, over and over on the same directory,
// and looks for what it had acknowledged.
func TestCrash(t *testing.T) {
	if dir := os.Getenv(crashDir); dir != "" {
		writeUntilKilled(dir)
		return
	}
	rounds := 4
	if testing.Short() {
		rounds = 1
	}
	dir := t.TempDir()
	acked := map[string]bool{}
	for round := range rounds {
		killWriter(t, dir, round, 400+300*round, acked)
		verifyCrashed(t, dir, acked)
	}
}

// writeUntilKilled runs transactions and prints the name of each one that was
// acknowledged. The name of a transaction is unique in the directory.
func writeUntilKilled(dir string) {
	ix, err := badgerindex.Open(dir, &badgerindex.Options{MemTableSize: 1 << 20}) // small: it rotates
	if err != nil {
		fmt.Println("open:", err)
		os.Exit(1)
	}
	round := os.Getenv(crashDir + "_ROUND")
	var out sync.Mutex
	var wg sync.WaitGroup
	for w := range crashWriters {
		wg.Go(func() {
			for i := 0; ; i++ {
				name := fmt.Sprintf("%d/%s/%06d", w, round, i)
				if err := ix.Update(context.Background(), crashTxn(w, name, i)); err != nil {
					fmt.Println("update:", err)
					os.Exit(1)
				}
				out.Lock()
				fmt.Println("ack", name)
				out.Unlock()
			}
		})
	}
	wg.Wait()
}

// crashTxn writes two rows that belong together, removes the pair from ten
// transactions ago, and counts.
func crashTxn(w int, name string, i int) func(driver.Txn) error {
	return func(tx driver.Txn) error {
		value := bytes.Repeat([]byte{byte(i)}, 8<<10)
		err := errors.Join(tx.Set([]byte("a/"+name), value), tx.Set([]byte("b/"+name), value), tx.Set([]byte("done/"+name), nil),
			tx.Add([]byte{byte(w)}, 1), tx.Add([]byte("all"), 1))
		if i >= 10 {
			old := name[:len(name)-6] + fmt.Sprintf("%06d", i-10)
			err = errors.Join(err, tx.Delete([]byte("a/"+old)), tx.Delete([]byte("b/"+old)))
		}
		return err
	}
}

// killWriter starts a writer and kills it after so many acknowledgements.
func killWriter(t *testing.T, dir string, round, after int, acked map[string]bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestCrash$")
	cmd.Env = append(os.Environ(), crashDir+"="+dir, fmt.Sprint(crashDir, "_ROUND=", round))
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		name, ok := strings.CutPrefix(lines.Text(), "ack ")
		if !ok {
			if n >= after {
				continue // a line cut off by the kill
			}
			t.Errorf("the writer says: %s", lines.Text())
			break
		}
		acked[name] = true
		if n == after {
			require.NoError(t, cmd.Process.Kill())
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // "signal: killed"
	require.False(t, t.Failed())
}

// verifyCrashed opens what the killed writers have left.
func verifyCrashed(t *testing.T, dir string, acked map[string]bool) {
	t.Helper()
	ix, err := badgerindex.Open(dir, nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, ix.Close()) }()
	require.NoError(t, ix.View(t.Context(), func(r driver.Reader) error {
		done := names(t, r, "done/")
		for name := range acked {
			assert.True(t, done[name], "%s was acknowledged and is lost", name)
		}
		counted := map[byte]int64{}
		for name := range done {
			counted[name[0]-'0']++
		}
		for w, want := range counted {
			got, err := r.Counter([]byte{w})
			assert.NoError(t, err)
			assert.Equal(t, want, got, "the counter of writer %d against its rows", w)
		}
		all, err := r.Counter([]byte("all"))
		assert.Equal(t, int64(len(done)), all)
		a, b := names(t, r, "a/"), names(t, r, "b/")
		assert.Equal(t, a, b, "rows of one transaction come and go together")
		assert.NotEmpty(t, a)
		t.Logf("%d acknowledged, %d stored", len(acked), len(done))
		return errors.Join(err, checkValues(r))
	}))
}

func names(t *testing.T, r driver.Reader, prefix string) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	end := strings.TrimSuffix(prefix, "/") + "0" // what follows "/"
	c := r.Scan([]byte(prefix), []byte(end), driver.ScanOptions{KeysOnly: true})
	for c.Next() {
		found[strings.TrimPrefix(string(c.Key()), prefix)] = true
	}
	require.NoError(t, c.Close())
	return found
}

// checkValues looks into the values of the rows that are left.
func checkValues(r driver.Reader) error {
	c := r.Scan([]byte("a/"), []byte("c"), driver.ScanOptions{})
	for c.Next() {
		v, err := c.Value()
		if err != nil {
			return err
		}
		var i int
		if _, err := fmt.Sscanf(string(c.Key()[len(c.Key())-6:]), "%06d", &i); err != nil {
			return err
		}
		if !bytes.Equal(v, bytes.Repeat([]byte{byte(i)}, 8<<10)) {
			return fmt.Errorf("row %q: wrong value of %d bytes", c.Key(), len(v))
		}
	}
	return c.Close()
}
