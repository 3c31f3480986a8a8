package bench

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"time"
)

// Process reads what a process has used, from /proc (Linux).
type Process struct {
	PID int

	root string // "/proc"; tests set another
}

// Memory is how much of a process is resident, in bytes.
type Memory struct {
	RSS int64 // everything, files that are mapped included

	// Anonymous is the part that is not backed by a file: what the kernel
	// cannot drop when memory is short.
	Anonymous int64
}

// ticksPerSecond is USER_HZ, which Linux fixes at 100 for /proc.
const ticksPerSecond = 100

func (p Process) read(name string) ([]byte, error) {
	root := p.root
	if root == "" {
		root = "/proc"
	}
	data, err := os.ReadFile(root + "/" + strconv.Itoa(p.PID) + "/" + name)
	if err != nil {
		return nil, fmt.Errorf("bench: process %d: %w", p.PID, err)
	}
	return data, nil
}

// CPU returns the time that the process has spent on processors, in user and
// kernel mode, with a grain of 10 ms (proc(5), stat: utime and stime).
func (p Process) CPU() (time.Duration, error) {
	data, err := p.read("stat")
	if err != nil {
		return 0, err
	}
	// The name in brackets may hold anything; fields are counted after it.
	_, rest, ok := bytes.Cut(data[max(0, bytes.LastIndexByte(data, ')')):], []byte(") "))
	fields := bytes.Fields(rest)
	if !ok || len(fields) < 13 {
		return 0, fmt.Errorf("bench: process %d: unexpected form of stat", p.PID)
	}
	var ticks int64
	for _, f := range fields[11:13] {
		n, err := strconv.ParseInt(string(f), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("bench: process %d: stat: %w", p.PID, err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}

// Memory returns what is resident now (proc(5), statm: resident and shared, the
// latter being pages of files). It does not hold the process up.
func (p Process) Memory() (Memory, error) {
	data, err := p.read("statm")
	if err != nil {
		return Memory{}, err
	}
	var size, resident, shared int64
	if _, err := fmt.Fscan(bytes.NewReader(data), &size, &resident, &shared); err != nil {
		return Memory{}, fmt.Errorf("bench: process %d: statm: %w", p.PID, err)
	}
	page := int64(os.Getpagesize())
	return Memory{RSS: resident * page, Anonymous: (resident - shared) * page}, nil
}
