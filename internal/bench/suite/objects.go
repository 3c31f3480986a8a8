package suite

import (
	"context"
	"crypto/md5"
	"strconv"
	"time"

	"github.com/cofferstore/coffer/internal/bench"
)

// Counts is how many files of which size, in bytes, the baseline has to serve.
func Counts() map[int64]int { return map[int64]int{kib4: 1000, mib1: 64, mib64: 4} }

const (
	kib4  = 4 << 10
	mib1  = 1 << 20
	mib64 = 64 << 20
)

// comparison is a workload that both servers run, and what their ratio should be.
type comparison struct {
	name      string
	put       bool
	size      int64
	clients   int
	count     int64 // of a round's requests; 0 is as many as fit its time
	cpu, rate Aim   // of coffer's figure divided by the baseline's
	hashing   bool  // the baseline that only hashes takes part
}

func comparisons() []comparison {
	return []comparison{
		{name: "PUT 4 KiB", put: true, size: kib4, clients: 16, cpu: Aim{Max: 2}, rate: Aim{Min: .5}},
		{name: "PUT 4 KiB", put: true, size: kib4, clients: 64},
		{name: "GET 4 KiB", size: kib4, clients: 16, cpu: Aim{Max: 1.8}, rate: Aim{Min: .6}},
		{name: "PUT 1 MiB", put: true, size: mib1, clients: 16, count: 600, rate: Aim{Min: .85}},
		{name: "GET 1 MiB", size: mib1, clients: 16, count: 4000, rate: Aim{Min: .9}},
		{name: "PUT 64 MiB", put: true, size: mib64, clients: 1, count: 8, hashing: true},
		{name: "GET 64 MiB", size: mib64, clients: 4, count: 80, rate: Aim{Min: .95}},
	}
}

// title names a comparison with its clients.
func (c comparison) title() string { return c.name + " x" + strconv.Itoa(c.clients) }

// objects compares uploads and downloads.
func (s *suite) objects(ctx context.Context) error {
	rates := make(map[string]float64)
	for _, c := range comparisons() {
		if !c.put {
			if err := s.fill(ctx, c.size); err != nil {
				return err
			}
		}
		before, err := s.scrape(ctx)
		if err != nil {
			return err
		}
		hash := md5Rate()
		r, err := s.rounds(ctx, c)
		if err != nil {
			return err
		}
		after, err := s.scrape(ctx)
		if err != nil {
			return err
		}
		ours := total(r.coffer)
		rates[c.title()] = ours.Rate()
		s.report.add(c.title()+": rate / baseline", medianRatio(r.coffer, r.baseline, (*bench.Result).Rate), "", c.rate)
		s.report.add(c.title()+": CPU a request / baseline", medianRatio(r.coffer, r.baseline, cpu), "", c.cpu)
		if c.put && c.size == kib4 {
			s.report.add(c.title()+": requests a sync", float64(ours.Requests)/max(1, after.syncs-before.syncs), "", Aim{})
		}
		if c.hashing {
			s.report.add(c.title()+": rate / reading and MD5", medianRatio(r.coffer, r.hashing, (*bench.Result).Rate), "", Aim{Min: .9})
			alone := (hash + md5Rate()) / 2
			s.report.add(c.title()+": MB/s / MD5 in a loop", ours.Throughput()/alone, "", Aim{})
			s.report.add("reading and MD5: MB/s / MD5 in a loop", total(r.hashing).Throughput()/alone, "", Aim{})
		}
	}
	s.report.add("PUT 4 KiB: rate x64 / x16", rates["PUT 4 KiB x64"]/rates["PUT 4 KiB x16"], "", Aim{Min: .9})
	return nil
}

// fill uploads the objects that downloads of a size ask for, and reads them once:
// the baseline's files, which were just written, are in the page cache.
func (s *suite) fill(ctx context.Context, size int64) error {
	n := Counts()[size]
	for _, w := range []bench.Workload{
		bench.Put{Keys: keys(size, int64(n)), Body: bench.NewBody(size)},
		bench.GetAll{Keys: keys(size, int64(n))},
	} {
		l := bench.Load{Workload: w, Clients: 8, Count: int64(n), Target: s.target}
		r, err := l.Run(ctx)
		if err != nil {
			return err
		}
		if err := failures("preparing GET", r); err != nil {
			return err
		}
	}
	return nil
}

// keys are the objects of a size on coffer.
func keys(size, count int64) bench.Keys {
	return bench.Keys{Bucket: bucket, Prefix: "get" + strconv.FormatInt(size, 10) + "/", Count: count}
}

// workload is what one round asks of a server. Small uploads are new objects in
// each round; big ones replace those of the round before, so that the disk does
// not fill.
func (c comparison) workload(bucket string, round int64) bench.Workload {
	if !c.put {
		k := keys(c.size, int64(Counts()[c.size]))
		k.Bucket = bucket
		return bench.Get{Keys: k}
	}
	k := bench.Keys{Bucket: bucket, Prefix: "put" + strconv.FormatInt(c.size, 10) + "x" + strconv.Itoa(c.clients) + "/"}
	if c.count == 0 {
		k.Prefix += strconv.FormatInt(round, 10) + "/"
	}
	return bench.Put{Keys: k, Body: bench.NewBody(c.size)}
}

// md5Rate measures how many bytes a second one core hashes.
func md5Rate() float64 {
	piece, h := make([]byte, 1<<20), md5.New()
	const pieces = 256
	start := time.Now()
	for range pieces {
		h.Write(piece)
	}
	return pieces * float64(len(piece)) / time.Since(start).Seconds()
}
