package suite

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/cofferstore/coffer/internal/bench"
)

// full measures a store of many objects: what a page of a listing costs before
// and after mass deletion, and how much memory the server takes.
func (s *suite) full(ctx context.Context) error {
	const many = "many"
	if err := s.put(ctx, s.target, "/"+many, nil); err != nil {
		return err
	}
	all := bench.Keys{Bucket: many, Count: s.Objects}
	small := bench.NewBody(256)
	if _, err := s.load(ctx, fmt.Sprintf("upload %d objects", s.Objects), bench.Load{Workload: bench.Put{Keys: all, Body: small}, Clients: 64, Count: s.Objects}); err != nil {
		return err
	}
	if err := s.memoryLine("memory: after the upload", Aim{Max: 256}); err != nil {
		return err
	}
	before, err := s.pages(ctx, "", all)
	if err != nil {
		return err
	}
	if err := s.bareScan(ctx, before); err != nil {
		return err
	}
	if err := s.startCoffer(ctx); err != nil {
		return err
	}
	if err := s.soak(ctx, all); err != nil {
		return err
	}
	// Of each group of 1000 the first 900 go: every common prefix stays, and
	// every scan meets dead rows.
	if _, err := s.load(ctx, "delete 9 of 10", bench.Load{Workload: bench.DeleteMany{Keys: all, Len: 900}, Clients: 4, Count: s.Objects / 1000}); err != nil {
		return err
	}
	after, err := s.pages(ctx, " after deletes", all)
	if err != nil {
		return err
	}
	s.report.add("page of 1000 keys: CPU after deletes / before", ratio(after.keys, before.keys), "", Aim{})
	s.report.add("page of 1000 prefixes after deletes: CPU / page of keys before", ratio(after.groups, before.keys), "", Aim{Max: 2})
	return s.memoryLine("memory: at the end", Aim{Max: 256})
}

// pageCosts is the server's CPU time for a page.
type pageCosts struct{ keys, groups time.Duration }

func ratio(a, b time.Duration) float64 { return float64(a) / float64(max(1, b)) }

// listPages pages, and as many bare scans, take about a second: /proc tells CPU
// time with a grain of 10 ms.
const listPages = 1500

// pages measures pages of 1000 entries, one after another, when the server is
// done with what came before: what it does by itself would count as theirs.
func (s *suite) pages(ctx context.Context, when string, all bench.Keys) (pageCosts, error) {
	if err := rest(ctx, s.coffer.process().CPU); err != nil {
		return pageCosts{}, err
	}
	keys, err := s.load(ctx, "LIST 1000 keys"+when, bench.Load{Workload: bench.List{Keys: all}, Count: listPages})
	if err != nil {
		return pageCosts{}, err
	}
	groups, err := s.load(ctx, "LIST prefixes"+when, bench.Load{Workload: bench.List{Keys: all, Groups: true}, Count: 50})
	if err != nil {
		return pageCosts{}, err
	}
	s.report.add("page of prefixes: CPU / page of keys"+when, ratio(groups.CPU(), keys.CPU()), "", Aim{Max: 2})
	return pageCosts{keys: keys.CPU(), groups: groups.CPU()}, nil
}

// Of rest: a process is idle when it has used less than idleCPU in each of
// idleLooks looks.
const (
	idleLook  = 250 * time.Millisecond
	idleLooks = 4
	idleCPU   = 10 * time.Millisecond
	restLimit = time.Minute
)

// rest waits until a process, whose CPU time cpu tells, is idle.
func rest(ctx context.Context, cpu func() (time.Duration, error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, restLimit, errors.New("suite: a process does not come to rest"))
	defer cancel()
	tick := time.NewTicker(idleLook)
	defer tick.Stop()
	last, err := cpu()
	for idle := 0; err == nil && idle < idleLooks; idle++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
		was := last
		if last, err = cpu(); last-was > idleCPU {
			idle = -1
		}
	}
	return err
}

// sampleEvery is short enough to see the peaks of mapped files, which come and go
// within 100 ms.
const sampleEvery = 20 * time.Millisecond

// soak keeps the store under mixed load and watches the server's memory. Its
// peaks are those of the moment, so growth is told by the medians of the first
// and the last fifth.
func (s *suite) soak(ctx context.Context, all bench.Keys) error {
	fifth := max(s.Soak/5, 2*s.Round)
	mixed := bench.Mixed{Keys: all, Body: bench.NewBody(kib4), Puts: 30, Deletes: 5}
	first, err := s.watch(ctx, "mixed load", bench.Load{Workload: mixed, Clients: 16, Duration: fifth})
	if err != nil {
		return err
	}
	if s.Soak == 0 {
		s.report.peaks(first)
		return nil
	}
	rest, err := s.watch(ctx, "soak", bench.Load{Workload: mixed, Clients: 16, Duration: s.Soak - fifth, First: 1 << 32})
	if err != nil {
		return err
	}
	s.report.peaks(slices.Concat(first, rest))
	last := rest[len(rest)-min(len(first), len(rest)):]
	s.report.add(fmt.Sprintf("memory: anonymous, last fifth of %v / first", s.Soak),
		float64(medianAnonymous(last))/float64(max(1, medianAnonymous(first))), "", Aim{Max: 1.1})
	return nil
}

// peaks reports the largest of samples of memory.
func (r *Report) peaks(samples []bench.Memory) {
	var peak bench.Memory
	for _, m := range samples {
		peak.RSS, peak.Anonymous = max(peak.RSS, m.RSS), max(peak.Anonymous, m.Anonymous)
	}
	r.add("memory: peak under mixed load", mib(peak.RSS), "MiB", Aim{Max: 256})
	r.add("memory: peak of anonymous", mib(peak.Anonymous), "MiB", Aim{})
}

func medianAnonymous(samples []bench.Memory) int64 {
	sizes := make([]int64, len(samples))
	for i, m := range samples {
		sizes[i] = m.Anonymous
	}
	slices.Sort(sizes)
	return sizes[len(sizes)/2]
}

// watch runs a load and returns samples of the server's memory, at least one,
// sampleEvery apart.
func (s *suite) watch(ctx context.Context, name string, l bench.Load) ([]bench.Memory, error) {
	proc := s.coffer.process()
	first, err := proc.Memory()
	if err != nil {
		return nil, err
	}
	samples := []bench.Memory{first}
	done, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		tick := time.NewTicker(sampleEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-done:
				return
			}
			if m, err := proc.Memory(); err == nil {
				samples = append(samples, m)
			}
		}
	}()
	_, err = s.load(ctx, name, l)
	close(done)
	<-watched
	return samples, err
}
