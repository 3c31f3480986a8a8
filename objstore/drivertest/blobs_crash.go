package drivertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cofferstore/coffer/objstore/driver"
)

// BlobsMedium is simulated storage below blobs, for [TestBlobsCrash]. An
// operation is whatever the driver asks of the medium, one at a time.
type BlobsMedium interface {
	// Open opens the driver on the medium, and makes what it needs there.
	Open() (driver.Blobs, error)

	// Ops returns how many operations were done so far.
	Ops() int

	// FailAt makes the nth operation from now (1 is the next) fail with err, once.
	FailAt(n int, err error)

	// PowerOffAt makes the nth operation from now and all after it fail.
	PowerOffAt(n int)

	// Crash returns the medium as it is found after power loss. What was not
	// made durable is kept or lost as the seed says; seed 0 loses all of it.
	Crash(seed uint64) BlobsMedium

	// OpenFiles returns how many handles the driver holds.
	OpenFiles() int
}

// crashSeeds is how many outcomes are drawn for each point of power loss.
const crashSeeds = 3

// TestBlobsCrash checks what a driver does when its medium fails: a fault at
// every operation comes out as an error and leaks nothing, and what Commit
// acknowledged is whole after power loss at any operation. newMedium returns an
// empty medium; it is called some hundred times, a few dozen in short mode.
func TestBlobsCrash(t *testing.T, newMedium func() BlobsMedium) {
	total := countOps(t, newMedium)
	step := 1
	if testing.Short() {
		step = max(1, total/20)
	}
	t.Run("fault/at-every-operation", func(t *testing.T) {
		faults := []error{syscall.EIO, syscall.ENOSPC}
		for i := 0; 1+i*step <= total; i++ {
			checkFault(t, newMedium(), 1+i*step, faults[i%2])
			if !testing.Short() {
				checkFault(t, newMedium(), 1+i*step, faults[1-i%2])
			}
		}
	})
	t.Run("crash/at-every-operation", func(t *testing.T) {
		for n := 1; n <= total+1; n += step {
			checkPowerLoss(t, newMedium(), n, 1)
		}
	})
	t.Run("crash/concurrent-writers", func(t *testing.T) {
		for n := 1; n <= 3*total; n += 5 * step {
			checkPowerLoss(t, newMedium(), n, 4)
		}
	})
	t.Run("open/fault-and-crash", func(t *testing.T) { checkOpenFaults(t, newMedium) })
}

func countOps(t *testing.T, newMedium func() BlobsMedium) int {
	m := newMedium()
	b, err := m.Open()
	require.NoError(t, err)
	before := m.Ops()
	l := &crashLog{}
	l.work(t.Context(), b, 0)
	require.NoError(t, errors.Join(l.errs...), "without a fault the work succeeds")
	require.Zero(t, m.OpenFiles(), "handles are left open without a fault")
	return m.Ops() - before
}

// crashLog is what a worker was told.
type crashLog struct {
	committed map[driver.BlobID][]byte // Commit returned nil and nobody removed it
	maybe     map[driver.BlobID]bool   // may be there: Commit, Abort or Remove failed
	errs      []error
}

// crashSizes are lengths of the blobs that a worker writes: below and above
// where a driver changes its way of writing, with and without an odd tail.
func crashSizes() []int {
	return []int{0, 100, 4 * kib, 20_000, 300*kib + 5, mib + 64*kib + 700}
}

