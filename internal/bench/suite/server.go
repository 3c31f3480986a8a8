package suite

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/cofferstore/coffer/internal/bench"
)

// server is a process that serves HTTP on this machine.
type server struct {
	cmd   *exec.Cmd
	lines chan string // what it logs, until it ends
	done  chan struct{}
	tail  *tail
}

// tail keeps the last lines of a log for an error text.
type tail struct {
	mu    sync.Mutex
	lines []string
}

func (t *tail) add(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.lines = append(t.lines, line)
	if len(t.lines) > 20 {
		t.lines = t.lines[1:]
	}
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(t.lines, "\n")
}

const (
	startTime = 2 * time.Minute // opening a big store replays its log
	stopTime  = time.Minute
)

// start runs a program; env is added to this process's environment.
func start(ctx context.Context, env []string, program string, args ...string) (*server, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = append(os.Environ(), env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopTime
	out, in := io.Pipe()
	cmd.Stdout, cmd.Stderr = in, in
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("suite: %w", err)
	}
	s := &server{cmd: cmd, lines: make(chan string, 100), done: make(chan struct{}), tail: &tail{}}
	go s.read(out)
	go func() {
		err := cmd.Wait()
		in.CloseWithError(err)
		close(s.done)
	}()
	return s, nil
}

// read passes lines on; what nobody takes is dropped.
func (s *server) read(r io.Reader) {
	defer close(s.lines)
	defer io.Copy(io.Discard, r) // behind a line that is too long
	for sc := bufio.NewScanner(r); sc.Scan(); {
		s.tail.add(sc.Text())
		select {
		case s.lines <- sc.Text():
		default:
		}
	}
}

// addresses waits until each pattern has matched a line of the log and returns
// their first groups.
func (s *server) addresses(patterns ...*regexp.Regexp) ([]string, error) {
	limit := time.NewTimer(startTime)
	defer limit.Stop()
	found := make([]string, len(patterns))
	for slices.Contains(found, "") {
		select {
		case line, ok := <-s.lines:
			if !ok {
				return nil, fmt.Errorf("suite: %s ended:\n%s", s.cmd.Path, s.tail)
			}
			for i, p := range patterns {
				if m := p.FindStringSubmatch(line); m != nil {
					found[i] = m[1]
				}
			}
		case <-limit.C:
			return nil, fmt.Errorf("suite: %s did not say where it listens:\n%s", s.cmd.Path, s.tail)
		}
	}
	return found, nil
}

func (s *server) process() *bench.Process { return &bench.Process{PID: s.cmd.Process.Pid} }

// stop ends the process gracefully, and the hard way when it does not.
func (s *server) stop() error {
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("suite: %w", err)
	}
	limit := time.NewTimer(stopTime)
	defer limit.Stop()
	select {
	case <-s.done:
		return nil
	case <-limit.C:
		s.cmd.Process.Kill()
		<-s.done
		return fmt.Errorf("suite: %s did not stop within %v:\n%s", s.cmd.Path, stopTime, s.tail)
	}
}
