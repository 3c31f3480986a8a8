package badgerindex

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// procMemory is the [memoryMap] of Linux (proc(5), madvise(2)).
type procMemory struct {
	dir    string      // of the tables, as the kernel names it
	was    os.FileInfo // of dir
	statm  *os.File
	buffer [128]byte
}

// openMemory returns the memory map for tables in dir.
func openMemory(dir string) (memoryMap, error) {
	dir, err := filepath.Abs(dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return nil, err
	}
	was, err := os.Stat(dir)
	if err != nil {
		return nil, err
	}
	statm, err := os.Open("/proc/self/statm")
	if err != nil {
		return nil, err
	}
	return &procMemory{dir: dir, was: was, statm: statm}, nil
}

// residentFiles returns how many bytes of mapped files are resident, or 0 where
// that is not told.
func residentFiles() int64 {
	line, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	n, _ := parseStatm(line)
	return n
}

func (p *procMemory) Close() error { return p.statm.Close() }

// resident implements [memoryMap].
func (p *procMemory) resident() (int64, error) {
	n, err := p.statm.ReadAt(p.buffer[:], 0)
	if n == 0 {
		return 0, err
	}
	return parseStatm(p.buffer[:n])
}

// parseStatm returns the third number, in bytes: resident pages of files and
// shared memory.
func parseStatm(line []byte) (int64, error) {
	fields := bytes.Fields(line)
	if len(fields) < 3 {
		return 0, fmt.Errorf("statm: %q", line)
	}
	pages, err := strconv.ParseInt(string(fields[2]), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("statm: %w", err)
	}
	return pages * int64(os.Getpagesize()), nil
}

// places implements [memoryMap]. Tables are known by their names: a directory
// that was moved, with another in its place, is an error. It is looked at behind
// the maps, since it may be moved while they are read.
func (p *procMemory) places() (map[uint64]mapping, error) {
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return nil, err
	}
	return parseMaps(string(maps), p.dir), p.unmoved()
}

func (p *procMemory) unmoved() error {
	is, err := os.Stat(p.dir)
	if err == nil && !os.SameFile(p.was, is) {
		err = fmt.Errorf("%s is another directory than it was", p.dir)
	}
	return err
}

// parseMaps returns where the tables in dir are mapped:
//
//	7f5c4c000000-7f5c4c800000 rw-s 00000000 fe:00 1234   /dir/000123.sst
//
// Other lines, and files that were removed, are passed over.
func parseMaps(maps, dir string) map[uint64]mapping {
	places := map[uint64]mapping{}
	for line := range strings.Lines(maps) {
		slash := strings.IndexByte(line, '/')
		if slash < 0 {
			continue
		}
		name, ok := strings.CutPrefix(strings.TrimSuffix(line[slash:], "\n"), dir+"/")
		if !ok || filepath.Ext(name) != ".sst" {
			continue
		}
		id, err := strconv.ParseUint(strings.TrimSuffix(name, ".sst"), 10, 64)
		if err != nil || fmt.Sprintf("%06d.sst", id) != name {
			continue
		}
		if place, ok := parseRange(line); ok {
			places[id] = place
		}
	}
	return places
}

func parseRange(line string) (m mapping, ok bool) {
	text, _, _ := strings.Cut(line, " ")
	from, to, _ := strings.Cut(text, "-")
	start, err := strconv.ParseUint(from, 16, strconv.IntSize)
	if err != nil {
		return m, false
	}
	end, err := strconv.ParseUint(to, 16, strconv.IntSize)
	if err != nil || end <= start {
		return m, false
	}
	return mapping{uintptr(start), uintptr(end)}, true
}

// release implements [memoryMap]. Of a shared mapping of a file, MADV_DONTNEED
// takes the pages out of this process's page tables and nothing else: they stay
// in the page cache, with what was written to them.
//
// The call is a raw one. It is work and does not wait, but the scheduler cannot
// know: it would give the processor away, and this goroutine would stand in line,
// up to 20 ms a call, behind those who map pages.
func (p *procMemory) release(m mapping) error {
	if _, _, errno := unix.RawSyscall(unix.SYS_MADVISE, m.start, m.end-m.start, unix.MADV_DONTNEED); errno != 0 {
		return os.NewSyscallError("madvise", errno)
	}
	return nil
}
