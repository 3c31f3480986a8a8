package suite

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"

	"github.com/cofferstore/coffer/internal/bench"
	"github.com/cofferstore/coffer/internal/bench/baseline"
)

// measured are the results of a comparison, one a round.
type measured struct {
	coffer, baseline []*bench.Result
	hashing          []*bench.Result // none unless the comparison asks for it
}

// rounds runs a comparison on the servers in turn.
func (s *suite) rounds(ctx context.Context, c comparison) (*measured, error) {
	var m measured
	size := strconv.FormatInt(c.size, 10)
	sides := []side{
		{"baseline", s.plain, s.baseline, size, &m.baseline},
		{"coffer", s.target, s.coffer, bucket, &m.coffer},
	}
	if c.hashing {
		sides = append(sides, side{"only MD5", s.plain, s.baseline, baseline.Hashing, &m.hashing})
	}
	for round := range int64(s.Rounds) {
		s.logf("%s, round %d", c.title(), round+1)
		for _, side := range sides {
			r, err := s.once(ctx, c, side, round)
			if err != nil {
				return nil, err
			}
			*side.results = append(*side.results, r)
		}
	}
	for _, side := range sides {
		s.report.ran(c.name, side.name, c.clients, total(*side.results))
	}
	return &m, nil
}

// side is a server of a comparison.
type side struct {
	name    string
	target  bench.Target
	server  *server
	bucket  string
	results *[]*bench.Result
}

func (s *suite) once(ctx context.Context, c comparison, side side, round int64) (*bench.Result, error) {
	if c.put && c.count > 0 {
		if err := touchPages(s.Dir, c.count*c.size); err != nil {
			return nil, err
		}
	}
	l := bench.Load{
		Target: side.target, Server: side.server.process(), Workload: c.workload(side.bucket, round),
		Clients: c.clients, Count: c.count, Duration: s.Round,
	}
	if c.count > 0 {
		l.Duration = 0
	}
	r, err := l.Run(ctx)
	if err != nil {
		return nil, err
	}
	return r, failures(c.title(), r)
}

// touchPages writes n bytes to a file in dir and removes it. The host of a virtual
// machine takes back the pages that it does not use, and the first write to one
// then costs three times as much: each server finds as many pages as it needs, not
// the one that comes second more than the first.
func touchPages(dir string, n int64) error {
	f, err := os.CreateTemp(dir, "pages")
	if err != nil {
		return fmt.Errorf("suite: %w", err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	piece := make([]byte, mib1)
	for ; n > 0; n -= mib1 {
		if _, err := f.Write(piece); err != nil {
			return fmt.Errorf("suite: %w", err)
		}
	}
	return nil
}

// total sums up rounds.
func total(rounds []*bench.Result) *bench.Result {
	sum := &bench.Result{}
	for _, r := range rounds {
		sum.Add(r)
	}
	return sum
}

// medianRatio returns the median, over the rounds, of a figure of ours divided by
// theirs: on a machine that others use too, one round in some is disturbed.
func medianRatio(ours, theirs []*bench.Result, figure func(*bench.Result) float64) float64 {
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = figure(ours[i]) / figure(theirs[i])
	}
	slices.Sort(ratios)
	n := len(ratios)
	return (ratios[(n-1)/2] + ratios[n/2]) / 2
}

func cpu(r *bench.Result) float64 { return float64(r.CPU()) }