// work writes blobs, two of them at a time, reads one, aborts one and removes
// one. It goes on after an error.
func (l *crashLog) work(ctx context.Context, b driver.Blobs, worker int) {
	l.committed, l.maybe = map[driver.BlobID][]byte{}, map[driver.BlobID]bool{}
	for i, size := range crashSizes() {
		l.write(ctx, b, crashID(worker, i), blobBytes(uint64(worker*100+i), size))(true)
	}
	first := l.write(ctx, b, crashID(worker, 60), blobBytes(60, 5000))
	second := l.write(ctx, b, crashID(worker, 62), blobBytes(62, 6000))
	first(true)
	second(true)
	l.write(ctx, b, crashID(worker, 50), blobBytes(50, 9000))(false)
	if read := crashID(worker, 3); l.committed[read] != nil {
		_, err := readBlob(ctx, b, read)
		l.note(err)
	}
	gone := crashID(worker, 1)
	delete(l.committed, gone)
	l.note(b.Remove(ctx, gone))
	l.maybe[gone] = true // a removal need not be durable
}

// note keeps an error.
func (l *crashLog) note(err error) {
	if err != nil {
		l.errs = append(l.errs, err)
	}
}

// crashID returns an id that is the same in each run. Its last byte is shared
// between workers, so that they meet in whatever a driver derives from it.
func crashID(worker, i int) driver.BlobID {
	return driver.BlobID{0x01, 0x97, 0, 0, byte(worker), byte(i), 0x70, 0, 0x80, 15: byte(i % 2)}
}

// write starts a blob and writes p; what it returns commits or aborts the blob.
func (l *crashLog) write(ctx context.Context, b driver.Blobs, id driver.BlobID, p []byte) func(commit bool) {
	w, err := b.Create(ctx, id)
	if err != nil {
		l.note(err)
		l.maybe[id] = true
		return func(bool) {}
	}
	for rest := p; len(rest) > 0 && err == nil; {
		n := min(100_000, len(rest))
		_, err = w.Write(rest[:n])
		rest = rest[n:]
	}
	if s, ok := w.(driver.BlobSyncer); ok && err == nil && id[5]%2 == 0 {
		err = s.Sync()
	}
	l.note(err)
	return func(commit bool) {
		if commit {
			again := w.Commit()
			if again == nil {
				l.committed[id] = p // even behind a failed Write: check then finds it broken
				return
			}
			if err == nil {
				l.note(again)
			}
		}
		if err := w.Abort(); err != nil {
			l.note(err)
			l.maybe[id] = true
		}
	}
}

// checkFault runs the work with a fault at operation n.
func checkFault(t *testing.T, m BlobsMedium, n int, fault error) {
	t.Helper()
	where := fmt.Sprintf("%v at operation %d", fault, n)
	b, err := m.Open()
	require.NoError(t, err)
	m.FailAt(n, fault)
	l := &crashLog{}
	l.work(t.Context(), b, 0)

	require.LessOrEqual(t, len(l.errs), 2, "%s: one fault fails one blob, or the two that are open at a time", where)
	if len(l.errs) == 0 {
		require.Len(t, l.committed, len(crashSizes())+1, "%s: no error, yet something is missing", where)
	} else {
		require.ErrorIs(t, l.errs[0], fault, where)
		if errors.Is(fault, syscall.ENOSPC) {
			require.ErrorIs(t, l.errs[0], driver.ErrNoSpace, where)
		}
	}
	require.Zero(t, m.OpenFiles(), "%s: handles are left open", where)
	l.check(t, b, where)
	require.NoError(t, l.leftovers(t.Context(), b, len(l.errs) > 0), where)
	for seed := range uint64(crashSeeds) {
		checkRestart(t, m.Crash(seed), fmt.Sprintf("%s, then power loss, seed %d", where, seed), l)
	}
}

// leftovers tells of blobs that are listed and should not be. Uncommitted ones
// that could be aborted are gone.
func (l *crashLog) leftovers(ctx context.Context, b driver.Blobs, failed bool) error {
	ids, err := listBlobs(ctx, b)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if l.committed[id] == nil && !(failed && l.maybe[id]) {
			return fmt.Errorf("blob %s is listed: it was removed or never committed", id)
		}
	}
	return nil
}

// checkPowerLoss turns the power off at operation n under some workers.
func checkPowerLoss(t *testing.T, m BlobsMedium, n, workers int) {
	t.Helper()
	b, err := m.Open()
	require.NoError(t, err)
	m.PowerOffAt(n)
	logs := make([]*crashLog, workers)
	var wg sync.WaitGroup
	for i := range logs {
		logs[i] = &crashLog{}
		wg.Go(func() { logs[i].work(t.Context(), b, i) })
	}
	wg.Wait()
	for seed := range uint64(crashSeeds) {
		checkRestart(t, m.Crash(seed), fmt.Sprintf("power loss at operation %d, seed %d", n, seed), logs...)
	}
}

// checkRestart opens what a crash left and looks for what was acknowledged.
func checkRestart(t *testing.T, m BlobsMedium, where string, logs ...*crashLog) {
	t.Helper()
	b, err := m.Open()
	require.NoError(t, err, where)
	for _, l := range logs {
		l.check(t, b, where)
	}
	ids, err := listBlobs(t.Context(), b)
	require.NoError(t, err, where)
	require.NoError(t, b.Remove(t.Context(), ids...), where)
	fresh := &crashLog{committed: map[driver.BlobID][]byte{}, maybe: map[driver.BlobID]bool{}}
	fresh.write(t.Context(), b, crashID(200, 1), blobBytes(1, 5000))(true)
	require.NoError(t, errors.Join(fresh.errs...), "%s: new blobs can be written", where)
	fresh.check(t, b, where)
}

// check looks for every committed blob, by name and by content.
func (l *crashLog) check(t *testing.T, b driver.Blobs, where string) {
	t.Helper()
	ids, err := listBlobs(t.Context(), b)
	require.NoError(t, err, where)
	for id, want := range l.committed {
		got, err := readBlob(t.Context(), b, id)
		require.NoError(t, err, "%s: committed blob %s of %d bytes", where, id, len(want))
		require.True(t, bytes.Equal(want, got), "%s: committed blob %s of %d bytes has other bytes (%d)", where, id, len(want), len(got))
		require.Contains(t, ids, id, where)
	}
}

// checkOpenFaults fails and cuts off the making of an empty heap.
func checkOpenFaults(t *testing.T, newMedium func() BlobsMedium) {
	first := newMedium()
	_, err := first.Open()
	require.NoError(t, err)
	total, step := first.Ops(), 1
	if testing.Short() {
		step = max(1, total/20)
	}
	for n := 1; n <= total; n += step {
		where := fmt.Sprintf("open, fault at operation %d", n)
		m := newMedium()
		m.FailAt(n, syscall.EIO)
		if _, err := m.Open(); err != nil {
			assert.ErrorIs(t, err, syscall.EIO, where)
		}
		require.Zero(t, m.OpenFiles(), where)
		checkSecondOpen(t, m, where)

		off := newMedium()
		off.PowerOffAt(n)
		_, err := off.Open()
		require.Error(t, err, "open without power, from operation %d", n)
		for seed := range uint64(crashSeeds) {
			checkRestart(t, off.Crash(seed), fmt.Sprintf("open, power loss at operation %d, seed %d", n, seed))
		}
	}
}

// checkSecondOpen opens a heap whose making failed before: what is committed
// then is as durable as anywhere.
func checkSecondOpen(t *testing.T, m BlobsMedium, where string) {
	t.Helper()
	b, err := m.Open()
	require.NoError(t, err, "%s, then again", where)
	l := &crashLog{committed: map[driver.BlobID][]byte{}, maybe: map[driver.BlobID]bool{}}
	l.write(t.Context(), b, crashID(0, 0), blobBytes(1, 5000))(true)
	l.write(t.Context(), b, crashID(0, 1), blobBytes(2, 5000))(true)
	require.NoError(t, errors.Join(l.errs...), where)
	for seed := range uint64(crashSeeds) {
		checkRestart(t, m.Crash(seed), fmt.Sprintf("%s, then again and power loss, seed %d", where, seed), l)
	}
}
